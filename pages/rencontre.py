"""Meeting: what moved, what is stuck, what we decide tonight."""

from revital.ui import frame, meeting

with frame.page("rencontre") as view:
    meeting.page(view)
