"""Stories that try a definition: what they can say, what fails, what is wrong with a file, and what is covered."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from tests.support import run
from workflow.definition.tree import read_tree
from workflow.errors import DefinitionError, InputError, NotFoundError
from workflow.scenarios.reading import stories
from workflow.scenarios.report import Report, gather, tell_all
from workflow.scenarios.schema import schema

TRIAL = """\
workflow: trial
version: 1
calendar: CN
roles: {author: {is: submitter}, office: , member: , chief: , boss: }
fields: {title: {type: text}, cost: {type: money, currency: CNY}, mark: {type: decimal}}
submit: {require: title, accept: cost}
states:
  submitted: {initial: true, due: {within: 2wd, remind: 1wd, escalate: {after: 3wd, to: boss}}}
  review: {due: 30d}
  shown:
  done: {final: true}
  no: {final: true}
transitions:
  start:
    - {from: submitted, to: review, by: office, guard: budget, when: "!has(data.cost) || cost < 100"}
    - {from: submitted, to: shown, by: office, accept: cost, when: has(data.cost), at_most: 1}
  adopt: {from: review, to: shown, by: chief, panel: {committee: accepted, sheet: accepted}}
  decline: {from: review, to: no, by: chief, panel: {committee: rejected}, require: reason}
  confirm: {from: shown, to: done, by: clock, notice: posting}
  appeal: {from: no, to: review, by: author, reopens: true, within: 30d, reason: true}
panels:
  committee: {in: review, of: member, apart_from: author, quorum: {gte: 2/3}, pass: {gt: 1/2, of: present}}
  sheet: {in: review, of: member, score: {novelty: 30, use: 70}, result: {gte: 60}, quorum: {at_least: 2}, into: mark}
notices:
  posting: {in: shown, for: 5wd, settled_by: chief}
"""

HEAD = """\
clock: 2025-09-26T10:00
people: {a: member, b: member, c: member, d: member, office: office, boss: boss, chief: chief, z: }
given:
  review:
    - {by: a, submit: {title: x}, as: first, then: submitted}
    - {guards: {budget: true}}
    - {by: office, do: start, then: review}
