"""Action plan: who does what by when, and whether it moves."""

from revital.ui import frame, plan

with frame.page("plan") as view:
    plan.page(view)
