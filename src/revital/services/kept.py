"""Small things that an address is too short for: files of the workspace named by their content."""

from __future__ import annotations

import hashlib
import json
import os
import re
from typing import Any

from revital.errors import LayerError, NotAllowedError, UnknownIdError
from revital.settings import settings

_CODE = re.compile(r"^@[0-9a-f]{12}$")


def is_code(text: str) -> bool:
    """Tell whether a text of an address names a kept file."""
    return bool(_CODE.match(text))


def keep(folder: str, body: Any) -> str:
    """
    Keep something and return the short text that names it.

    Parameters
    ----------
    folder : str
        Folder of the workspace.
    body
        What JSON can hold.

    Raises
    ------
    NotAllowedError
        On a public, read-only site.
    """
    if settings().mode == "public":
        raise NotAllowedError(
            "Ce site est en lecture seule : ceci est trop long pour l'adresse et ne peut pas y "
            "être gardé."
        )
    text = json.dumps(body, ensure_ascii=False)
    name = hashlib.sha256(text.encode()).hexdigest()[:12]
    path = settings().home / folder / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)
    return f"@{name}"


def read(folder: str, code: str) -> Any:
    """
    Return what was kept under a short text.

    Raises
    ------
    UnknownIdError
        When this workspace has no such file.
    LayerError
        When the file was damaged.
    """
    path = settings().home / folder / f"{code[1:]}.json"
    if not is_code(code) or not path.is_file():
        raise UnknownIdError(
            "« {id} » n'est pas enregistré ici : demandez le fichier à qui vous a envoyé "
            "l'adresse.",
            id=code[:20],
        )
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise damaged(code) from error


def damaged(code: str) -> LayerError:
    """Return the error of a kept file that does not hold what it should."""
    return LayerError(
        "Le fichier « {file} » est illisible. Supprimez-le ou reprenez-en une copie.",
        file=f"{code[1:]}.json",
    )