scenarios:
"""


def told(folder: Path, text: str, definition: str = TRIAL) -> Report:
    """What comes of the stories of a text, behind the beginning that they share."""
    (folder / "trial.yaml").write_text(definition, encoding="utf-8")
    file = folder / "trial.scenarios.yaml"
    file.write_text(HEAD + text, encoding="utf-8")
    return tell_all(gather([file]))


def failures(folder: Path, *lines: str) -> list[str]:
    """What fails in one story of these lines."""
    steps = "".join(f"      - {each}\n" for each in lines)
    return [each.text("en") for each in told(folder, f"  - title: One\n    steps:\n{steps}").failures]


class TestStories:
    def test_a_story_with_everything_comes_out_as_it_says(self, tmp_path: Path) -> None:
        found = failures(
            tmp_path,
            "{given: review}",
            "{vote: committee, yes: a, refused: separation}",
            "{vote: committee, yes: z, refused: {code: role, problem: member}}",
            "{by: chief, do: adopt, refused: [{code: quorum, panel: committee, needs: 2, has: 0}, "
            "{code: quorum, panel: sheet, of: 4}]}",
            "{vote: committee, yes: b, no: c}",
            "{score: sheet, by: [b, c], points: {novelty: 30, use: 50}}",
            "{score: sheet, by: c, points: {novelty: 10, use: 45}, then: {tally: {sheet: {mark: 67.5, scorers: 2}}}}",
            "{by: chief, do: adopt, refused: majority, then: {tally: {committee: {yes: 1}}}}",
            "{then: {outcome: {committee: null}, recused: {committee: a, sheet: []}}}",
            "{vote: committee, by: c, choice: yes, then: {members: {committee: [d, c, a, b]}}}",
            "{by: chief, do: adopt, then: {state: shown, data: {title: x, cost: null, mark: 67.50}, due: null}}",
            "{tick: true, then: {timers: {notice.posting: 2025-10-10, due: null}, fired: 0, reference: trial-1}}",
            "{by: z, object: not new, then: {objections: {1: open}, entries: objected}}",
            "{wait: 5wd, then: {state: shown, fired: 0}}",
            "{by: z, settle: 1, upheld: false, reason: is new, refused: [role, separation]}",
            "{by: chief, settle: 1, upheld: false, reason: is new}",
            "{tick: true, then: {state: done, fired: 1, objections: {1: dismissed}, entries: advanced}}",
        )  # fmt: skip
        assert found == []

    def test_the_clock_goes_on_and_what_is_due_is_done(self, tmp_path: Path) -> None:
        found = failures(
            tmp_path,
            "{by: a, submit: {title: x}, then: {due: 2025-09-29}}",
            "{then: {due: 2025-09-30T00:00:00, may: {office: [start], boss: []}}}",
            "{at: 2025-09-29T09:00+08:00, then: {fired: 1, entries: reminded}}",
            "{at: 2025-10-01T10:00, tick: false, then: {fired: 0, escalated: []}}",
            "{tick: true, then: {fired: 1, escalated: boss, may: {boss: start}}}",
            "{by: boss, do: start, refused: [{code: guard, guard: budget}, condition]}",
            "{guards: {budget: too dear}}",
            "{by: boss, do: start, refused: [{code: guard, said: too dear}, condition]}",
            "{by: boss, do: start, data: {cost: 99.5}, then: {state: shown, data: {cost: 99.50}}}",
        )
        assert found == []

    def test_two_cases_and_people_who_change(self, tmp_path: Path) -> None:
        found = failures(
            tmp_path,
            "{by: a, submit: {title: x, cost: 5}, as: one}",
            "{by: z, for: a, submit: {title: y}, as: two}",
            "{by: z, do: start, refused: [role, guard, condition]}",
            "{grant: {z: [office, chief]}}",
            "{case: one, by: z, do: start, then: shown}",
            "{case: two, then: submitted}",
            "{revoke: {z: office}}",
            '{by: [z, boss], do: "*", refused: [role, ...]}',
        )
        assert found == []

    @pytest.mark.parametrize(
        ("line", "said"),
        [
            ("{then: done}", "state: expected done, found submitted"),
            ("{then: {data: {title: y, cost: 1}}}", "data.title: expected y, found x"),
            ("{then: {data: {cost: 1}}}", "data.cost: expected 1, found —"),
            ("{then: {due: null}}", "due: expected —, found 2025-09-30T00:00:00+08:00"),
            ("{then: {due: 2025-09-30}}", "due: expected 2025-10-01T00:00:00+08:00, found 2025-09-30T00:00:00+08:00"),
            ("{then: {timers: {due: 2025-09-29, x: 2025-09-29}}}",
             "timers.x: expected 2025-09-30T00:00:00+08:00, found —"),
            ("{then: {may: {office: []}}}", "may.office: expected [], found [start]"),
            ("{then: {escalated: boss}}", "escalated: expected [boss], found []"),
            ("{then: {outcome: {committee: accepted}}}", "outcome.committee: expected accepted, found —"),
            ("{then: {awards: {bonus: 900}}}", "awards.bonus: expected {amount: 900}, found —"),
            ("{wait: 1wd, then: {fired: 0}}", "fired: expected 0, found 1"),
            ("{by: office, do: start}", "start (office) was refused: the guard budget refuses; "
             "the condition does not hold: (has(data.cost))"),
            ("{by: office, do: start, refused: guard}",
             "start (office) was refused for guard, condition; expected guard"),
            ("{by: office, do: start, refused: [role, ...]}",
             "start (office) was refused for guard, condition; expected role, ..."),
            ("{by: office, do: start, refused: [{code: guard, said: no}, ...]}",
             "start (office) was refused for {code: guard, guard: budget, said: }, condition; "
             "expected {code: guard, said: no}, ..."),
            ("{by: a, submit: {title: y}, refused: role}", "submit (a) was allowed; expected to be refused for role"),
            ("{by: a, submit: {title: 1}}", "submit (a) was refused: title must be text, not number"),
            ("{by: z, close: committee}", "close committee (z) was refused: the panel committee is not open in "
             "submitted; it sits in review"),
            ("{at: 2025-09-26T09:59}",
             "the clock cannot go back from 2025-09-26T10:00:00+08:00 to 2025-09-26T09:59:00+08:00"),
            ("{wait: 99999y}", "99999y leads beyond the calendar"),
            ("{case: two, then: done}", "the story has no case two; it has case 1"),
            ("{grant: {a: member}}", None),
            ("{revoke: {z: member}}", "revoke member (z): z does not have the role member"),
        ],
    )  # fmt: skip
    def test_what_is_not_as_it_says_fails(self, tmp_path: Path, line: str, said: str | None) -> None:
        found = failures(tmp_path, "{by: a, submit: {title: x}}", line)
        assert (said in found) if said else found == [], found

    def test_a_story_ends_where_it_fails_and_the_others_are_told(self, tmp_path: Path) -> None:
        report = told(
            tmp_path,
            "  - title: First\n    steps:\n      - {by: a, do: start}\n      - {then: done}\n"
            "  - title: Second\n    steps:\n      - {given: review}\n      - {by: z, do: '*', refused: [role, ...]}\n",
        )
        assert [(each.title, each.code, each.line, each.column) for each in report.failures] == [
            ("First", "no_case", 11, 9)
        ]
        assert [bool(each.failures) for each in report.told] == [True, False]

    def test_nothing_leaves_a_final_state(self, tmp_path: Path) -> None:
        definition = TRIAL.replace("  appeal: {from: no, ", "  appeal: {from: done, ")
        text = "  - title: One\n    steps:\n"
        for line in (
            "{given: review}",
            "{vote: committee, no: [b, c]}",
            "{by: chief, do: decline, reason: old}",
            "{by: z, do: '*', refused: role}",
        ):
            text += f"      - {line}\n"
        assert [each.text("zh") for each in told(tmp_path, text, definition).failures] == ["no 没有出路"]

    def test_a_period_needs_a_calendar_unless_it_is_hours_or_days(self, tmp_path: Path) -> None:
        plain = "workflow: trial\nversion: 1\nstates: {on: {initial: true}, off: {final: true}}\n"
        plain += "transitions: {end: {from: on, to: off, by: clock, after: 25h}}\n"
        head = "  - title: One\n    steps:\n      - {by: a, submit: {}}\n      - {wait: 1d, then: on}\n"
        assert told(tmp_path, head + "      - {wait: 1h, then: off}\n", plain).failures == ()
        [failure] = told(tmp_path, head + "      - {wait: 1wd}\n", plain).failures
        assert failure.text("en") == "1wd needs a definition with a calendar"

    def test_people_whom_no_directory_takes(self, tmp_path: Path) -> None:
        (tmp_path / "trial.yaml").write_text(TRIAL, encoding="utf-8")
        text = 'people: {"a\\u200b": chief}\nscenarios: [{title: One, steps: [{tick: true}]}]\n'
        (tmp_path / "trial.scenarios.yaml").write_text(text, encoding="utf-8")
        [failure] = tell_all(gather([tmp_path])).failures
        assert (failure.code, failure.figures["act"]) == ("error", "people")

    def test_a_story_is_told_once_for_each_row(self, tmp_path: Path) -> None:
        text = (
            "  - title: $who asks for $cost\n"
            "    each: [{who: a, cost: 99.5}, {who: z, cost: 1000}]\n"
            "    steps:\n"
            "      - {by: $who, submit: {title: of $who, cost: $cost}, then: {data: {title: of $who, cost: $cost}}}\n"
            "  - title: Due\n"
            "    each: [{day: 2025-09-26, due: 2025-09-29}, {day: 2025-09-30, due: 2025-09-29}]\n"
            "    clock: $day\n"
            "    steps: [{by: a, submit: {title: x}, then: {due: $due}}]\n"
        )
        report = told(tmp_path, text)
        assert [each.story.title for each in report.told] == [
            "a asks for 99.5",
            "z asks for 1000",
            "Due (1)",
            "Due (2)",
        ]
        assert [(each.title, each.code) for each in report.failures] == [("Due (2)", "differs")]

    def test_chance_is_the_same_each_time(self, tmp_path: Path) -> None:
        definition = TRIAL.replace("of: member, apart_from", "of: member, draw: {number: 2}, apart_from")
        text = "  - title: Drawn\n    steps:\n      - {given: review, }\n      - {then: {members: {committee: [a]}}}\n"
        first, again = (told(tmp_path, text, definition).failures for _ in range(2))
        assert first == again
        assert len(first) == 1


class TestFiles:
    @pytest.mark.parametrize(
        ("line", "found"),
        [
            ("{by: a, sbumit: {}}", ("unknown_key", 11, 17)),
            ("{by: a, do: start, submit: {}}", ("two_acts", 11, 28)),
            ("{case: x}", ("idle", 11, 9)),
            ("{by: a, do: start, choice: yes}", ("out_of_place", 11, 28)),
            ("{grant: {a: chief}, refused: role}", ("out_of_place", 11, 29)),
            ("{do: start}", ("lacks", 11, 9)),
            ("{by: a, vote: committee}", ("lacks", 11, 9)),
            ("{by: a, settle: 1, reason: x}", ("lacks", 11, 9)),
            ("{by: a, do: '*'}", ("lacks", 11, 9)),
            ("{at: 2025-09-27, wait: 1d}", ("two_times", 11, 32)),
            ("{at: 2025-09-31}", ("bad_time", 11, 14)),
            ("{then: {due: 2025-02-30}}", ("bad_time", 11, 22)),
            ("{at: tomorrow}", ("bad_value", 11, 14)),
            ("{by: b1, do: start}", ("unknown_person", 11, 14)),
            ("{vote: committee, yes: [a, ofice]}", ("unknown_person", 11, 32)),
            ("{then: {may: {y: []}}}", ("unknown_person", 11, 26)),
            ("{given: reviw}", ("unknown_beginning", 11, 17)),
            ("{by: a, do: start, refused: [role, seperation]}", ("unknown_code", 11, 44)),
        ],
    )  # fmt: skip
    def test_what_is_wrong_is_found_in_its_place(self, line: str, found: tuple[str, int, int]) -> None:
        text = f"{HEAD}  - title: One\n    steps:\n      - {line}\n"
        with pytest.raises(DefinitionError) as caught:
            stories(text, "trial.scenarios.yaml")
        assert [(each.rule, each.line, each.column) for each in caught.value.findings] == [found]
        for lang in ("en", "zh"):
            assert not caught.value.findings[0].text(lang).startswith(("scenario.", "rule."))

    def test_a_beginning_that_begins_with_itself(self) -> None:
        text = "given: {a: [{given: b}], b: [{given: a}]}\nscenarios: [{title: One, steps: [{given: a}]}]\n"
        with pytest.raises(DefinitionError) as caught:
            stories(text, "x.scenarios.yaml")
        assert str(caught.value) == "x.scenarios.yaml:1:38: a begins with itself"

    def test_a_value_that_no_row_has_is_said_once(self) -> None:
        text = HEAD + "  - title: One\n    each: [{day: 1}, {day: 2}]\n    steps: [{by: a, submit: {title: $dya}}]\n"
        with pytest.raises(DefinitionError) as caught:
            stories(text, "x.scenarios.yaml")
        assert {each.text("en") for each in caught.value.findings} == {"no row has a value dya, did you mean day?"}

    @pytest.mark.parametrize("text", ["[]", "scenarios: []", "scenarios: 1", "", "scenarios: [{title: x, steps: []}]"])
    def test_what_is_no_scenario_file(self, text: str) -> None:
        with pytest.raises(DefinitionError):
            stories(text, "x.scenarios.yaml")

    def test_paths(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="no scenario file"):
            gather([tmp_path])
        with pytest.raises(NotFoundError, match=r"trial\.yaml"):
            gather([tmp_path / "trial.yaml"])
        (tmp_path / "trial.yaml").write_text(TRIAL, encoding="utf-8")
        with pytest.raises(NotFoundError, match=r"trial\.scenarios\.yaml"):
            gather([tmp_path / "trial.yaml"])
        one = HEAD + "  - {title: One, steps: [{given: review}]}\n"
        (tmp_path / "trial.scenarios.yaml").write_text(one, encoding="utf-8")
        for path in (tmp_path, tmp_path / "trial.yaml", tmp_path / "trial.scenarios.yaml"):
            assert [each.title for each in gather([path], "ONE")] == ["One"]
        with pytest.raises(NotFoundError, match="no scenario has two in its title"):
            gather([tmp_path], "two")
        (tmp_path / "trial.scenarios.yaml").rename(tmp_path / "trail.scenarios.yaml")
        with pytest.raises(NotFoundError, match="there is no definition trail; did you mean trial"):
            tell_all(gather([tmp_path]))

    def test_a_definition_with_errors_is_said_to_be_one(self, tmp_path: Path) -> None:
        with pytest.raises(DefinitionError, match=r"trial\.yaml:19"):
            told(tmp_path, "  - {title: One, steps: [{given: review}]}\n", TRIAL.replace("to: done", "to: don"))

    def test_the_schema_takes_what_the_reader_takes(self) -> None:
        valid = jsonschema.Draft202012Validator(schema())
        text = (
            HEAD + "  - {title: $a, each: [{a: 1}], clock: $a, steps: [{by: $a, settle: $a, upheld: $a, then: $a}]}\n"
        )
        plain = json.loads(json.dumps(read_tree(text.encode(), "x").plain(), default=float))
        assert list(valid.iter_errors(plain)) == []
        for wrong in ("{}", "scenarios: []", "scenarios: [{title: x, steps: [{wait: '5'}]}]"):
            assert not valid.is_valid(read_tree(wrong.encode(), "x").plain())


FULL = """\
  - title: Adopted
    steps:
      - {given: review}
      - {by: z, do: "*", refused: [role, ...]}
      - {vote: committee, yes: a, refused: separation}
      - {vote: committee, yes: z, refused: role}
      - {by: z, score: sheet, points: {novelty: 1, use: 1}, refused: role}
      - {by: chief, do: adopt, refused: quorum}
      - {by: chief, do: decline, refused: [reason, outcome]}
      - {vote: committee, abstain: [b, c]}
      - {by: chief, do: adopt, refused: [majority, quorum]}
      - {vote: committee, yes: [b, c]}
      - {score: sheet, by: [b, c], points: {novelty: 1, use: 1}}
      - {by: chief, do: adopt, refused: score}
      - {score: sheet, by: [b, c], points: {novelty: 30, use: 70}}
      - {by: chief, do: adopt, then: shown}
      - {by: z, do: confirm, refused: [role, too_early]}
      - {by: z, object: old}
      - {by: z, settle: 1, upheld: true, reason: is old, refused: [role, separation]}
      - {by: z, do: confirm, refused: [role, too_early, open_objections]}
      - {by: chief, settle: 1, upheld: false, reason: is new}
      - {wait: 5wd, then: done}
  - title: Declined, and an appeal
    steps:
      - {given: review}
      - {by: chief, close: sheet, then: {outcome: {sheet: invalid}}}
      - {vote: committee, no: [b, c]}
      - {by: chief, do: decline, reason: old, then: no}
      - {by: a, do: appeal, refused: reason}
      - {by: z, do: appeal, reason: why, refused: role}
      - {by: a, do: appeal, reason: why, then: review}
      - {by: chief, close: committee, then: {outcome: {committee: invalid}}}
      - {score: sheet, by: [b, c], points: {novelty: 1, use: 1}}
      - {by: chief, close: sheet, then: {outcome: {sheet: rejected}}}
  - title: Too late
    steps:
      - {given: review}
      - {vote: committee, no: [b, c]}
      - {by: chief, do: decline, reason: old, then: no}
      - {wait: 31d}
      - {by: a, do: appeal, reason: why, refused: too_late}
  - title: Slow
    steps:
      - {by: a, submit: {}, refused: missing_field}
      - {by: a, submit: {title: x, cost: 100}}
      - {by: z, do: start, refused: [role, ...]}
      - {wait: 3wd, then: {escalated: boss}}
      - {by: office, do: start, then: shown}
