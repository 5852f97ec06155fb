"""The street door: the `workflow` command, its global options, errors to exit codes.

Commands live in `workflow.commands`, a module a group, and are imported when they are called, so that `--help`
answers before a database library is loaded. In the wheel this file is `workflow/__main__.py`: see pyproject.toml.
"""

from __future__ import annotations

import os
import sys
from copy import copy
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from workflow.commands.settings import Settings

# Beside this file in the checkout and in the wheel alike.
BUNDLED = Path(__file__).with_name("definitions")

# Name -> (module, what it does). `tests/test_cli.py` holds the words against the commands' own.
COMMANDS: dict[str, tuple[str, str]] = {
    "submit": ("cases", "Open a case."),
    "advance": ("cases", "Move a case."),
    "options": ("cases", "What the actor may do with a case, and why not."),
    "vote": ("panels", "Vote or sign in a panel; the last vote of each counts."),
    "score": ("panels", "Fill in the score sheet of a panel."),
    "count": ("panels", "Enter the numbers of a counted ballot."),
    "close": ("panels", "Close a panel and find what it came to."),
    "object": ("panels", "Object to what a public notice shows."),
    "settle": ("panels", "Uphold an objection, or dismiss it."),
    "link": ("several", "Tie a case to another, such as a duplicate to the one that came first."),
    "batch": ("several", "Move a set of cases at once, all or none, under the quotas of its batch."),
    "tick": (
        "clock",
        "Do what is due: reminders, escalations, ends of panels and notices; safe to run twice or on two machines.",
    ),
    "show": ("cases", "One case as it stands."),
    "history": ("cases", "Every entry of a case, oldest first."),
    "list": ("cases", "Cases, oldest first, a page at a time."),
    "todo": ("cases", "The cases on which the actor may act now."),
    "apply": ("batch", "Run many commands, one a line; a refused line touches no other."),
    "award": ("awards", "Awards: the ledger, and how it was reckoned."),
    "stats": ("overview", "Counts by state, rates, time in state, overdue."),
    "definition": ("definitions", "Definitions: list, show, check, install, draw, compare, test."),
    "actor": ("people", "The directory: who is known, and which roles they have."),
    "audit": ("audit", "The log: read it, check it, hand it on."),
    "db": ("store", "The store: create it, bring it up to date, look at it."),
    "demo": ("demo", "The main job on a throw-away store, from submitted to rewarded; then the log is verified."),
}
GROUPS = {"definition", "actor", "award", "audit", "db"}
# The global options that may also stand behind the command, and the settings that they change.
ANYWHERE = {"db": "db", "actor": "actor", "as_json": "json", "lang": "lang", "folder": "folders", "quiet": "quiet"}


class Commands(TyperGroup):
    """The commands by name; each module is imported when its command is called."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Every name, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of that name, from its module."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"workflow.commands.{COMMANDS[cmd_name][0]}")
        found: Any = typer.main.get_command(module.app)
        command = found if cmd_name in GROUPS else getattr(found, "commands", {}).get(cmd_name, found)
        _accept_global(command, [each for each in self.params if each.name in ANYWHERE])
        return command

    def invoke(self, ctx: Any) -> Any:
        """Run the command. Typer has its own answers to a reader who went away and to Ctrl-C; ours come first."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            _abandon()
            return 0
        except KeyboardInterrupt:
            sys.stderr.write("stopped\n")
            return 130

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """The list in `--help`, from the table alone."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, words) for name, (_, words) in COMMANDS.items()])


def _accept_global(command: Any, options: list[Any]) -> None:
    """Let global options stand behind a command's name too: `workflow list --json` is what people type."""
    for each in getattr(command, "commands", {}).values():
        _accept_global(each, options)
    for option in options:
        again = copy(option)
        # A name of its own, because a command may have an option whose value goes by the same name.
        again.name = f"global_{option.name}"
        again.expose_value, again.hidden = False, True
        again.default, again.envvar, again.callback = None, None, _overrule
        command.params.append(again)


def _overrule(context: Any, option: Any, value: Any) -> Any:
    if value and isinstance(context.obj, Settings):
        name = option.name.removeprefix("global_")
        _check_language(value if name == "lang" else "en")
        change: Any = {ANYWHERE[name]: (Path(value), BUNDLED) if name == "folder" else value}
        context.obj = replace(context.obj, **change)
    return value


def _say_version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"workflow {import_module('workflow').__version__}\n")
        raise typer.Exit


def _check_language(lang: str) -> None:
    if lang not in ("en", "zh"):
        raise typer.BadParameter("use en or zh", param_hint="--lang")


