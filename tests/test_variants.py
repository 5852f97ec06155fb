"""Variants: a base with parameters and what lies over it become one definition that stands alone."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.schemas import VALIDATOR
from tests.support import NOTE, Desk, run
from workflow import Actor, Definition, Engine, InputError, NotFoundError, load, load_text
from workflow.definition import tree
from workflow.definition.difference import differences
from workflow.definition.loading import examine
from workflow.definition.variants import SECTIONS
from workflow.errors import DefinitionError

BASE = """\
workflow: contract
version: 3
title: Contract
source: [Rules of the union, § 7]
calendar: CN
parameters:
  reply: 20d
  agree: {gte: 1/2, of: all}
  sides: [union, employer]
  least: 3
roles: {union: , employer: , delegate: }
fields:
  delegates: {type: integer, min: $least}
  note: {type: text, title: "$reply"}
submit: {require: delegates, accept: note}
states:
  asked: {initial: true, due: $reply}
  talks:
  signed: {final: true}
  ended: {final: true}
panels:
  congress: {in: talks, of: delegate, pass: $agree}
transitions:
  answer: {from: asked, to: talks, by: $sides}
  sign: {from: talks, to: signed, by: [union, employer, delegate], panel: congress}
  end: {from: talks, to: ended, by: $sides}
"""
VARIANT = """\
workflow: contract-zj
version: 1
base: contract
parameters: {reply: 10wd, agree: {gt: 1/2, of: all}}
without: {transitions: end}
states:
  talks: {title: Talks}
  ended: {final: true, title: Ended}
  paused:
transitions:
  pause: {from: talks, to: paused, by: $sides}
  stop: {from: [talks, paused], to: ended, by: $sides}
"""
WHOLE = """\
workflow: contract-zj
version: 1
title: Contract
source: [Rules of the union, § 7]
calendar: CN
roles: {union: , employer: , delegate: }
fields:
  delegates: {type: integer, min: 3}
  note: {type: text, title: $reply}
submit: {require: delegates, accept: note}
states:
  asked: {initial: true, due: 10wd}
  talks: {title: Talks}
  signed: {final: true}
  ended: {final: true, title: Ended}
  paused:
panels:
  congress: {in: talks, of: delegate, pass: {gt: 1/2, of: all}}
transitions:
  answer: {from: asked, to: talks, by: [union, employer]}
  sign: {from: talks, to: signed, by: [union, employer, delegate], panel: congress}
  pause: {from: talks, to: paused, by: [union, employer]}
  stop: {from: [talks, paused], to: ended, by: [union, employer]}
