"""
Runs of the worked examples: plain numbers in, the functions of the app, plain numbers out.

One entry per method record. A run only reshapes: whatever it computes is computed by the domain.
"""

from revital.services.method_runs import certainty, figures, indices, places
from revital.services.method_runs.registry import RUNS

__all__ = ["RUNS", "certainty", "figures", "indices", "places"]