"""


class TestCoverage:
    def test_what_is_left_untried_is_listed_with_its_place(self, tmp_path: Path) -> None:
        [coverage] = told(tmp_path, "  - {title: One, steps: [{given: review}]}\n").coverage
        missing = [(line, column, item.text("en")) for line, column, item in coverage.places()]
        assert (len(coverage.items), coverage.covered) == (40, 2)
        assert missing[0] == (6, 10, "submit is never refused for missing_field: title")
        assert (17, 3, "adopt is never made from review") in missing
        assert (17, 55, "adopt is never refused for quorum: committee") in missing
        assert (22, 3, "the panel committee never comes to invalid") in missing
        assert (8, 49, "the clock of submitted never does this: remind") in missing
        assert missing == sorted(missing, key=lambda each: each[:2])

    def test_a_restriction_counts_for_the_way_that_it_refused(self, tmp_path: Path) -> None:
        [coverage] = told(tmp_path, FULL).coverage
        assert [item.text("en") for *_, item in coverage.places()] == [
            "start is never refused for condition: has(data.cost)",
            "start is never refused for limit",
        ]
        more = "  - title: Dear\n    steps:\n      - {by: a, submit: {title: x}}\n"
        more += "      - {by: office, do: start, refused: [guard, condition]}\n"
        [coverage] = told(tmp_path, FULL + more).coverage
        assert [item.code for item in coverage.missing] == ["limit"]
        assert coverage.reaches(97)
        assert not coverage.reaches(98)

    def test_every_word_is_there_in_both_languages(self, tmp_path: Path) -> None:
        [coverage] = told(tmp_path, "  - {title: One, steps: [{given: review}]}\n").coverage
        for item in coverage.items:
            assert item.text("en").isascii() or "—" in item.text("en")
            assert "coverage." not in item.text("zh")

    def test_who_is_kept_apart_is_never_drawn(self, tmp_path: Path) -> None:
        apart = ("panels", "committee", "apart_from")
        for text, declared in (
            (TRIAL, True),
            (TRIAL.replace("author, quorum", "author, draw: {number: 2}, quorum"), False),
        ):
            [coverage] = told(tmp_path, "  - {title: One, steps: [{given: review}]}\n", text).coverage
            assert (apart in {each.path for each in coverage.items}) == declared

    def test_an_exemption_and_what_the_clock_closes(self, tmp_path: Path) -> None:
        definition = TRIAL.replace("settled_by: chief", "settled_by: chief, exempt: {check: title == 'urgent'}")
        definition = definition.replace("by: clock, notice", "by: chief, notice")
        definition = definition.replace(
            "apart_from: author, quorum", "apart_from: author, within: 3d, early: true, quorum"
        )
        text = """\
  - title: One
    steps:
      - {by: a, submit: {title: urgent, cost: 100}}
      - {by: office, do: start, then: shown}
      - {by: chief, do: confirm, then: done}
  - title: Two
    steps:
      - {given: review}
      - {wait: 4d, then: {outcome: {committee: invalid}}}
  - title: Three
    steps:
      - {given: review}
      - {vote: committee, yes: [b, c], then: {outcome: {committee: accepted}}}
