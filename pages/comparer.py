"""Compare: places or years side by side, on one scale."""

from revital.ui import comparer, frame

with frame.page("comparer") as view:
    comparer.page(view)
