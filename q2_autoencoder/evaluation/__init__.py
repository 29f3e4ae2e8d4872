"""What is measured of trained networks, by what trained none of them."""
