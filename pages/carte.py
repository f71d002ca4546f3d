"""Map: where a figure is high or low, area by area."""

from revital.ui import carte, frame

with frame.page("carte") as view:
    carte.page(view)
