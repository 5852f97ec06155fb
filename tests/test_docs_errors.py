"""The page about errors: every blocker, error, finding and problem is documented, and nothing else is."""

from __future__ import annotations

import ast
import inspect

import pytest

from tests.pages import codes, examples, first, named, page, rows, sections
from tests.support import ROOT
from workflow import errors


def raised() -> dict[str, set[type[errors.WorkflowError]]]:
    """The codes that the package raises, each with its classes."""
    found: dict[str, set[type[errors.WorkflowError]]] = {}
    classes = {
        name: each
        for name, each in vars(errors).items()
        if inspect.isclass(each) and issubclass(each, errors.WorkflowError)
    }
    for path in [*(ROOT / "workflow").rglob("*.py"), ROOT / "cli.py"]:
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call) or not call.args:
                continue
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            chosen = call.args[0]
            for each in [chosen.body, chosen.orelse] if isinstance(chosen, ast.IfExp) else [chosen]:
                if name in classes and isinstance(each, ast.Constant) and isinstance(each.value, str):
                    prefix = "no_" if classes[name] is errors.NotFoundError else ""
                    found.setdefault(f"{prefix}{each.value}", set()).add(classes[name])
    return found


class TestErrors:
    def test_every_blocker(self) -> None:
        assert set(first(sections(page("docs/errors.md"))["Blockers"].split("\n### ")[0])) == named("blocker")

    @pytest.mark.parametrize("heading", ["award", "bad_field", "condition", "panel"])
    def test_every_kind_of_a_blocker(self, heading: str) -> None:
        whole = {each.split(".")[1] for each in named("blocker", whole=True) if each.startswith(f"{heading}.")}
        assert set(first(sections(page("docs/errors.md"))[heading])) == whole

    def test_every_kind_of_bad_value(self) -> None:
        whole = {each.split(".")[1] for each in named("rule", whole=True) if each.startswith("bad_value.")}
        assert set(first(sections(page("docs/errors.md"))["bad_value"])) == whole

    def test_every_error(self) -> None:
        text = sections(page("docs/errors.md"))["Errors"]
        assert {*first(text), "near"} == named("error")

    def test_classes_and_exit_codes_of_errors(self) -> None:
        said = {
            codes(row[0])[0]: set(zip(row[1].split(", "), map(int, row[2].split(", ")), strict=True))
            for row in rows(sections(page("docs/errors.md"))["Errors"])
        }
        expected = {code: {(kind.kind, kind.exit_code) for kind in kinds} for code, kinds in raised().items()}
        assert {code: said.get(code) for code in expected} == expected

    def test_every_finding_with_its_severity(self) -> None:
        found = rows(sections(page("docs/errors.md"))["Findings"].split("\n### ")[0])
        said = {codes(row[0])[0]: row[1] for row in found}
        expected = {
            rule: "warning" if words.startswith("A warning: ") else "error" for rule, (words, _) in examples().items()
        }
        assert said == expected

    def test_every_problem(self) -> None:
        assert set(first(sections(page("docs/errors.md"))["Problems"])) == named("problem")

    def test_no_code_stands_twice(self) -> None:
        for heading in ("Blockers", "Errors", "Findings", "Problems"):
            listed = first(sections(page("docs/errors.md"))[heading].split("\n### ")[0])
            assert len(listed) == len(set(listed)), heading
