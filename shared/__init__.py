"""What both questions use: command line, data, device, figures, files."""
