"""A territory's data in one file: a ZIP of the data package, or a workbook by licence."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

from revital.reports.data_package import workbook, write
from revital.services.package_tables import Export


def package_zip(export: Export) -> bytes:
    """Return the data package of a territory as one ZIP file, dated as the export is."""
    buffer = io.BytesIO()
    when = (export.day.year, export.day.month, export.day.day, 0, 0, 0)
    with TemporaryDirectory() as temporary, zipfile.ZipFile(buffer, "w") as archive:
        folder = Path(temporary)
        for path in write(export, folder):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), when)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())
    return buffer.getvalue()


def workbooks(export: Export) -> dict[str, bytes]:
    """
    Return the workbooks of a territory by name.

    What comes under the Open Database License stands in a workbook of its own, so that the other
    one can be shared without its terms.
    """
    found = {}
    for odbl, end in ((False, ""), (True, "-odbl")):
        tables = [t for t in export.tables if t.odbl == odbl]
        if tables:
            found[f"{export.territory.id}{end}.xlsx"] = workbook(export, tables)
    return found
