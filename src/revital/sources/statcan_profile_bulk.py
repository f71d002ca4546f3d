"""The 2021 Census Profile from the complete download file, when it is at hand."""

from __future__ import annotations

from pathlib import Path

from revital.errors import SourceError
from revital.sources import archive
from revital.sources.base import Adapter, Area, Tidy
from revital.sources.census_profile import CT_PREFIX, DA_PREFIX, tabulate, tell
from revital.sources.readers.census_bulk import read_profile, read_starting_rows
from revital.sources.readers.characteristics import PROFILE_2021, resolve
from revital.sources.transfer import Request, raw_file

#: Name of the file by province or group of provinces, as Statistics Canada splits it.
REGIONS = {
    "24": "Quebec",
    "35": "Ontario",
    "59": "BritishColumbia",
    **dict.fromkeys(("46", "47", "48"), "Prairies"),
    **dict.fromkeys(("10", "11", "12", "13"), "Atlantic_Atlantique"),
    **dict.fromkeys(("60", "61", "62"), "Territories_Territoires"),
}
URL = (
    "https://www12.statcan.gc.ca/census-recensement/2021/dp-pd/prof/details/download-telecharger/"
    "comp/GetFile.cfm"
)


def file_name(area: Area) -> str:
    """Return the name of the archive that holds an area's province."""
    return f"98-401-X2021006_{REGIONS[area.province]}_eng_CSV.zip"


class ProfileBulk(Adapter):
    """
    The same figures as `statcan_profile_api`, from the archive (540 MB, 6.4 GB open).

    A copy unpacked by the user beside the archive is read by probing, in seconds; the archive alone
    is unpacked as a stream. Either way the file is never loaded whole.

    Frames: `profile_da`, `profile_ct` and, for each, `…_withheld`.
    """

    id = "statcan_profile_bulk"
    shared = True
    manual = True

    def plan(self, area: Area) -> list[Request]:
        """Return the one archive of the area's province."""
        return [
            Request(
                URL,
                file_name(area),
                content="zip",
                params={
                    "Lang": "E",
                    "FILETYPE": "CSV",
                    "GEONO": f"006_{REGIONS[area.province]}",
                },
                timeout_s=180.0,
                deadline_s=12 * 3600.0,
                max_bytes=4 * 1024**3,
            )
        ]

    def read(self, folder: Path, area: Area) -> Tidy:
        """Read the area's units, from the unpacked file if there is one."""
        data, index = self._files(folder, area)
        rows = read_starting_rows(index)
        prefixes = {"da": DA_PREFIX, "ct": CT_PREFIX}
        units = {"da": area.da_ids, "ct": area.ct_ids}
        wanted = {
            level: [prefix + unit for unit in units[level]] for level, prefix in prefixes.items()
        }
        known = [d for level in wanted.values() for d in level if d in rows.places]
        if not known:
            raise SourceError(
                "Le fichier « {file} » ne contient aucune aire du territoire « {id} ».",
                file=data.name,
                id=area.id,
            )
        # All the labels come with the first area read; the numbers wanted follow from them.
        found = resolve(PROFILE_2021, read_profile(data, rows, known[:1], numbers=()).labels)
        out = Tidy(vintage="2021")
        tell(found, out)
        profile = read_profile(data, rows, known, numbers=found.numbers.values())
        for level, prefix in prefixes.items():
            values = profile.values[profile.values["dguid"].str.startswith(prefix)]
            if len(values):
                tabulate(values, found.numbers, out, f"profile_{level}")
            lacking = len(wanted[level]) - len(set(wanted[level]) & set(known))
            if lacking and len(values):
                out.note(
                    "{n} unités du territoire ne sont pas dans le Profil du recensement.",
                    n=lacking,
                )
        return out

    @staticmethod
    def _files(folder: Path, area: Area) -> tuple[Path, Path]:
        """Return the data and the index: unpacked copies if they are there, else from the zip."""
        region = REGIONS[area.province]
        open_data = sorted(folder.glob(f"*_English_CSV_data_{region}*.csv"))
        open_index = sorted(folder.glob(f"*_Geo_starting_row_{region}*.[cC][sS][vV]"))
        if open_data and open_index:
            return open_data[0], open_index[0]
        packed = folder / file_name(area)
        if not packed.is_file():
            raw_file(packed)
        index = archive.extract(packed, folder, ("*geo_starting_row*.csv",))
        return packed, index[0]


ADAPTER = ProfileBulk()
