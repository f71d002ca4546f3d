"""Properties are searched the same way on every run, and a slow machine fails none of them."""

from hypothesis import settings

settings.register_profile("revital", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("revital")
