"""Definitions: list, show, check, install, draw, compare, test."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from workflow.commands.output import clean, document, pairs, say, table
from workflow.commands.scenarios import test
from workflow.commands.session import opened, recorder, settings_of
from workflow.commands.settings import Settings
from workflow.definition.diagram import dot, mermaid
from workflow.definition.difference import Difference, differences
from workflow.definition.loading import definition_files, examine, load_text, read_file
from workflow.definition.model import Definition
from workflow.definition.net import bpmn, pnml
from workflow.definition.schema import schema as json_schema
from workflow.engine import Engine
from workflow.errors import DefinitionError, Finding, InputError, NotFoundError
from workflow.later import later

_scenario_schema = later("workflow.scenarios.schema", "schema")

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Definitions: list, show, check, install, draw, compare, test.",
)

_DRAWINGS: dict[str, Callable[..., str]] = {"mermaid": mermaid, "dot": dot, "pnml": pnml, "bpmn": bpmn}

Paths = Annotated[list[str], typer.Argument(metavar="PATH...", help="Files, or folders of them.")]
First = Annotated[str, typer.Argument(metavar="A", help="The name or digest of a definition, or its file.")]
Second = Annotated[str, typer.Argument(metavar="B", help="What it is compared with: a name, a digest, or a file.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="The name of a definition, or the path of its file.")]

_WORDS = {
    "en": {
        **{name: name for name in ("change", "section", "path", "before", "after")},
        **{name: name for name in ("added", "removed", "changed", "order")},
    },
    "zh": {
        **{"change": "变更", "section": "部分", "path": "位置", "before": "前", "after": "后"},
        **{"added": "增加", "removed": "删除", "changed": "修改", "order": "次序"},
    },
}


@app.command("list")
def list_definitions(context: typer.Context) -> None:
    """Every definition that is installed or lies in a folder."""
    settings = settings_of(context)
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    with opened(settings) as engine:
        for ref in engine.definitions():
            found[ref.name, ref.version, ref.digest] = _listed(engine.definition(ref.digest), "", settings.lang, True)
    for folder in settings.folders:
        for path in definition_files(folder):
            definition, _ = examine(read_file(path), str(path), settings.folders)
            if definition is not None:
                key = (definition.workflow, definition.version, definition.digest)
                installed = key in found
                found[key] = _listed(definition, str(path), settings.lang, installed)
    rows = [found[key] for key in sorted(found)]
    if settings.json:
        document(rows)
        return
    table(
        ["name", "version", "title", "installed", "file"],
        [[row["name"], row["version"], row["title"], row["installed"], row["file"]] for row in rows],
    )


@app.command()
def show(context: typer.Context, name: Name) -> None:
    """One definition: its states, and who may do what."""
    settings = settings_of(context)
    with opened(settings) as engine:
        definition = _found(settings, engine, name)
    if settings.json:
        plain = definition.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        document({"digest": definition.digest, **plain})
        return
    lang = settings.lang
    title = definition.title.text(lang, definition.workflow) if definition.title else definition.workflow
    pairs(
        [
            ("name", definition.workflow),
            ("version", definition.version),
            ("title", title),
            ("digest", definition.digest),
            ("source", definition.source),
        ]
    )
    say()
    rows = []
    for transition, _, way in definition.ways():
        label = definition.title_of(definition.transitions, transition, lang)
        rows.append(
            [
                transition,
                label,
                way.from_,
                way.to,
                way.by,
                [*way.require, *(f"[{name}]" for name in way.accept)],
                [condition.check for condition in way.when],
                way.apart_from,
            ]
        )
    table(["transition", "title", "from", "to", "by", "takes", "when", "apart from"], rows)


@app.command()
def check(context: typer.Context, paths: Paths) -> None:
    """Lint: everything that is wrong, with file, line and column. Exit code 2 when there is an error."""
    settings = settings_of(context)
    findings: list[Finding] = []
    files = _files(paths)
    for path in files:
        # What variants take over from one base is found with each of them, and said once.
        findings += [each for each in examine(read_file(path), str(path), settings.folders)[1] if each not in findings]
    if settings.json:
        document([finding.as_dict(settings.lang) for finding in findings])
    else:
        for finding in findings:
            place = f"{finding.file}:{finding.line}:{finding.column}"
            say(clean(f"{place}: {finding.severity}: {finding.text(settings.lang)} [{finding.rule}]"))
        errors = sum(finding.severity == "error" for finding in findings)
        say(f"{len(files)} checked, {errors} errors, {len(findings) - errors} warnings")
    if any(finding.severity == "error" for finding in findings):
        raise typer.Exit(DefinitionError.exit_code)


@app.command()
def install(
    context: typer.Context,
    paths: Paths,
    unsound: Annotated[
        bool, typer.Option("--unsound", help="Also one in which a case can get stuck or a state is never reached.")
    ] = False,
) -> None:
    """Install definitions: new cases keep the version that was installed last."""
    settings = settings_of(context)
    files = _files(paths)
    # All are read before the first is installed, so that an error in the last leaves the store as it was.
    for path in files:
        load_text(read_file(path), str(path), sound=not unsound, folders=settings.folders)
    with opened(settings) as engine:
        found = [engine.install(path, by=recorder(settings), sound=not unsound) for path in files]
    if settings.json:
        document([ref.as_dict() for ref in found])
        return
    table(["name", "version", "digest"], [[ref.name, ref.version, ref.digest] for ref in found])


@app.command()
def diagram(
    context: typer.Context,
    name: Name,
    form: Annotated[
        str, typer.Option("--format", metavar="mermaid|dot|pnml|bpmn", help="For whom to draw.")
    ] = "mermaid",
    complete: Annotated[
        bool, typer.Option("--complete", help="PNML that accepts cases which have ended, and no others.")
    ] = False,
) -> None:
    """Draw a definition: Mermaid or DOT text, a net as PNML, a process as BPMN."""
    settings = settings_of(context)
    if form not in _DRAWINGS:
        raise InputError("unknown_format", given=form, known=", ".join(_DRAWINGS))
    with opened(settings) as engine:
        definition = _found(settings, engine, name)
    more = {"complete": True} if complete and form == "pnml" else {}
    drawn: str = _DRAWINGS[form](definition, settings.lang, **more)
    if settings.json:
        document({"name": definition.workflow, "format": form, "text": drawn})
        return
    for each in drawn.rstrip("\n").split("\n"):
        say(clean(each))


app.command()(test)


@app.command()
def diff(context: typer.Context, first: First, second: Second) -> None:
    """What differs between two definitions, by section and path."""
    settings = settings_of(context)
    with opened(settings) as engine:
        found = differences(_found(settings, engine, first), _found(settings, engine, second))
    if settings.json:
        document([each.as_dict() for each in found])
        return
    words = _WORDS[settings.lang]
    rows = [[words[each.change], each.section, _path(each), _shown(each.before), _shown(each.after)] for each in found]
    table([words[name] for name in ("change", "section", "path", "before", "after")], rows)


def _path(difference: Difference) -> str:
    return ".".join(map(str, difference.path[1:]))


def _shown(value: Any) -> str:
    """A value of a definition in one line, a text as it is."""
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False)


@app.command()
def schema(
    context: typer.Context,
    scenarios: Annotated[bool, typer.Option("--scenarios", help="That of scenario files instead.")] = False,
) -> None:
    """The JSON Schema of the language, for editors."""
    document(_scenario_schema() if scenarios else json_schema())


def _found(settings: Settings, engine: Engine, name: str) -> Definition:
    path = Path(name)
    if path.suffix in (".yaml", ".yml"):
        return load_text(read_file(path), name, sound=False, folders=settings.folders)
    return engine.definition(name)


def _files(paths: list[str]) -> list[Path]:
    files: list[Path] = []
    for each in paths:
        path = Path(each)
        if path.is_dir():
            inside = definition_files(path)
            if not inside:
                raise InputError("no_files", path=each)
            files += inside
        elif not path.exists():
            raise NotFoundError("file", each)
        else:
            files.append(path)
    return files


def _listed(definition: Definition, file: str, lang: str, installed: bool) -> dict[str, Any]:
    return {
        "name": definition.workflow,
        "version": definition.version,
        "title": definition.title.text(lang, definition.workflow) if definition.title else definition.workflow,
        "digest": definition.digest,
        "source": definition.source,
        "installed": installed,
        "file": file,
    }
