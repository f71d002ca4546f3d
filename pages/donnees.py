"""Page donnees."""

from revital.ui import frame, panels

with frame.page("donnees") as view:
    panels.sentence(view.t.of(view.page_record.question))
