"""A community's own data: points, values, surveys, incidents and corrections, each undoable."""
