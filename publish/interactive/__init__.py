"""What the interactive page shows, made from certificates, runs and records."""
