"""Question 1: gradient descent and Adam on a line with a triangular bump."""
