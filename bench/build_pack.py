"""
Time and peak memory of building every layer of the pack from the folder of publishers' files.

    REVITAL_INPUTS=… python bench/build_pack.py
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from pathlib import Path

from revital.services.build import build


def main() -> None:
    """Build into a temporary folder, and say what it took."""
    inputs = os.environ.get("REVITAL_INPUTS")
    if not inputs:
        sys.exit("REVITAL_INPUTS does not name the folder of publishers' files")
    with tempfile.TemporaryDirectory(prefix="revital-bench-") as scratch:
        start = time.perf_counter()
        report = build(Path(inputs), Path(scratch) / "pack")
        seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rows = sum(layer.rows for layer in report.layers)
    print(f"{len(report.layers)} layers, {rows} rows, {report.bytes / 1e6:.1f} MB")
    print(f"{seconds:.1f} s, peak {peak:.0f} MB")


if __name__ == "__main__":
    main()
