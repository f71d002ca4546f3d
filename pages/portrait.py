"""Portrait: what the neighbourhood is like today."""

from revital.ui import frame, portrait

with frame.page("portrait") as view:
    portrait.page(view)
