"""What is known of the data, as records: indicators, layers, sources, territories."""
