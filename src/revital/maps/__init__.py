"""Folium maps, drawn from what services return."""
