"""The figures and tables of Question 2."""