""".replace("$reply", '"$reply"')


# What `resolve` finds, each with a test below.
RULES = {
    *("unknown_base", "base_loop", "without_base", "not_in_base"),
    *("unknown_parameter", "nested_parameter", "unused_parameter"),
}


def shelve(folder: Path, **texts: str) -> None:
    """Write definition files."""
    for name, text in texts.items():
        (folder / f"{name.replace('_', '-')}.yaml").write_text(text, encoding="utf-8")


def found(text: str, folder: Path) -> list[tuple[str, str, int, int, str]]:
    """What there is to say about a variant beside its base: file, rule, place, words."""
    shelve(folder, contract_zj=text)
    _, findings = examine(text, str(folder / "contract-zj.yaml"))
    return [(Path(each.file).name, each.rule, each.line, each.column, each.message) for each in findings]


class TestParameters:
    def test_a_base_alone_is_a_definition_with_the_values_that_it_says(self) -> None:
        definition, findings = examine(BASE)
        assert findings == []
        assert definition is not None
        assert definition.transitions["answer"][0].by == ("union", "employer")
        assert definition.fields["delegates"].model_dump()["min"] == 3

    def test_the_digest_is_that_of_the_definition_written_out(self) -> None:
        plain = BASE.split("parameters:")[0] + "roles:" + BASE.split("roles:")[1]
        for name, value in {
            "min: $least": "min: 3",
            "due: $reply": "due: 20d",
            "$agree": "{gte: 1/2, of: all}",
            "$sides": "[union, employer]",
        }.items():
            assert name in plain
            plain = plain.replace(name, value)
        assert load_text(BASE).digest == load_text(plain).digest

    @pytest.mark.parametrize(
        ("before", "after", "rule", "place", "words"),
        [
            ("due: $reply", "due: $rely", "unknown_parameter", (17, 31), "parameter rely, did you mean reply?"),
            ("due: $reply", "due: $Reply", "unknown_parameter", (17, 31), "parameter Reply, did you mean reply?"),
            ("reply: 20d", "reply: $least", "nested_parameter", (7, 10), "another parameter: least"),
            ("reply: 20d", "reply: 20x", "bad_value", (7, 10), "due must be of the form"),
            ("  least: 3", "  Least: 3", "bad_name", (10, 3), "not a name: Least"),
            ("  least: 3", "  least: 3\n  most: 9", "unused_parameter", (11, 3), "most is used nowhere"),
        ],
    )
    def test_a_mistake_is_found_at_its_place(
        self, before: str, after: str, rule: str, place: tuple[int, int], words: str
    ) -> None:
        assert before in BASE
        _, findings = examine(BASE.replace(before, after), "contract.yaml")
        [finding] = [each for each in findings if each.rule == rule]
        assert (finding.file, finding.line, finding.column) == ("contract.yaml", *place)
        assert words in finding.message

    def test_parameters_are_a_mapping(self) -> None:
        _, [finding] = examine("workflow: a\nversion: 1\nparameters: [a]\nstates: {a: {initial: true}}\n")
        assert (finding.rule, finding.line, finding.column) == ("bad_value", 3, 13)

    def test_what_is_in_quotes_or_in_a_text_is_text(self) -> None:
        text = BASE.replace('title: "$reply"', "title: up to $reply")
        assert load_text(text).title_of(load_text(text).fields, "note", "en") == "up to $reply"

    def test_filling_in_does_not_pass_the_limits(self, monkeypatch: pytest.MonkeyPatch) -> None:
        many = ", ".join(["$list"] * 20)
        text = f"workflow: a\nversion: 1\nparameters: {{list: [{', '.join('x' * 50)}]}}\nsource: [{many}]\n"
        monkeypatch.setattr("workflow.definition.variants.MAX_NODES", 1000)
        assert [each.rule for each in examine(text)[1]] == ["too_many_nodes"]

    def test_filling_in_does_not_nest_too_deep(self) -> None:
        deep = "[" * 35 + "]" * 35
        inner = "[" * 10 + "$deep" + "]" * 10
        text = f"workflow: a\nversion: 1\nparameters: {{deep: {deep}}}\nsource: {inner}\n"
        assert [each.rule for each in examine(text)[1]] == ["too_deep"]


class TestVariants:
    def test_a_variant_is_the_definition_written_out(self, tmp_path: Path) -> None:
        shelve(tmp_path, contract=BASE, contract_zj=VARIANT)
        variant = load(tmp_path / "contract-zj.yaml")
        assert variant.canonical == load_text(WHOLE).canonical
        assert b"base" not in variant.canonical

    def test_the_base_is_found_in_the_folders_too(self, tmp_path: Path) -> None:
        (tmp_path / "shared").mkdir()
        shelve(tmp_path / "shared", contract=BASE)
        shelve(tmp_path, contract_zj=VARIANT)
        with pytest.raises(DefinitionError) as failed:
            load(tmp_path / "contract-zj.yaml")
        assert [each.rule for each in failed.value.findings] == ["unknown_base"]
        found = load(tmp_path / "contract-zj.yaml", folders=[tmp_path / "shared"])
        assert found.digest == load_text(VARIANT, folders=[tmp_path / "shared"]).digest == load_text(WHOLE).digest

    def test_a_variant_may_be_a_base(self, tmp_path: Path) -> None:
        shelve(tmp_path, contract=BASE, contract_zj=VARIANT)
        text = (
            "workflow: contract-nb\nversion: 1\nbase: contract-zj\nparameters: {least: 5}\n"
            "without: {states: paused, transitions: pause}\n"
            "transitions:\n  stop: {from: talks, to: ended, by: employer}\n"
        )
        town, findings = examine(text, str(tmp_path / "contract-nb.yaml"))
        assert findings == []
        assert town is not None
        assert list(town.states) == ["asked", "talks", "signed", "ended"]
        assert town.states["asked"].due == load_text(WHOLE).states["asked"].due
        assert town.fields["delegates"].model_dump()["min"] == 5

    @pytest.mark.parametrize(
        ("before", "after", "finding"),
        [
            (
                "reply: 10wd",
                "repl: 10wd",
                ("contract-zj.yaml", "unknown_parameter", 4, 14, "there is no parameter repl, did you mean reply?"),
            ),
            (
                "reply: 10wd",
                "reply: 10x",
                (
                    "contract-zj.yaml",
                    "bad_value",
                    4,
                    21,
                    "due must be of the form ^[1-9][0-9]{0,4}(h|d|wd|m|y)$, not 10x",
                ),
            ),
            (
                "by: $sides}\n  stop",
                "by: $sites}\n  stop",
                ("contract-zj.yaml", "unknown_parameter", 11, 40, "there is no parameter sites, did you mean sides?"),
            ),
            (
                "transitions: end}",
                "transitions: emd}",
                ("contract-zj.yaml", "not_in_base", 5, 24, "the base has no emd under transitions, did you mean end?"),
            ),
            (
                "base: contract",
                "base: contrast",
                (
                    "contract-zj.yaml",
                    "unknown_base",
                    3,
                    7,
                    "there is no file of the definition contrast beside this one or in the folders, "
                    "did you mean contract?",
                ),
            ),
            (
                "base: contract",
                "base: contract-zj",
                (
                    "contract-zj.yaml",
                    "base_loop",
                    3,
                    7,
                    "a chain of bases that ends nowhere: contract-zj, contract-zj",
                ),
            ),
            ("version: 1\n", "", ("contract-zj.yaml", "missing_key", 1, 1, "the key version is missing")),
            (
                "without: {transitions: end}",
                "without: {transition: end}",
                (
                    "contract-zj.yaml",
                    "unknown_key",
                    5,
                    11,
                    f"unknown key transition, did you mean transitions? (known: {', '.join(SECTIONS)})",
                ),
            ),
            (
                "without: {transitions: end}",
                "without: {transitions: end, states: signed}",
                ("contract.yaml", "unknown_state", 25, 27, "there is no state signed"),
            ),
        ],
    )
    def test_a_mistake_is_found_in_its_file(
        self, tmp_path: Path, before: str, after: str, finding: tuple[str, str, int, int, str]
    ) -> None:
        assert before in VARIANT
        shelve(tmp_path, contract=BASE)
        assert found(VARIANT.replace(before, after), tmp_path) == [finding]

    def test_a_mistake_of_the_base_is_found_in_the_base(self, tmp_path: Path) -> None:
        for text, rule, place in (
            (BASE.replace("  talks:\n", "  talks: 5\n"), None, None),
            (BASE.replace("calendar: CN", "calender: CN"), "unknown_key", (5, 1)),
            (BASE.replace("version: 3", "version: [3"), "bad_yaml", (3, 6)),
            ("- contract\n", "not_a_mapping", (1, 1)),
        ):
            shelve(tmp_path, contract=text)
            said = [each[:4] for each in found(VARIANT, tmp_path) if each[1] != "due_without_calendar"]
            assert said == ([] if rule is None else [("contract.yaml", rule, *(place or ()))])

    def test_a_file_of_another_name_is_no_base(self, tmp_path: Path) -> None:
        shelve(tmp_path, contract=BASE.replace("workflow: contract", "workflow: treaty"))
        [(_, rule, line, column, words)] = found(VARIANT, tmp_path)
        assert (rule, line, column) == ("unknown_base", 3, 7)
        assert words.endswith(f"in the folders; {tmp_path / 'contract.yaml'} holds treaty")

    def test_what_is_taken_over_is_found_behind_what_the_variant_says(self, tmp_path: Path) -> None:
        shelve(tmp_path, contract=BASE.replace("roles: {", "roles: {guest: , "))
        said = found(VARIANT.replace("states:\n", "roles: {watcher: }\nstates:\n"), tmp_path)
        assert [each[:3] for each in said] == [
            ("contract-zj.yaml", "unused_role", 6),
            ("contract.yaml", "unused_role", 11),
        ]

    def test_nothing_is_left_out_of_no_base(self) -> None:
        _, [finding] = examine(BASE + "without: {transitions: end}\n", "contract.yaml")
        assert (finding.rule, finding.line, finding.column) == ("without_base", 27, 1)

    def test_a_chain_of_bases_has_an_end(self, tmp_path: Path) -> None:
        shelve(tmp_path, contract=BASE)
        names = ["contract", *(f"contract-{number}" for number in range(9))]
        for lower, name in pairwise(names):
            text = f"workflow: {name}\nversion: 1\nbase: {lower}\n"
            (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
        assert load(tmp_path / "contract-7.yaml").states.keys() == load(tmp_path / "contract.yaml").states.keys()
        _, [finding] = examine((tmp_path / "contract-8.yaml").read_text(encoding="utf-8"), str(tmp_path / "x.yaml"))
        assert finding.rule == "base_loop"

    def test_a_name_that_is_no_name_is_no_path(self, tmp_path: Path) -> None:
        (tmp_path / "inside").mkdir()
        shelve(tmp_path, contract=BASE)
        _, [finding] = examine(
            VARIANT.replace("base: contract", "base: ../contract"), str(tmp_path / "inside" / "contract-zj.yaml")
        )
        assert (finding.rule, finding.line) == ("bad_value", 3)

    @pytest.mark.parametrize("text", [BASE, VARIANT])
    def test_the_schema_takes_both_kinds_of_file(self, text: str) -> None:
        plain = tree.read_tree(text.encode(), "x").plain()
        assert [each.message for each in VALIDATOR.iter_errors(plain)] == []
        assert list(VALIDATOR.iter_errors({**plain, "without": {"state": "x"}}))
        assert list(VALIDATOR.iter_errors({**plain, "calender": "CN"}))


class TestInstalling:
    def test_a_variant_is_installed_with_the_texts_it_rests_on(self, tmp_path: Path) -> None:
        shelve(tmp_path, contract=BASE, contract_zj=VARIANT)
        with Engine.open("sqlite://") as engine:
            ref = engine.install(tmp_path / "contract-zj.yaml")
            assert ref.digest == load_text(WHOLE).digest
            [entry] = engine.log(kind="definition_installed")
            assert entry.data == {"source": VARIANT, "bases": {"contract": BASE}}
            assert engine.verify().ok

    def test_a_variant_in_a_folder_is_installed_with_its_first_case(self, tmp_path: Path) -> None:
        shelve(tmp_path, contract=BASE, contract_zj=VARIANT)
        with Engine.open("sqlite://", definitions=[tmp_path]) as engine:
            assert engine.definition("contract-zj").digest == load_text(WHOLE).digest
            case = engine.submit("contract-zj", actor=Actor("li.na"), data={"delegates": 3})
            assert case.definition.digest == load_text(WHOLE).digest

    def test_a_changed_base_asks_for_a_new_version(self, tmp_path: Path) -> None:
        shelve(tmp_path, contract=BASE, contract_zj=VARIANT)
        with Engine.open("sqlite://", definitions=[tmp_path]) as engine:
            engine.install(tmp_path / "contract-zj.yaml")
            shelve(tmp_path, contract=BASE.replace("least: 3", "least: 4"))
            with pytest.raises(InputError) as failed:
                engine.install(tmp_path / "contract-zj.yaml")
            assert failed.value.code == "definition_other"

    def test_names_outside_of_the_folders_are_not_found(self, tmp_path: Path) -> None:
        (tmp_path / "definitions").mkdir()
        shelve(tmp_path, contract=BASE)
        with Engine.open("sqlite://", definitions=[tmp_path / "definitions"]) as engine:
            with pytest.raises(NotFoundError):
                engine.definition("../contract")


def definitions() -> st.SearchStrategy[Definition]:
    """Small definitions that share most of their names."""
    label = st.sampled_from([None, "A", {"en": "A", "zh": "甲"}])
    states = st.permutations(["open", "talks", "done"])
    due = st.sampled_from([None, "24h", "48h"])
    by = st.sampled_from(["anyone", ["a", "b"], ["b", "a"]])
    fields = st.dictionaries(st.sampled_from(["x", "y"]), st.sampled_from([{"type": "text"}, {"type": "integer"}]))

    def built(parts: tuple[Any, ...]) -> Definition:
        title, order, time, people, held, several = parts
        plain: dict[str, Any] = {name: {} for name in order}
        plain["open"] |= {"initial": True} | ({"due": time} if time else {})
        plain["done"] |= {"final": True}
        ways = [{"from": "open", "to": "done", "by": people}] * several
        whole = {"workflow": "w", "version": "1", "states": plain, "transitions": {"go": ways}, "fields": held}
        return Definition.model_validate({**whole, **({"title": title} if title else {})})

    return st.tuples(label, states, due, by, fields, st.integers(1, 2)).map(built)


class TestDifferences:
    def test_two_variants(self, tmp_path: Path) -> None:
        shelve(tmp_path, contract=BASE, contract_zj=VARIANT)
        base, variant = load(tmp_path / "contract.yaml"), load(tmp_path / "contract-zj.yaml")
        said = [(each.change, each.path, each.before, each.after) for each in differences(base, variant)]
        assert said == [
            ("changed", ("workflow",), "contract", "contract-zj"),
            ("changed", ("version",), "3", "1"),
            ("changed", ("states", "asked", "due"), "20d", "10wd"),
            ("added", ("states", "talks", "title"), None, {"en": "Talks", "zh": "Talks"}),
            ("added", ("states", "ended", "title"), None, {"en": "Ended", "zh": "Ended"}),
            ("added", ("states", "paused"), None, {}),
            ("removed", ("panels", "congress", "pass", "gte"), "1/2", None),
            ("added", ("panels", "congress", "pass", "gt"), None, "1/2"),
            ("removed", ("transitions", "end"), *(variant_of(base, "end"), None)),
            ("added", ("transitions", "pause"), None, variant_of(variant, "pause")),
            ("added", ("transitions", "stop"), None, variant_of(variant, "stop")),
        ]

    @given(definitions(), definitions())
    def test_there_is_none_where_the_digests_are_equal_and_only_there(self, one: Definition, other: Definition) -> None:
        assert (differences(one, other) == []) == (one.digest == other.digest)

    @given(definitions(), definitions())
    def test_with_the_differences_one_becomes_the_other(self, one: Definition, other: Definition) -> None:
        plain = one.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        for each in differences(one, other):
            if each.change == "order":
                continue
            here: Any = plain
            for step in each.path[:-1]:
                here = here[step]
            if each.change == "removed":
                assert here.pop(each.path[-1]) == each.before
            else:
                here[each.path[-1]] = each.after
        assert plain == other.model_dump(mode="json", by_alias=True, exclude_defaults=True)


class TestDiff:
    def test_the_command(self, tmp_path: Path) -> None:
        desk = Desk.set_up(tmp_path)
        file = tmp_path / "note.yaml"
        file.write_text(NOTE.replace("at_most: 1", "at_most: 2").replace("version: 1", "version: 2"), encoding="utf-8")
        done = desk("definition", "diff", "note", str(file))
        assert (done.code, done.out) == (
            0,
            "change\tsection\tpath\tbefore\tafter\n"
            "changed\tversion\t\t1\t2\n"
            "changed\ttransitions\treopen.0.at_most\t1\t2\n",
        )
        assert desk("--lang", "zh", "definition", "diff", "note", str(file)).out.splitlines() == [
            "变更\t部分\t位置\t前\t后",
            "修改\tversion\t\t1\t2",
            "修改\ttransitions\treopen.0.at_most\t1\t2",
        ]
        assert desk.json("definition", "diff", "note", str(file)).json == [
            {"section": "version", "path": ["version"], "change": "changed", "before": "1", "after": "2"},
            {
                "section": "transitions",
                "path": ["transitions", "reopen", 0, "at_most"],
                "change": "changed",
                "before": 1,
                "after": 2,
            },
        ]
        assert desk.json("definition", "diff", "note", "note").json == []
        assert desk("definition", "diff", "note", "nothing").code == 4

    def test_check_says_once_what_variants_take_over(self, tmp_path: Path) -> None:
        shelve(tmp_path, contract=BASE.replace("roles: {", "roles: {guest: , "), contract_zj=VARIANT)
        done = run("definition", "check", str(tmp_path))
        assert (done.code, done.out.splitlines()[1:]) == (0, ["2 checked, 0 errors, 1 warnings"])


def variant_of(definition: Definition, name: str) -> Any:
    """A transition as JSON."""
    return definition.model_dump(mode="json", by_alias=True, exclude_defaults=True)["transitions"][name]
