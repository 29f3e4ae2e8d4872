"""The figures and tables of Question 2, drawn from what was measured; nothing is computed here."""
