"""The one place that reads the environment."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import platformdirs

PROJECT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Settings:
    """
    Where things are and how the app runs.

    Attributes
    ----------
    pack : Path
        Folder of the embedded data pack, read-only (`REVITAL_PACK`).
    home : Path
        Workspace that overlays the pack: fetched files, imports, the plan (`REVITAL_HOME`).
    static : Path
        Folder served to browsers as `app/static` (`REVITAL_STATIC`).
    inputs : Path or None
        Folder of publishers' files that `revital build` reads (`REVITAL_INPUTS`).
    mode : str
        `local` (one user on this machine), `public` (read-only) or `hosted` (sign-in), from
        `REVITAL_MODE`.
    tiles_url : str
        Template of the optional online tiles (`REVITAL_TILES_URL`); nothing is asked of that host
        unless the user turns the tiles on.
    """

    pack: Path
    home: Path
    static: Path
    inputs: Path | None = None
    mode: str = "local"
    tiles_url: str = "https://tile.openstreetmap.org/{z}/{x}/{y}.png"
    extra: dict[str, str] = field(default_factory=dict)

    @classmethod
    def from_environment(cls) -> Settings:
        """Read the `REVITAL_*` variables."""
        env = os.environ
        inputs = env.get("REVITAL_INPUTS")
        return cls(
            pack=Path(env.get("REVITAL_PACK") or PROJECT / "data" / "pack"),
            home=Path(env.get("REVITAL_HOME") or platformdirs.user_data_path("revital")),
            static=Path(env.get("REVITAL_STATIC") or PROJECT / "static"),
            inputs=Path(inputs) if inputs else None,
            mode=env.get("REVITAL_MODE", "local"),
            tiles_url=env.get("REVITAL_TILES_URL", cls.tiles_url),
            extra={k: v for k, v in env.items() if k.startswith(("REVITAL_", "STREAMLIT_"))},
        )


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Return the settings of this process."""
    return Settings.from_environment()
