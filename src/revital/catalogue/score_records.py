"""Records of the composite scores: domains, indicators, goalposts and weights are policy, dated."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from importlib import resources

import yaml
from pydantic import Field, model_validator

from revital.catalogue.load import parse
from revital.catalogue.models import Id, Record, Text
from revital.errors import UnknownIdError


class Goalpost(Record):
    """Fixed bounds of an indicator, in its unit; what lies beyond counts as the bound."""

    low: float
    high: float

    @model_validator(mode="after")
    def _low_below_high(self) -> Goalpost:
        if not self.low < self.high:
            raise ValueError("low must be below high")
        return self


class ScoreDomain(Record):
    """A domain of a score and its indicators, of equal weight inside it."""

    id: Id
    title: Text
    indicators: tuple[Id, ...] = Field(min_length=1)
    weight: float = Field(default=1.0, ge=0)


class ScoreRecord(Record):
    """
    A composite score.

    Attributes
    ----------
    goalposts : dict of indicator id to Goalpost
        Bounds fixed on the base year; an indicator without is not scored.
    least_indicators : float
        Share of a domain's indicators below which it has no score.
    least_domains : int
        Domain scores below which there is no index.
    """

    id: Id
    title: Text
    definition: Text
    decided: date
    base_year: int
    references: tuple[str, ...] = Field(min_length=1)
    domains: tuple[ScoreDomain, ...] = Field(min_length=2)
    goalposts: dict[Id, Goalpost] = Field(default_factory=dict)
    goalpost_rule: Text
    least_indicators: float = Field(gt=0, le=1)
    least_domains: int = Field(ge=1)
    concentration: float = Field(default=30.0, gt=0)
    draws: int = Field(default=2000, gt=0)
    seed: int = 1


@lru_cache(maxsize=8)
def score_record(id_: str) -> ScoreRecord:
    """
    Return a score record.

    Raises
    ------
    UnknownIdError, CatalogueError
    """
    folder = resources.files("revital.catalogue") / "scores"
    entry = folder / f"{id_}.yml"
    if not entry.is_file():
        raise UnknownIdError("L'indice « {id} » est inconnu.", id=id_)
    data = yaml.safe_load(entry.read_text(encoding="utf-8"))
    return parse(ScoreRecord, data, f"scores/{id_}.yml")
