"""Page carte."""

from revital.ui import frame, panels

with frame.page("carte") as view:
    panels.sentence(view.t.of(view.page_record.question))
