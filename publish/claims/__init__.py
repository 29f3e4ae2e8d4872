"""What the two reports say, and how each statement is tested: one small function per check.

Question 1 is recomputed exactly. For Question 2 the reports' networks are not published: a
statement is held against this project's runs, as compare.py, compare_adversarial.py and
compare_parts.py summarised them, or against this project's code. Words such as "well clustered"
get a meaning, the criterion, before they are judged.
"""
