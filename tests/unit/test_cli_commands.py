"""Every command, those of the README and those nobody thought of: they start, and they answer."""

from __future__ import annotations

import inspect
import re
import shlex
from collections.abc import Iterator

import click
import pytest

from revital.cli import main as cli
from revital.i18n import translator
from revital.services import data as services_data
from revital.settings import PROJECT, settings

#: Commands of the README that need the network, a reader's own files, or a minute.
ELSEWHERE = re.compile(
    r"fetch|build|check|interpolate|score|clusters|deprivation|--origins|--own |--help"
)
_FENCE = re.compile(r"^```\n(.*?)^```", re.DOTALL | re.MULTILINE)


def readme() -> list[str]:
    """Return the commands that the README promises on the embedded data."""
    blocks = _FENCE.findall((PROJECT / "README.md").read_text(encoding="utf-8"))
    lines = [line.split("  #")[0].strip() for block in blocks for line in block.splitlines()]
    return [x for x in lines if x.startswith("revital ") and not ELSEWHERE.search(x)]


def every_command() -> Iterator[tuple[str, click.Command]]:
    """Yield each command with the words that call it."""

    def walk(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
        if isinstance(command, click.Group):
            context = click.Context(command)
            for part in command.list_commands(context):
                below = command.get_command(context, part)
                assert below is not None
                yield from walk(f"{name} {part}".strip(), below)
        if command.callback is not None:
            yield name, command

    yield from walk("", cli.cli)


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    def forget() -> None:
        settings.cache_clear()
        services_data._open_data.cache_clear()

    monkeypatch.setenv("REVITAL_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("REVITAL_LANG", raising=False)
    monkeypatch.chdir(tmp_path)
    forget()
    yield tmp_path
    monkeypatch.undo()
    forget()


@pytest.mark.parametrize("line", readme())
def test_a_command_of_the_readme_answers(line, workspace, capsys):
    cli.main(shlex.split(line)[1:])
    said = capsys.readouterr()
    words = shlex.split(line)
    if "-o" in words:
        file = words[words.index("-o") + 1]
        assert (workspace / file).exists()
        assert file in said.err
    else:
        assert said.out.strip()
        assert said.err == ""


def test_the_readme_has_commands_to_run():
    assert len(readme()) >= 15


def test_every_option_is_an_argument_of_its_function():
    found = list(every_command())
    assert len(found) > 40
    for name, command in found:
        taken = inspect.signature(inspect.unwrap(command.callback)).parameters
        named = {k for k, p in taken.items() if p.kind is not p.VAR_KEYWORD and k != "ctx"}
        given = {p.name for p in command.params if p.expose_value}
        assert named <= given, name
        assert given == named or len(named) < len(taken), name


#: What is typed, and what is said of it.
ALMOST = {
    "indicators --terr x": "L'option « --terr » n'existe pas ; peut-être « --territory ».",
    "indicators": "Il manque « --territory ».",
    "explain --territory x": "Il manque « INDICATOR ».",
    "indicators --territory": "« --territory » attend une valeur.",
    "indicators saint-philippe --territory x": "« saint-philippe » est de trop.",
    "indicators --territory x --format xml": "« --format » prend table, json ou csv, pas « xml ».",
    "run --port abc": "« --port » attend un nombre entier, pas « abc ».",
    "plan history --territory x --limit 0": "« --limit » attend un nombre entier de 1 à 100 000",
    "import points": "La commande « points » n'existe pas.",
    "import plan x": "La commande « plan » n'existe pas.",
    "access --threshold abc": "« --threshold » attend un nombre, pas « abc ».",
    "plan import nowhere.csv --territory x": "Le fichier « nowhere.csv » n'existe pas.",
}
ENGLISH = re.compile(r"\b(No such|Missing|Invalid|expected|required|Got|requires|valid)\b")


@pytest.mark.parametrize("words", ALMOST)
def test_a_misused_command_says_why_in_french(words, workspace, capsys):
    with pytest.raises(SystemExit) as left:
        cli.main(shlex.split(words))
    assert left.value.code == 2
    err = capsys.readouterr().err
    assert err.startswith("Commande mal écrite : ")
    assert not ENGLISH.search(err), err
    assert ALMOST[words] in err.replace("\u202f", " ")


def test_the_same_in_english(workspace, capsys):
    with pytest.raises(SystemExit):
        cli.main(shlex.split("indicators --terr x --lang en"))
    err = capsys.readouterr().err
    assert err.startswith("The command is misspelt: ")
    assert "There is no option “--terr”; perhaps “--territory”." in err


def test_the_translator_has_the_sentence_of_a_misspelt_command():
    text = "Commande mal écrite : {why} Voyez « {path} --help »."
    assert translator("en")(text, why="x", path="y") == "The command is misspelt: x See “y --help”."
