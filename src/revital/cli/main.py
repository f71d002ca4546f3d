"""The `revital` command: one sub-command per file, loaded only when it is called."""

from __future__ import annotations

import importlib
import sys

import click

from revital.cli.misuse import reason
from revital.cli.output import current_language
from revital.errors import UserError
from revital.i18n import translator

#: Name of a command → where its click object is.
COMMANDS: dict[str, str] = {
    "access": "revital.cli.access:access",
    "backup": "revital.cli.backup:backup",
    "build": "revital.cli.build:build",
    "check": "revital.cli.check:check",
    "clusters": "revital.cli.clusters:clusters",
    "compare": "revital.cli.compare:compare",
    "correct": "revital.cli.correct:correct",
    "contact": "revital.cli.contact:contact",
    "deprivation": "revital.cli.deprivation:deprivation",
    "explain": "revital.cli.explain:explain",
    "facts": "revital.cli.facts:facts",
    "fetch": "revital.cli.fetch:fetch",
    "index": "revital.cli.index:index",
    "export": "revital.cli.export:export",
    "import": "revital.cli.import_:import_",
    "indicators": "revital.cli.indicators:indicators",
    "interpolate": "revital.cli.interpolate:interpolate",
    "layers": "revital.cli.layers:layers",
    "map": "revital.cli.map:map_table",
    "meeting": "revital.cli.meeting:meeting",
    "plan": "revital.cli.plan:plan",
    "project": "revital.cli.project:project",
    "report": "revital.cli.report:report",
    "restore": "revital.cli.backup:restore",
    "run": "revital.cli.run:run",
    "scenario": "revital.cli.scenario:scenario",
    "score": "revital.cli.score:score",
    "services": "revital.cli.services:services",
    "site": "revital.cli.site:site",
    "sources": "revital.cli.sources:sources",
    "territories": "revital.cli.territories:territories",
    "territory": "revital.cli.territory:territory",
    "user": "revital.cli.user:user",
}


class LazyGroup(click.Group):
    """A group that imports a command when it is asked for, so that `--help` stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command."""
        address = COMMANDS.get(cmd_name)
        if address is None:
            return None
        module, _, name = address.partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="revital")
def cli() -> None:
    """Neighbourhood revitalization: evidence, action, outcome."""


def main(arguments: list[str] | None = None) -> None:
    """
    Run a command; an error a person can mend is one sentence on stderr and exit code 2.

    Parameters
    ----------
    arguments : list of str, optional
        Words after `revital`; those of the process by default.
    """
    words = sys.argv[1:] if arguments is None else arguments
    try:
        # Outside its own mode click returns the code of an `Exit` instead of leaving.
        code = cli.main(args=words, prog_name="revital", standalone_mode=False)
        if isinstance(code, int) and code:
            sys.exit(code)
    except click.exceptions.NoArgsIsHelpError as asked:
        asked.show()
        sys.exit(2)
    except click.ClickException as error:
        t = translator(current_language(words))
        context = error.ctx if isinstance(error, click.UsageError) else None
        path = context.command_path if context else "revital"
        sentence = t(
            "Commande mal écrite : {why} Voyez « {path} --help ».",
            why=reason(error, t),
            path=path,
        )
        click.echo(" ".join(sentence.split()), err=True)
        sys.exit(2)
    except click.Abort:
        sys.exit(130)
    except UserError as error:
        click.echo(translator(current_language(words)).error(error), err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
