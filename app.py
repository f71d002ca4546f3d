"""Home: where the neighbourhood stands today."""

from revital.ui import accueil, frame

with frame.page("accueil") as view:
    accueil.page(view)
