"""Why a command cannot be understood, in the reader's language: click says it in English only."""

from __future__ import annotations

import re

import click

from revital.i18n import Translator

_EXTRA = re.compile(r"^Got unexpected extra arguments? \((?P<words>.+)\)")
#: The value that click quotes: 'xml' is not one of…, File 'x' does not exist, -1 is not in….
_FOUND = re.compile(r"^(?:(?:File|Directory|Path) )?'?(?P<found>.+?)'? (?:is not|does not exist)")
_TAKES = re.compile(r"^Option '(?P<name>[^']+)' requires")


def reason(error: click.ClickException, t: Translator) -> str:
    """
    Return what is wrong with a command, as a sentence.

    Parameters
    ----------
    error : click.ClickException
    t : Translator

    Returns
    -------
    str
        What click itself says where the fault is one that no case below knows.
    """
    match error:
        case click.NoSuchOption():
            return _unknown(
                t,
                t("L'option « {name} » n'existe pas", name=error.option_name),
                error.possibilities,
            )
        case click.exceptions.NoSuchCommand():
            sentence = t("La commande « {name} » n'existe pas", name=error.command_name)
            return _unknown(t, sentence, error.possibilities)
        case click.MissingParameter():
            return t("Il manque « {name} ».", name=_name(error))
        case click.BadParameter():
            return _bad_value(error, t)
        case click.BadOptionUsage() if found := _TAKES.match(error.message):
            return t("« {name} » attend une valeur.", name=found["name"])
        case click.UsageError() if found := _EXTRA.match(error.message):
            return t("« {words} » est de trop.", words=found["words"])
    return error.format_message()


def _unknown(t: Translator, sentence: str, near: list[str] | None) -> str:
    if not near:
        return f"{sentence}."
    return t("{sentence} ; peut-être « {near} ».", sentence=sentence, near=", ".join(sorted(near)))


def _bad_value(error: click.BadParameter, t: Translator) -> str:
    said = _FOUND.match(error.message)
    words = {"name": _name(error), "found": said["found"] if said else ""}
    kind = error.param.type if error.param is not None else None
    if not said or kind is None:
        return t("« {name} » attend : {what}.", name=words["name"], what=error.message)
    if isinstance(kind, click.Choice):
        choices = t.either([str(c) for c in kind.choices])
        return t("« {name} » prend {choices}, pas « {found} ».", choices=choices, **words)
    if isinstance(kind, click.IntRange):
        least = t.number(kind.min or 0)
        if kind.max is None:
            return t(
                "« {name} » attend un nombre entier, {least} ou plus, pas « {found} ».",
                least=least,
                **words,
            )
        return t(
            "« {name} » attend un nombre entier de {least} à {most}, pas « {found} ».",
            least=least,
            most=t.number(kind.max),
            **words,
        )
    if isinstance(kind, type(click.INT)):
        return t("« {name} » attend un nombre entier, pas « {found} ».", **words)
    if isinstance(kind, type(click.FLOAT)):
        return t("« {name} » attend un nombre, pas « {found} ».", **words)
    return t("Le fichier « {name} » n'existe pas.", name=words["found"])


def _name(error: click.BadParameter) -> str:
    if isinstance(error.param_hint, str):
        return error.param_hint
    if error.param is None:
        return ", ".join(error.param_hint or ())
    if isinstance(error.param, click.Option):
        return max(error.param.opts, key=len)
    return error.param.make_metavar(error.ctx or click.Context(click.Command(""))).strip("[]{}")
