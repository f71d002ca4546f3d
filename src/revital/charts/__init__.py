"""Plotly figures, drawn from what services return."""
