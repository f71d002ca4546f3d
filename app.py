"""Home: where the neighbourhood stands today."""

from revital.ui import frame, panels

with frame.page("accueil") as view:
    panels.sentence(view.t.of(view.page_record.question))
