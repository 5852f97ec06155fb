"""From a file or a text to a Definition: strict, with file, line, column and a suggestion for every error."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from pydantic import BaseModel, ValidationError

from workflow.definition.checking import check
from workflow.definition.model import Definition
from workflow.definition.places import in_order, mistake
from workflow.definition.tree import MAX_BYTES, Node, read_tree
from workflow.definition.variants import Overlay, resolve
from workflow.errors import DefinitionError, Finding, InputError

TEXT = "<text>"

_NAME = re.compile(r"(?=.{1,64}\Z)[a-z][a-z0-9]*(-[a-z0-9]+)*\Z")

# Rules about a name or an expression that stands in the file as a value; the others are about what a key names.
_ABOUT_VALUES = frozenset(
    {
        "unknown_state",
        "unknown_role",
        "unknown_field",
        "unknown_transition",
        "unknown_list",
        "confidential_shown",
        "unknown_person",
        "unknown_panel",
        "unknown_notice",
        "unknown_deadline",
        "unknown_electorate",
        "unknown_choice",
        "not_granted",
        "wrong_field",
        "panel_elsewhere",
        "notice_elsewhere",
        "deadline_elsewhere",
        "two_notices",
        "reopens_open_state",
        "ambiguous_name",
        "apart_from_grant",
        "person_not_text",
        "leaves_final_state",
        "bad_condition",
        "unknown_award",
        "unknown_grade",
        "wrong_type",
        "other_currency",
    }
)

# Where names stand as keys: a panel with its outcome, a deadline with its extension, a role with its weight.
_NAMED_BY_KEYS = {("transitions", "panel", 5), ("transitions", "extends", 5), ("panels", "weights", 4)}


def read_file(path: Path | str) -> bytes:
    """The bytes of a definition file. Raises InputError when it cannot be read."""
    try:
        with Path(path).open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise InputError("unreadable_file", file=str(path), problem=_problem(error)) from None


def find_file(name: str, folders: Iterable[Path]) -> Path | None:
    """The file of the definition of that name in the first folder that has one."""
    # What is no name of a definition is never made into a path.
    if not _NAME.match(name):
        return None
    paths = (folder / f"{name}{suffix}" for folder in folders for suffix in (".yaml", ".yml"))
    return next((path for path in paths if path.is_file()), None)


def names_in(folders: Iterable[Path]) -> list[str]:
    """The names under which definitions lie in folders."""
    return [path.stem for folder in folders if folder.is_dir() for path in definition_files(folder)]


class _Folders:
    """Where the base of a variant is looked for: beside its file first. What was read is kept, for the log."""

    def __init__(self, file: str, folders: Iterable[Path]) -> None:
        beside = () if file == TEXT else (Path(file).parent,)
        self._folders = (*beside, *folders)
        self.read: dict[str, str] = {}

    def find(self, name: str) -> tuple[bytes, str] | None:
        path = find_file(name, self._folders)
        if path is None:
            return None
        text = read_file(path)
        self.read[name] = text.decode("utf-8-sig", "replace")
        return text, str(path)

    def names(self) -> list[str]:
        return names_in(self._folders)


def load(path: Path | str, *, folders: Iterable[Path] = ()) -> Definition:
    """Read a definition file that has no errors. Raises DefinitionError with every finding.

    The base of a variant is looked for beside the file, then in `folders`.
    """
    return load_text(read_file(path), str(path), folders=folders)


def load_text(text: bytes | str, file: str = TEXT, *, sound: bool = True, folders: Iterable[Path] = ()) -> Definition:
    """Read a definition that has no errors from its text.

    With `sound=False` a definition that is well formed but unsound (a dead end, a state that is never reached, no
    way to a final state, a transition nobody may fire) is let through.
    """
    return load_whole(text, file, sound=sound, folders=folders)[0]


def load_whole(
    text: bytes | str, file: str = TEXT, *, sound: bool = True, folders: Iterable[Path] = ()
) -> tuple[Definition, dict[str, str]]:
    """As `load_text`, with the texts of the bases on which a variant rests, by name."""
    shelf = _Folders(file, folders)
    definition, findings = _examined(text, file, shelf)
    wrong = [each for each in findings if each.severity == "error" and (sound or each.rule not in UNSOUND)]
    if definition is None or wrong:
        raise DefinitionError(wrong or findings)
    return definition, shelf.read


def checked(definition: Definition) -> Definition:
    """A definition as a program hands it over, when it is well formed. Raises DefinitionError, without places."""
    found = [Finding(rule, params, severity, definition.workflow) for rule, severity, _, params in check(definition)]
    wrong = [each for each in found if each.severity == "error" and each.rule not in UNSOUND]
    if wrong:
        raise DefinitionError(wrong)
    return definition


UNSOUND = frozenset({"unreachable_state", "dead_end", "no_way_to_final", "nobody_may_fire", "no_final_state"})


def examine(
    text: bytes | str, file: str = TEXT, folders: Iterable[Path] = ()
) -> tuple[Definition | None, list[Finding]]:
    """Everything there is to say about a definition text, errors and warnings, in the order of the file.

    The definition is None when the text is not well formed. Findings about what a variant takes over name the file of
    its base. Raises InputError when the file of a base cannot be read.
    """
    return _examined(text, file, _Folders(file, folders))


def _examined(text: bytes | str, file: str, shelf: _Folders) -> tuple[Definition | None, list[Finding]]:
    encoded = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    try:
        root, findings = resolve(read_tree(encoded, file), shelf)
    except DefinitionError as error:
        return None, list(error.findings)
    try:
        definition = Definition.model_validate(root.plain())
    except ValidationError as error:
        wrong = (mistake(each, root, Definition, Overlay) for each in error.errors(include_url=False))
        return None, in_order(wrong, file)
    for rule, severity, path, params in check(definition):
        node = root.at(path, key=rule not in _ABOUT_VALUES or _is_key(root, path))
        column = node.column
        if "offset" in params and node.text_column is not None:
            column = node.text_column + params["offset"]
        findings.append(Finding(rule, params, severity, node.file, node.line, column))
    return definition, in_order(findings, file)


def misfits(error: ValidationError, root: Node, file: str, model: type[BaseModel]) -> list[Finding]:
    """What a model says against a tree, as findings in the order of the file."""
    found = (mistake(each, root, model) for each in error.errors(include_url=False))
    return in_order((replace(each, file=each.file or file) for each in found), file)


def _is_key(root: Node, path: tuple[str | int, ...]) -> bool:
    """Does a path end with a name that stands in the file as a key, such as a panel with its outcome?"""
    parent = root.at(path[:-1]).value
    named = (path[0], path[-2], len(path)) in _NAMED_BY_KEYS if len(path) > 1 else False
    return named and isinstance(parent, dict) and path[-1] in parent


SCENARIOS = ".scenarios.yaml"


def definition_files(folder: Path) -> list[Path]:
    """The definition files of a folder, by name; the scenario files beside them are none."""
    found = [*folder.glob("*.yaml"), *folder.glob("*.yml")]
    return sorted(each for each in found if not each.name.endswith(SCENARIOS))


def _problem(error: Exception) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
