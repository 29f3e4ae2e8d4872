"""What is measured of trained networks, and how runs are compared."""
