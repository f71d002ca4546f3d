"""Layers on disk and the plan's database."""
