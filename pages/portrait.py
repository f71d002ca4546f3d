"""Page portrait."""

from revital.ui import frame, panels

with frame.page("portrait") as view:
    panels.sentence(view.t.of(view.page_record.question))
