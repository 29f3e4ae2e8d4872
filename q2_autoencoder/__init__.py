"""Question 2: MNIST autoencoders with 2, 16 and 256 latent dimensions."""
