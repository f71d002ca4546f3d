"""Project sheets: how others went about it."""

from revital.ui import frame, projects

with frame.page("projets") as view:
    projects.page(view)