app = typer.Typer(cls=Commands, rich_markup_mode=None, no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def options(
    context: typer.Context,
    db: Annotated[
        str, typer.Option("--db", metavar="URL", envvar="WORKFLOW_DB", help="The store, as a SQLAlchemy URL.")
    ] = "sqlite:///workflow.db",
    actor: Annotated[
        str | None, typer.Option("--as", metavar="ACTOR", envvar="WORKFLOW_ACTOR", help="Who acts.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON on stdout, errors as JSON on stderr.")] = False,
    lang: Annotated[
        str,
        typer.Option("--lang", metavar="en|zh", envvar="WORKFLOW_LANG", help="The language of labels and messages."),
    ] = "en",
    folder: Annotated[
        Path | None,
        typer.Option("--definitions", metavar="DIR", envvar="WORKFLOW_DEFINITIONS", help="Where definitions lie."),
    ] = None,
    log_format: Annotated[
        str | None, typer.Option("--log-format", metavar="console|json", help="Log on stderr, in this form.")
    ] = None,
    verbose: Annotated[int, typer.Option("-v", "--verbose", count=True, help="Log what happens; twice for more.")] = 0,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="No notes on stderr, errors only.")] = False,
    version: Annotated[
        bool, typer.Option("--version", help="Say the version and stop.", is_eager=True, callback=_say_version)
    ] = False,
) -> None:
    """Review proposals by a declarative definition, with an audit log that needs no trust."""
    _check_language(lang)
    if log_format not in (None, "console", "json"):
        raise typer.BadParameter("use console or json", param_hint="--log-format")
    if log_format is not None or verbose:
        import_module("workflow.commands.logs").configure(log_format or "console", 0 if quiet else max(verbose, 1))
    folders = (folder, BUNDLED) if folder is not None else (BUNDLED,)
    context.obj = Settings(db, actor, as_json, lang, folders, quiet)


def main(arguments: list[str] | None = None) -> None:
    """Run one command line and exit with the contract's code."""
    given = sys.argv[1:] if arguments is None else arguments
    _open_streams()
    code = _run(given)
    try:
        sys.stdout.flush()
    except OSError as error:
        _abandon()
        if code == 0 and not isinstance(error, BrokenPipeError):
            as_json, lang = _asked(given)
            code = _failed(error, as_json=as_json, lang=lang)
    sys.exit(code)


def _open_streams() -> None:
    """Three streams in UTF-8. One that was closed leads nowhere, so that no file is opened in its place."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "r" if name == "stdin" else "w", encoding="utf-8"))  # noqa: SIM115, PTH123
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # What cannot be encoded is shown as an escape; output is UTF-8 wherever it goes.
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _run(given: list[str]) -> int:
    as_json, lang = _asked(given)
    try:
        answer = app(args=given, prog_name="workflow", standalone_mode=False)
        return answer if isinstance(answer, int) and not isinstance(answer, bool) else 0
    except typer.Abort:
        return 130
    except typer.Exit as stop:
        return stop.exit_code
    except Exception as error:
        return _failed(error, as_json=as_json, lang=lang)


def _failed(error: Exception, *, as_json: bool, lang: str) -> int:
    """One message for whatever went wrong. A traceback is shown only when WORKFLOW_TRACEBACK is set."""
    errors = import_module("workflow.errors")
    output = import_module("workflow.commands.output")
    if isinstance(error, errors.WorkflowError):
        found = error
    elif hasattr(error, "format_message"):
        if type(error).__name__ == "NoArgsIsHelpError":
            sys.stderr.write(f"{error.format_message()}\n")
            return 2
        said = " ".join(str(error.format_message()).split())
        found = errors.InputError("usage", problem=said)
    elif isinstance(error, OSError) and error.filename:
        found = errors.InputError("unreadable_file", file=error.filename, problem=error.strerror or str(error))
    elif isinstance(error, OSError):
        # What is read says where it failed; what is left is what we write.
        found = errors.WorkflowError("unwritable_file", file="stdout", problem=error.strerror or str(error))
    else:
        if os.environ.get("WORKFLOW_TRACEBACK"):
            raise error
        found = errors.WorkflowError("failure", problem=f"{type(error).__name__}: {error}")
    code: int = output.fail(found, as_json=as_json, lang=lang)
    return code


def _asked(given: list[str]) -> tuple[bool, str]:
    """Whether JSON is asked for and in which language, also when the rest of the line cannot be parsed."""
    lang = os.environ.get("WORKFLOW_LANG", "en")
    for index, word in enumerate(given):
        if word == "--lang" and index + 1 < len(given):
            lang = given[index + 1]
        elif word.startswith("--lang="):
            lang = word.removeprefix("--lang=")
    return "--json" in given, lang if lang in ("en", "zh") else "en"


def _abandon() -> None:
    import_module("workflow.commands.output").abandon_stdout()


if __name__ == "__main__":
    main()
