"""Use cases: records, methods and layers brought together."""
