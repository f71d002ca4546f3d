"""Readers of the formats publishers use: path in, frame out, no network."""
