"""The networks of Question 2, and what moves images through them."""
