"""Data and methods: can it be trusted?"""

from revital.ui import donnees, frame

with frame.page("donnees") as view:
    donnees.page(view)
