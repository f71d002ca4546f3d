"""revital: neighbourhood revitalization, from evidence to action to outcome."""
