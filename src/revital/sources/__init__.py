"""Publishers' files: how they are had, and how each becomes tidy tables."""