"""
        [coverage] = told(tmp_path, text, definition).coverage
        assert {"exempt", "fired"}.isdisjoint(each.kind for each in coverage.missing if each.path[0] != "states")


class TestCommand:
    def test_it_says_what_failed_and_what_is_left(self, tmp_path: Path) -> None:
        report = told(tmp_path, FULL)
        assert report.ok
        file = tmp_path / "trial.yaml"
        done = run("definition", "test", str(file))
        assert (done.code, done.err) == (0, "")
        assert done.out.splitlines() == [
            f"{file}: covered 38 of 40",
            f"  {file}:16:62: start is never refused for condition: has(data.cost)",
            f"  {file}:16:84: start is never refused for limit",
            "4 scenarios, 0 failed",
        ]
        assert run("definition", "test", str(file), "--least", "95").code == 0
        assert run("definition", "test", str(file), "--least", "96").code == 2
        only = run("definition", "test", str(file), "--only", "late")
        assert (only.code, only.out) == (0, "1 scenarios, 0 failed\n")

    def test_a_failure_is_exit_code_2_in_either_language_and_in_json(self, tmp_path: Path) -> None:
        told(tmp_path, "  - {title: One, steps: [{given: review}, {then: done}]}\n")
        file = tmp_path / "trial.scenarios.yaml"
        done = run("--lang", "zh", "definition", "test", str(file))
        assert done.code == 2
        assert done.out.splitlines()[0] == f"{file}:9:43: One: state：预期 done，实为 review [differs]"
        done = run("--json", "definition", "test", str(file))
        assert done.code == 2
        assert done.json["ok"] is False
        assert done.json["scenarios"] == [
            {
                "file": str(file),
                "line": 9,
                "title": "One",
                "ok": False,
                "failures": [
                    {
                        "file": str(file),
                        "line": 9,
                        "column": 43,
                        "title": "One",
                        "code": "differs",
                        "message": "state: expected done, found review",
                        "what": "state",
                        "expected": "done",
                        "found": "review",
                    }
                ],
            }
        ]
        [coverage] = done.json["coverage"]
        assert (coverage["covered"], coverage["items"], len(coverage["missing"])) == (2, 40, 38)

    def test_a_file_with_errors_is_exit_code_2_with_every_finding(self, tmp_path: Path) -> None:
        (tmp_path / "trial.scenarios.yaml").write_text("scenarios: [{titel: x, steps: [{by: a}]}]\n", encoding="utf-8")
        done = run("--json", "definition", "test", str(tmp_path))
        assert (done.code, done.out) == (2, "")
        assert done.error is not None
        assert [each["rule"] for each in done.error["findings"]] == ["missing_key", "unknown_key"]

    def test_a_definition_of_the_folder_that_no_story_tries(self, tmp_path: Path) -> None:
        told(tmp_path, "  - {title: One, steps: [{given: review}]}\n")
        (tmp_path / "other.yaml").write_text(TRIAL.replace("workflow: trial", "workflow: other"), encoding="utf-8")
        done = run("definition", "test", str(tmp_path))
        assert done.code == 0
        assert done.out.splitlines()[0] == f"{tmp_path / 'other.yaml'}: covered 0 of 40"
        assert done.out.splitlines()[1].startswith(f"{tmp_path / 'trial.yaml'}: covered")

    def test_shipped_scenarios_cover_their_definitions(self) -> None:
        folder = Path(__file__).parents[1] / "definitions"
        for file in sorted(folder.glob("*.scenarios.yaml")):
            done = run("definition", "test", str(file), "--least", "100")
            assert done.code == 0, done.out
