"""Migrations of the plan's store, run by Alembic."""
