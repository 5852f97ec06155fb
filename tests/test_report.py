"""The auditor's report: it tells what the log says, twice over in two languages, and nothing in it can act."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shlex
import sqlite3
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.book import write as write_book
from tests.proposals import DEFINITION, write
from tests.support import Done, run
from tests.test_exports import LEAF
from tests.test_mining import HOSTILE, LOOPS
from workflow import Actor, Engine
from workflow.audit.page import shapes
from workflow.audit.page.course import main_path
from workflow.audit.page.duties import duties
from workflow.audit.page.facts import Facts, gather
from workflow.audit.page.markup import Html, joined, said, tag, text
from workflow.audit.page.render import Content, page
from workflow.audit.page.sample import Sample
from workflow.audit.page.stays import Stays
from workflow.audit.report import Report
from workflow.definition.loading import load, load_text
from workflow.errors import Problem
from workflow.messages import LANGUAGES, MESSAGES
from workflow.messages.page import PAGE
from workflow.rules.case import Case, DefinitionRef
from workflow.rules.record import read_entry
from workflow.store.placed import Placed, Tree

VOID = {"meta"}
NOW = datetime(2026, 9, 1, tzinfo=UTC)
SMALL = load_text(LOOPS)


class Page(HTMLParser):
    """A page as a browser takes it: what nests in what, which ids, which links, which text."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: Counter[str] = Counter()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.attributes: Counter[str] = Counter()
        self.texts: list[str] = []
        self.sections: dict[str, list[str]] = {}
        self.scripts: list[str] = []
        self.policy = ""
        self._open: list[tuple[str, str]] = []
        self.feed(html)
        self.close()
        assert self._open == [], "every element is closed"

    def handle_starttag(self, name: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags[name] += 1
        self.attributes.update(list(given))
        self.ids += [value for key, value in attrs if key == "id" and value is not None]
        self.links += [value for key, value in attrs if key == "href" and value is not None]
        if given.get("http-equiv") == "Content-Security-Policy":
            self.policy = given.get("content") or ""
        if name not in VOID:
            self._open.append((name, given.get("id") or ""))

    def handle_endtag(self, name: str) -> None:
        opened, _ = self._open.pop()
        assert opened == name

    def handle_data(self, data: str) -> None:
        inner = self._open[-1][0] if self._open else ""
        if inner in ("script", "style"):
            self.scripts.append(data)
            return
        self.texts.append(data)
        for name, number in self._open:
            if name == "section":
                self.sections.setdefault(number, []).append(data)

    def section(self, number: str) -> str:
        """The text of a section, with single spaces."""
        return " ".join(" ".join(self.sections[number]).split())


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "store.db"
    write(path, 60)
    return path


@pytest.fixture(scope="module")
def html(store: Path) -> str:
    """The report on a store of proposals."""
    target = store.with_name("report.html")
    assert report(store, "--nonce", "spring", "-o", str(target)).code == 0
    return target.read_text(encoding="utf-8")


def report(store: Path, *words: str) -> Done:
    return run("--db", f"sqlite:///{store}", "audit", "report", *words)


def rows(store: Path, statement: str) -> list[Any]:
    with closing(sqlite3.connect(store)) as connection:
        return connection.execute(statement).fetchall()


class TestPage:
    def test_it_is_whole_and_refers_to_nothing_outside(self, html: str) -> None:
        found = Page(html)
        assert html.startswith("<!DOCTYPE html>\n<html ")
        assert len(found.ids) == len(set(found.ids))
        assert all(link.startswith("#") for link in found.links)
        assert {link[1:] for link in found.links} <= set(found.ids)
        for name in ("link", "img", "iframe", "object", "embed", "form", "base", "a[src]", "audio", "video", "image"):
            assert found.tags[name] == 0
        for name in ("src", "srcset", "style", "action", "background", "xlink:href", "data"):
            assert found.attributes[name] == 0
        assert not [name for name in found.attributes if name.startswith("on")]
        assert "url(" not in html
        assert "@import" not in html

    def test_its_policy_lets_its_own_style_and_script_run_and_nothing_else(self, html: str) -> None:
        found = Page(html)
        assert (found.tags["script"], found.tags["style"]) == (1, 1)
        hashes = [base64.b64encode(hashlib.sha256(each.encode()).digest()).decode() for each in found.scripts]
        style, script = hashes
        assert found.policy == (
            f"default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'; "
            "base-uri 'none'; form-action 'none'"
        )

    def test_landmarks_headings_and_tables(self, html: str) -> None:
        found = Page(html)
        for name in ("header", "nav", "main", "footer", "h1"):
            assert found.tags[name] == 1, name
        assert found.tags["caption"] == found.tags["table"] > 10
        assert found.attributes["scope"] > 50
        assert html.count('<html lang="en" data-show="en">') == 1

    def test_it_opens_in_either_language_and_has_both(self, store: Path, tmp_path: Path) -> None:
        target = tmp_path / "zh.html"
        done = run("--db", f"sqlite:///{store}", "--lang", "zh", "audit", "report", "-o", str(target), "--unrecorded")
        assert done.code == 0
        zh = target.read_text(encoding="utf-8")
        assert '<html lang="zh-Hans" data-show="zh">' in zh
        for key in ("page.title", "page.duties", "page.sample"):
            for words in PAGE[key]:
                assert words in zh

    def test_every_word_of_it_is_used(self) -> None:
        sources = "".join(
            path.read_text(encoding="utf-8")
            for path in (Path(__file__).parents[1] / "workflow" / "audit" / "page").glob("*.py")
        )
        used = {key for key in PAGE if f'"{key.removeprefix("page.")}"' in sources or f'"{key}"' in sources}
        assert {key for key in set(PAGE) - used if not key.startswith("page.why.")} == set()
        assert all(MESSAGES[key] == PAGE[key] for key in PAGE)


class TestFacts:
    def test_the_summary_counts_what_is_stored(self, html: str, store: Path) -> None:
        summary = Page(html).section("summary")
        [cases] = rows(store, "SELECT count(*) FROM workflow_case")[0]
        [open_cases] = rows(store, "SELECT count(*) FROM workflow_case WHERE final = 0")[0]
        # The report itself left an entry behind.
        [entries] = rows(store, "SELECT count(*) - 1 FROM workflow_entry")[0]
        [refused] = rows(store, "SELECT count(*) FROM workflow_entry WHERE kind = 'refused'")[0]
        for number, words in (
            (cases, "cases"),
            (open_cases, "still open"),
            (entries, "entries"),
            (refused, "refusals"),
        ):
            assert f"{shapes.number(number)} {words}" in summary.replace("\u2009", "\u2009")

    def test_the_funnel_leads_to_the_reward(self, html: str, store: Path) -> None:
        course = Page(html).section("course-rationalization-proposal")
        assert "From Submitted to Rewarded" in course
        for state, label in (("registered", "Registered"), ("evaluated", "Evaluated"), ("rewarded", "Rewarded")):
            [count] = rows(
                store,
                f"SELECT count(DISTINCT case_id) FROM workflow_entry WHERE to_state = '{state}' AND kind <> 'refused'",
            )[0]
            assert re.search(rf"{label} \S* ?{count} ", course), (label, count)

    def test_who_did_both_and_who_could(self, html: str) -> None:
        duties_text = Page(html).section("duties")
        assert "gao.fei finance" in duties_text
        assert "Roles that somebody granted to themselves" in duties_text

    def test_claims_acting_definitions_and_exports_are_listed(self, store: Path, html: str) -> None:
        found = Page(html)
        assert "OLD-2019-1" in found.section("overrides")
        assert "imported:rewarded" in found.section("overrides")
        assert "xu.hui he.ying" in found.section("acting")
        assert "rationalization-proposal 1" in found.section("changes")
        assert "Nothing of this kind is in the log." in found.section("erasures")
        again = store.with_name("again.html")
        assert report(store, "-o", str(again)).code == 0
        listed = Page(again.read_text(encoding="utf-8")).section("exports")
        assert hashlib.sha256(html.encode()).hexdigest() in listed
        assert "report.html" in listed

    def test_findings_are_on_the_page(self, store: Path, tmp_path: Path) -> None:
        broken = tmp_path / "broken.db"
        broken.write_bytes(store.read_bytes())
        with closing(sqlite3.connect(broken)) as connection:
            connection.execute("UPDATE workflow_case SET state = 'rewarded' WHERE reference = 'HLH-2026-00001'")
            connection.commit()
        done = run("--db", f"sqlite:///{broken}", "--json", "audit", "report", "-o", str(tmp_path / "r.html"))
        assert done.code == 0
        assert done.json["ok"] is False
        found = Page((tmp_path / "r.html").read_text(encoding="utf-8"))
        assert "1 findings. The log does not check out." in found.section("verification")
        assert "case_column" in found.section("verification")

    def test_a_log_that_cannot_be_read_to_its_end_gives_what_can_be(self, store: Path, tmp_path: Path) -> None:
        broken = tmp_path / "broken.db"
        broken.write_bytes(store.read_bytes())
        with closing(sqlite3.connect(broken)) as connection:
            for [name] in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                connection.execute(f"DROP TRIGGER {name}")
            connection.execute(
                "UPDATE workflow_entry SET leaf = x'7b7d' WHERE case_id = (SELECT max(id) FROM workflow_case)"
            )
            connection.commit()
        assert report(broken, "-o", str(tmp_path / "r.html"), "--unrecorded").code == 0
        found = Page((tmp_path / "r.html").read_text(encoding="utf-8"))
        assert "The log could not be read to its end" in found.section("summary")
        assert "hash" in found.section("verification") or "leaf" in found.section("verification")

    def test_every_kind_of_entry_can_be_told_of(self, tmp_path: Path) -> None:
        book = write_book(tmp_path / "book.db")
        assert report(book.path, "-o", str(tmp_path / "r.html"), "--sample", "1000").code == 0
        found = Page((tmp_path / "r.html").read_text(encoding="utf-8"))
        assert "imported" in found.section("timelines")
        assert "\x1b" not in "".join(found.texts)
        assert "\\u001b[31m" in found.section("timelines")

    def test_confidential_values_are_not_on_it(self, tmp_path: Path) -> None:
        definition = LOOPS.replace(
            "roles: {clerk: {}}",
            "roles: {clerk: {}}\nfields:\n  open: {type: text}\n"
            "  pay: {type: text, confidential: [clerk]}\nsubmit: {by: anyone, accept: [open, pay]}",
        )
        engine = Engine.open(f"sqlite:///{tmp_path / 'store.db'}")
        engine.install(load_text(definition))
        engine.submit("loops", actor=Actor("li.na"), data={"open": "plain words", "pay": "secret words"})
        engine.close()
        for form in ("csv", "jsonl", "xes", "ocel"):
            words = ("audit", "export", "--format", form, "-o", str(tmp_path / form))
            assert run("--db", f"sqlite:///{tmp_path / 'store.db'}", *words).code == 0
        assert report(tmp_path / "store.db", "-o", str(tmp_path / "html")).code == 0
        for form in ("csv", "jsonl", "xes", "ocel", "html"):
            text_of = (tmp_path / form).read_text(encoding="utf-8")
            assert ("plain words" in text_of, "secret words" in text_of) == (True, False), form

    def test_an_empty_store_has_a_report(self, tmp_path: Path) -> None:
        assert report(tmp_path / "new.db", "-o", str(tmp_path / "r.html")).code == 0
        found = Page((tmp_path / "r.html").read_text(encoding="utf-8"))
        assert "The log checks out." in found.section("verification")

    def test_a_nonce_that_is_none(self, tmp_path: Path) -> None:
        for nonce in ("", "a\nb", "x" * 201):
            done = report(tmp_path / "new.db", "-o", str(tmp_path / "r.html"), "--nonce", nonce)
            assert (done.code, done.err) == (2, "error: a nonce is 1 to 200 printable characters\n")
        assert not (tmp_path / "r.html").exists()


class TestSample:
    def test_it_is_what_anybody_can_draw_from_the_export(self, html: str, store: Path, tmp_path: Path) -> None:
        words = ("audit", "export", "--format", "jsonl", "-o", "-", "--unrecorded")
        lines = run("--db", f"sqlite:///{store}", *words).lines
        command = shlex.split(re.search(r"workflow audit report --nonce [^<]*", html)[0])  # type: ignore[index]
        until = command[command.index("--until") + 1]
        population = [each for each in lines if each["at"] <= until]
        ranked = sorted(population, key=lambda each: hashlib.sha256(b"spring" + bytes.fromhex(each["hash"])).digest())
        drawn = re.findall(r'<code class="hash">([0-9a-f]{64})</code><small', html)
        assert drawn == [each["hash"] for each in ranked[:25]]
        assert f"The 25 entries of {len(population)} " in Page(html).section("sample")

    def test_its_command_draws_it_again_later(self, html: str, store: Path, tmp_path: Path) -> None:
        command = shlex.split(re.search(r"workflow audit report --nonce [^<]*", html)[0])  # type: ignore[index]
        again = tmp_path / "again.html"
        assert run("--db", f"sqlite:///{store}", *command[1:-1], str(again)).code == 0
        found = [
            re.findall(r'<code class="hash">([0-9a-f]{64})</code><small', each) for each in (html, again.read_text())
        ]
        assert found[0] == found[1]
        assert len(found[0]) == 25

    def test_another_nonce_draws_others(self) -> None:
        entries = [
            Placed(read_entry({**LEAF, "seq": at}, hashlib.sha256(bytes([at])).digest(), {}, None))
            for at in range(1, 101)
        ]
        drawn = []
        for nonce in ("a", "b"):
            sample = Sample(nonce, 10)
            for each in entries:
                sample.take(each)
            drawn.append([placed.entry.seq for _, placed in sample.drawn()])
            assert sample.population == 100
        assert drawn[0] != drawn[1]
        none = Sample("a", 0)
        none.take(entries[0])
        assert none.drawn() == []


class TestParts:
    def test_duties(self) -> None:
        definition = load(DEFINITION)
        found = duties(definition, {("submit", "register"): 2}, [["finance", "cashier"], ["secretary"], ["cashier"]])
        assert found["submit", "register"].apart
        assert found["submit", "register"].did == 2
        assert found["give_opinion", "evaluate"].apart
        assert found["verify", "reward"].apart
        assert found["implement", "verify"].apart
        assert not found["submit", "implement"].apart
        assert not found["register", "refer"].apart
        assert found["register", "refer"].could == 1
        assert found["reward_reserve", "verify"].could == 1
        assert found["verify", "reward"].could == 0

    def test_the_way_to_the_far_end(self) -> None:
        path = "submitted registered in_review evaluated adopted implemented verified rewarded"
        assert main_path(load(DEFINITION)) == path.split()

    @given(st.lists(st.floats(0, 10**9), min_size=1, max_size=200), st.floats(0.01, 1))
    def test_quantiles_are_true_to_three_percent(self, lengths: list[float], share: float) -> None:
        stays = Stays()
        for each in lengths:
            stays.add(each)
        exact = sorted(lengths)[max(0, -int(-share * len(lengths) // 1) - 1)]
        found = stays.quantile(share)
        assert found is not None
        neighbours = sorted(lengths)
        low, high = min(neighbours, key=lambda each: abs(each - found)), exact
        assert abs(found - low) <= 0.03 * max(low, 1) or abs(found - high) <= 0.03 * max(high, 1)
        assert stays.quantile(1.0) == pytest.approx(max(lengths), rel=0.03, abs=0.03)
        assert stays.count == len(lengths)

    def test_lengths_and_shares(self) -> None:
        assert shapes.length(None) == "–"
        assert [
            re.findall(r">([^<]+)<", shapes.length(each))[0] for each in (0, 59, 90, 5400, 200_000, 10_000_000)
        ] == [
            *("0 s", "59 s", "1.5 min", "1.5 h", "2.3 d", "116 d"),
        ]
        assert (shapes.share(1, 8), shapes.share(0, 0), shapes.number(1234567)) == (
            "12.5 %",
            "–",
            "1\u2009234\u2009567",
        )

    def test_only_what_was_made_here_is_markup(self) -> None:
        assert (
            tag("b", "<i>", Html("<u>"), 3, None, ["&"], class_="\"'")
            == '<b class="&quot;&#x27;">&lt;i&gt;<u>3&amp;</b>'
        )
        assert joined(said("\u202e")) == "<bdi>\\u202e</bdi>"
        assert text("a\x00b") == "a\\u0000b"

    @given(HOSTILE, HOSTILE)
    def test_nothing_that_people_write_is_markup(self, one: str, two: str) -> None:
        clean, dirty = (Page(whole(*each)) for each in (("x", "y"), (one or "x", two or "y")))
        assert dirty.tags == clean.tags
        assert dirty.attributes == clean.attributes
        assert len(dirty.scripts) == 2
        seen = "".join(dirty.texts)
        assert not re.search(
            "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufeff]", seen
        )


def whole(one: str, two: str) -> str:
    """A page in which two texts stand wherever a text can stand."""
    definition = SMALL
    leaf = {
        **LEAF,
        "to": "draft",
        "def": definition.digest,
        "reference": one,
        "actor": {"id": one, "via": "api", "for": two, "by": two},
        "kind": "imported",
        "claimed": LEAF["at"],
        "conforms": False,
        "blockers": [{"code": one}],
    }
    first = read_entry(leaf, bytes(32), {one: two, "list": [one]}, two)
    refused = read_entry(
        {**leaf, "seq": 2, "kind": "refused", "trigger": one, "from": "draft", "blockers": [{"code": two}]},
        bytes(32),
        {},
        one,
    )
    stream = {
        **{name: LEAF[name] for name in ("at", "prev")},
        "case": "00000000-0000-8000-8000-000000000001",
        "seq": 1,
        "kind": "exported",
        "actor": {"id": two, "via": "cli"},
        "data": "ff" * 32,
    }
    exported = read_entry(stream, bytes(32), {"file": one, "format": two, "sha256": one, "count": two}, None)
    granted = read_entry(
        {**stream, "case": "00000000-0000-8000-8000-000000000003", "kind": "role_granted", "subject": two, "role": one},
        bytes(32),
        {},
        None,
    )
    installed = read_entry(
        {
            **stream,
            "case": "00000000-0000-8000-8000-000000000002",
            "kind": "definition_installed",
            "subject": one,
            "def": two,
        },
        bytes(32),
        {},
        None,
    )
    placed = [Placed(exported), Placed(installed), Placed(granted)]
    placed += [
        Placed(first, 0, one, "loops", "1"),
        Placed(refused, None, one, "loops", "1"),
    ]
    facts: Facts = gather(
        placed, {definition.digest: definition}, now=NOW, sample=Sample("n", 9), recent=5, until=NOW + timedelta(days=1)
    )
    case = Case(
        LEAF["case"],
        one,
        DefinitionRef("loops", "1", definition.digest),
        "draft",
        False,
        {},
        one,
        NOW,
        NOW,
        2,
        bytes(32),
    )
    problem = Problem("fold", {"problem": one}, two, 1)
    return page(
        Content(
            origin="workflow/test",
            program="workflow/test",
            facts=facts,
            report=Report(5, 1, 0, (problem,)),
            checkpoints=[Tree(5, "ab" * 32)],
            grants=[[one, two]],
            timelines=[(case, definition, [first, refused], 2)],
        )
    )


def test_the_words_of_the_page_are_in_both_languages() -> None:
    assert LANGUAGES == ("en", "zh")
    for key, (en, zh) in PAGE.items():
        assert re.search("[\u4e00-\u9fff]", zh), key
        assert not re.search("[\u4e00-\u9fff]", en), key
        assert set(re.findall(r"\{\w+\}", en)) == set(re.findall(r"\{\w+\}", zh)), key


def test_json_says_what_was_written(store: Path, tmp_path: Path) -> None:
    done = run(
        "--db", f"sqlite:///{store}", "--json", "audit", "report", "-o", str(tmp_path / "r.html"), "--nonce", "n"
    )
    assert done.json == {
        "file": str(tmp_path / "r.html"),
        "entries": done.json["entries"],
        "nonce": "n",
        "sample": 25,
        "ok": True,
    }
    last = run("--db", f"sqlite:///{store}", "--json", "audit", "log", "--kind", "exported").json[-1]
    digest = hashlib.sha256((tmp_path / "r.html").read_bytes()).hexdigest()
    assert {name: last["data"][name] for name in ("format", "file", "sha256")} == {
        "format": "html",
        "file": "r.html",
        "sha256": digest,
    }
    assert json.dumps(last["data"]["query"], sort_keys=True) == '{"cases": 50, "nonce": "n", "sample": 25}'
