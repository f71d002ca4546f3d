"""Documents to print and files to take away."""
