"""
Reads one territory out of a Census Profile download: by the starting-row index, and by pandas.

    python bench/census_profile.py [--gigabytes 1.0] [--areas 275] [--zip]

A file of the true layout (2,631 lines an area, Latin-1, quoted as published) is generated under the
system's temporary folder and removed at the end. Each reader runs in a process of its own, so that
its peak memory is its own; both must give the same table.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import pandas as pd

from revital.sources.readers.census_bulk import HEADER, read_profile, read_starting_rows
from revital.sources.readers.census_lines import ENCODING

LINES = 2631
NUMBERS = (1, 8, 9, 24, 243, 345, 1414, 1416)
_SYMBOLS = ',,"...",,"...",,"...",,"...",,"..."'


def generate(folder: Path, gigabytes: float, seed: int = 2021) -> tuple[Path, Path, list[str]]:
    """Write a data file of at least so many gigabytes, and its index."""
    chance = random.Random(seed)
    data = folder / "98-401-X2021006_English_CSV_data_Quebec.csv"
    index = folder / "98-401-X2021006_Geo_starting_row_Quebec.CSV"
    labels = ["  " * chance.randrange(4) + "x" * chance.randrange(12, 90) for _ in range(LINES)]
    codes: list[str] = []
    starts = ['"Geo Code","Geo Name","Line Number"\r\n']
    line, written = 2, 0
    with data.open("wb") as handle:
        handle.write((HEADER + "\r\n").encode(ENCODING))
        while written < gigabytes * 1024**3:
            unit = f"2437{len(codes):04d}" if len(codes) < 10_000 else f"25{len(codes):06d}"
            code = f"2021S0512{unit}"
            rows = [
                f'2021,"{code}","{unit}","Dissemination area","{unit}",3.1,4.6,"00000",{n},'
                f'"{label}",,{(n * 7 + len(codes) * 13) % 997},""{_SYMBOLS}\r\n'
                for n, label in enumerate(labels, start=1)
            ]
            block = "".join(rows).encode(ENCODING)
            handle.write(block)
            starts.append(f'"{code}","{unit}","{line}"\r\n')
            codes.append(code)
            line += LINES
            written += len(block)
    index.write_text("".join(starts), encoding=ENCODING, newline="")
    return data, index, codes


def ours(data: str, index: str, wanted: list[str]) -> pd.DataFrame:
    """Read by the index."""
    profile = read_profile(Path(data), read_starting_rows(Path(index)), wanted, NUMBERS)
    return profile.values[["dguid", "number", "value"]]


def by_pandas(data: str, index: str, wanted: list[str]) -> pd.DataFrame:
    """Read every line in pieces and keep those wanted."""
    keep, parts = set(wanted), []
    pieces = pd.read_csv(
        data, encoding=ENCODING, usecols=[1, 8, 11], header=0, chunksize=500_000, engine="c",
        names=None,
    )  # fmt: skip
    for piece in pieces:
        piece.columns = ["dguid", "number", "value"]
        mask = piece["dguid"].isin(keep) & piece["number"].isin(NUMBERS)
        parts.append(piece[mask])
    return pd.concat(parts, ignore_index=True)


def child(job: str) -> None:
    """Run one reader and print its time, peak memory and a fingerprint of its table."""
    task = json.loads(Path(job).read_text())
    start = time.perf_counter()
    frame = {"ours": ours, "pandas": by_pandas}[task["reader"]](
        task["data"], task["index"], task["wanted"]
    )
    seconds = time.perf_counter() - start
    frame = frame.sort_values(["dguid", "number"], ignore_index=True)
    print(
        json.dumps(
            {
                "seconds": seconds,
                "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                "rows": len(frame),
                "sum": float(frame["value"].sum()),
            }
        )
    )


def run(reader: str, data: Path, index: Path, wanted: list[str], folder: Path) -> dict[str, float]:
    """Run a reader in its own process."""
    job = folder / f"{reader}.json"
    job.write_text(
        json.dumps({"reader": reader, "data": str(data), "index": str(index), "wanted": wanted})
    )
    done = subprocess.run(
        [sys.executable, __file__, "--child", str(job)], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def main() -> None:
    """Generate, read both ways, compare, clean up."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--gigabytes", type=float, default=1.0)
    words.add_argument("--areas", type=int, default=275)
    words.add_argument("--zip", action="store_true", help="also from the zip, as a stream")
    words.add_argument("--child")
    chosen = words.parse_args()
    if chosen.child:
        child(chosen.child)
        return
    folder = Path(tempfile.mkdtemp(prefix="revital-bench-"))
    try:
        start = time.perf_counter()
        data, index, codes = generate(folder, chosen.gigabytes)
        size = data.stat().st_size / 1024**3
        middle = len(codes) // 2
        wanted = codes[middle : middle + chosen.areas]
        seconds = time.perf_counter() - start
        print(f"{size:.2f} GiB, {len(codes)} areas, generated in {seconds:.0f} s")
        print(f"{len(wanted)} areas wanted")
        results = {
            "index": run("ours", data, index, wanted, folder),
            "pandas chunks": run("pandas", data, index, wanted, folder),
        }
        if chosen.zip:
            packed = folder / "98-401-X2021006_Quebec_eng_CSV.zip"
            with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
                archive.write(data, data.name)
            results["index, from the zip"] = run("ours", packed, index, wanted, folder)
        for name, found in results.items():
            print(
                f"{name:22s} {found['seconds']:8.2f} s  {found['peak_mb']:7.0f} MB  "
                f"{found['rows']} values"
            )
        first = results["index"]
        assert all(
            (r["rows"], r["sum"]) == (first["rows"], first["sum"]) for r in results.values()
        ), "the readers do not agree"
        times = results["pandas chunks"]["seconds"] / first["seconds"]
        print(f"{times:.1f} times faster; constant memory: {first['peak_mb'] < 300}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
