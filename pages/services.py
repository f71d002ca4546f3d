"""Services: who lacks them, and what would fix it."""

from revital.ui import frame, services

with frame.page("services") as view:
    services.page(view)
