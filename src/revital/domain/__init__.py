"""Pure functions over numbers and shapes."""
