"""The 2021 Census Profile of an area's units, from Statistics Canada's web service."""

from __future__ import annotations

import json
from pathlib import Path

from revital.errors import SourceError
from revital.sources.base import Adapter, Area, Tidy, at_rest
from revital.sources.census_profile import CSD_PREFIX, CT_PREFIX, DA_PREFIX, tabulate, tell
from revital.sources.http import Client
from revital.sources.readers.characteristics import PROFILE_2021, Resolution, resolve
from revital.sources.readers.sdmx import read_answer, read_answers
from revital.sources.transfer import RawFile, Request, raw_file, write_json

SERVICE = "https://api.statcan.gc.ca/census-recensement/profile/sdmx/rest/data"
#: A call takes most of a minute whatever its size, up to a few thousand values.
BATCH = 80
TIMEOUT_S = 180.0
_HEADERS = {"Accept-Language": "en"}
_LEVELS = (("da", "DF_DA", DA_PREFIX), ("ct", "DF_CT", CT_PREFIX))


class ProfileApi(Adapter):
    """
    Counts of the Census Profile for dissemination areas and census tracts.

    The service does not number characteristics as the download files do: its own words are asked
    for first (one municipality, every characteristic), and each is found there by its label.

    Frames: `profile_da`, `profile_ct` and, for each, `…_withheld`.
    """

    id = "statcan_profile_api"

    def fetch(self, client: Client, area: Area, folder: Path) -> list[RawFile]:
        """Ask for the words, then for the units, so many at a time."""
        if client.offline:
            return [raw_file(p) for p in self._files(folder)]
        if not area.csd_ids or not area.da_ids:
            raise SourceError(
                "Le territoire « {id} » ne dit pas quelles unités demander à Statistique Canada. "
                "Ajoutez ses municipalités (« csd ») ou ses aires à sa fiche.",
                id=area.id,
            )
        words = client.fetch(
            Request(
                f"{SERVICE}/STC_CP,DF_CSD/A5.{CSD_PREFIX}{area.csd_ids[0]}.1..1",
                "words.json",
                content="json",
                params={"format": "jsondata"},
                headers=_HEADERS,
                timeout_s=TIMEOUT_S,
            ),
            folder,
        )
        codes = "+".join(str(n) for n in sorted(set(self._found(words.path).numbers.values())))
        files = [words, *self._level(client, area, folder, "da", codes)]
        lost = ""
        try:
            files += self._level(client, area, folder, "ct", codes)
        except SourceError as error:
            # How the service writes tracts is known from one reader alone: areas do without.
            lost = str(error)
        names = [f.path.name for f in files]
        write_json(folder / "answers.json", {"files": names, "tracts_lost": lost})
        return files

    @staticmethod
    def _level(client: Client, area: Area, folder: Path, level: str, codes: str) -> list[RawFile]:
        files = []
        for _, flow, prefix in (x for x in _LEVELS if x[0] == level):
            units = sorted(area.da_ids if level == "da" else area.ct_ids)
            for start in range(0, len(units), BATCH):
                # A dot parts the dimensions of a key: the service writes tracts with "_".
                places = "+".join(
                    (prefix + unit).replace(".", "_") for unit in units[start : start + BATCH]
                )
                request = Request(
                    f"{SERVICE}/STC_CP,{flow}/A5.{places}.1.{codes}.1",
                    f"{level}-{start // BATCH:03d}.json",
                    content="json",
                    params={"format": "jsondata"},
                    headers=_HEADERS,
                    timeout_s=TIMEOUT_S,
                )
                files.append(client.fetch(request, folder))
        return files

    @staticmethod
    def _found(words: Path) -> Resolution:
        found = resolve(PROFILE_2021, read_answer(words).labels)
        if not found.numbers:
            raise SourceError(
                "Aucune des caractéristiques attendues n'est dans la réponse du service du Profil "
                "du recensement ({file}) : ses libellés ont changé ou ne sont pas en anglais. "
                "Utilisez le fichier CSV complet en attendant.",
                file=words.name,
            )
        return found

    @staticmethod
    def _files(folder: Path) -> list[Path]:
        listing = folder / "answers.json"
        if not listing.is_file():
            raise SourceError(
                "Le fichier « {file} » n'a pas encore été téléchargé. Lancez « revital fetch » "
                "avec une connexion internet.",
                file=listing.name,
            )
        return [folder / n for n in json.loads(listing.read_text(encoding="utf-8"))["files"]]

    def read(self, folder: Path, area: Area) -> Tidy:
        """Join the answers, one row per unit; each label is compared again with its number."""
        out = Tidy(vintage="2021")
        paths = at_rest(folder, [p.name for p in self._files(folder)])
        listing = json.loads((folder / "answers.json").read_text(encoding="utf-8"))
        if listing.get("tracts_lost"):
            out.note(
                "Les secteurs de recensement n'ont pas été obtenus du service : {why}",
                why=listing["tracts_lost"],
            )
        found = self._found(next(p for p in paths if p.name == "words.json"))
        tell(found, out)
        for level, _, prefix in _LEVELS:
            answers = [p for p in paths if p.name.startswith(f"{level}-")]
            if not answers:
                continue
            answer = read_answers(answers)
            answer.values["dguid"] = answer.values["dguid"].str.replace("_", ".")
            for item in PROFILE_2021:
                number = found.numbers.get(item.column)
                if number in answer.labels and not item.fits(answer.labels[number]):
                    raise SourceError(
                        "Le service du Profil du recensement se contredit : le numéro {number} est "
                        "« {label} » dans les données, et non « {column} ». Relancez "
                        "« revital fetch ».",
                        number=number,
                        label=" ".join(answer.labels[number].split()),
                        column=item.column,
                    )
            kept = answer.values[answer.values["dguid"].str.startswith(prefix)]
            tabulate(kept, found.numbers, out, f"profile_{level}")
        return out


ADAPTER = ProfileApi()
