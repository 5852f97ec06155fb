"""The exports for process mining: valid by their standards, complete, and cases are runs of the exported net."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import shlex
import sqlite3
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.book import Book
from tests.book import write as write_book
from tests.mining import BPMN, XES, Net, attributes, check_ocel, read_xes
from tests.proposals import DEFINITION, write
from tests.support import Done, run
from tests.test_exports import LEAF
from workflow.audit.export.manifest import SUFFIX
from workflow.audit.export.ocel import write_ocel
from workflow.audit.export.xes import steps, write_xes
from workflow.definition.loading import load, load_text
from workflow.definition.model import Definition
from workflow.definition.net import bpmn, pnml
from workflow.rules.record import read_entry
from workflow.store.placed import Placed, Tree

SHIPPED = sorted(DEFINITION.parent.glob("*.yaml"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of proposals without claims, and all exports of it."""
    folder = tmp_path_factory.mktemp("mining")
    write(folder / "store.db", 60, claims=False)
    for form in ("csv", "jsonl", "xes", "ocel"):
        assert export(folder, "--format", form, "-o", str(folder / f"log.{form}")).code == 0
    return folder


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return write_book(tmp_path_factory.mktemp("book") / "store.db")


def export(folder: Path, *words: str) -> Done:
    return run("--db", f"sqlite:///{folder / 'store.db'}", "audit", "export", *words)


def rows(folder: Path, statement: str) -> list[Any]:
    with closing(sqlite3.connect(folder / "store.db")) as store:
        return store.execute(statement).fetchall()


def traces(log: ElementTree.Element) -> dict[str, list[str]]:
    return {
        attributes(trace)["concept:name"]: [attributes(event)["concept:name"] for event in trace.findall(f"{XES}event")]
        for trace in log.findall(f"{XES}trace")
    }


class TestXes:
    def test_it_has_every_case_with_every_step(self, folder: Path) -> None:
        log = read_xes((folder / "log.xes").read_text(encoding="utf-8"))
        expected: dict[str, list[str]] = {}
        for case, name in rows(
            folder,
            "SELECT case_id, coalesce(transition, 'submit') FROM workflow_entry "
            "WHERE kind IN ('submitted', 'advanced') ORDER BY case_id, seq",
        ):
            expected.setdefault(case, []).append(name)
        assert traces(log) == expected
        assert len(expected) == 60

    def test_every_event_has_the_hash_of_its_leaf_who_and_when(self, folder: Path) -> None:
        log = read_xes((folder / "log.xes").read_text(encoding="utf-8"))
        found = {
            (attributes(trace)["concept:name"], int(said["seq"])): (
                said["leaf_hash"],
                said["org:resource"],
                said["time:timestamp"],
            )
            for trace in log.findall(f"{XES}trace")
            for said in map(attributes, trace.findall(f"{XES}event"))
        }
        stored = rows(
            folder, "SELECT case_id, seq, lower(hex(leaf_hash)), actor, at FROM workflow_entry WHERE kind <> 'refused'"
        )
        assert found == {(case, seq): tuple(rest) for case, seq, *rest in stored if not case.startswith("00000000")}

    def test_every_case_of_a_clean_log_is_a_run_of_the_net(self, folder: Path) -> None:
        net = Net(pnml(load(DEFINITION)))
        found = traces(read_xes((folder / "log.xes").read_text(encoding="utf-8")))
        assert all(map(net.accepts, found.values()))

    def test_the_complete_net_accepts_those_that_have_ended(self, folder: Path) -> None:
        net = Net(pnml(load(DEFINITION), complete=True))
        found = traces(read_xes((folder / "log.xes").read_text(encoding="utf-8")))
        final = {row[0] for row in rows(folder, "SELECT id FROM workflow_case WHERE final = 1")}
        assert {case for case, trace in found.items() if net.accepts(trace)} == final
        assert 0 < len(final) < len(found)

    def test_a_step_left_out_is_no_run(self, folder: Path) -> None:
        net = Net(pnml(load(DEFINITION)))
        found = traces(read_xes((folder / "log.xes").read_text(encoding="utf-8")))
        longest = max(found.values(), key=len)
        for at in range(len(longest) - 1):
            rest = longest[:at] + longest[at + 1 :]
            # What stays in its state can be left out by the order of steps; only its conditions miss it.
            assert net.accepts(rest) == (longest[at] == "give_opinion"), longest[at]

    def test_whole_cases_have_their_refusals_under_names_that_no_transition_has(self, folder: Path) -> None:
        target = folder / "whole.xes"
        assert export(folder, "--format", "xes", "--whole", "-o", str(target)).code == 0
        found = traces(read_xes(target.read_text(encoding="utf-8")))
        refused = rows(folder, "SELECT count(*) FROM workflow_entry WHERE kind = 'refused'")[0][0]
        names = Counter(name for trace in found.values() for name in trace)
        assert sum(count for name, count in names.items() if name.startswith("refused:")) == refused > 0
        assert {name for name in names if ":" in name} == {name for name in names if name.startswith("refused:")}

    def test_claims_that_are_no_step_have_a_name_that_no_transition_has(self, book: Book) -> None:
        done = run("--db", f"sqlite:///{book.path}", "audit", "export", "--format", "xes", "-o", "-", "--unrecorded")
        found = traces(read_xes(done.out))
        assert found[book.places["old1"]] == ["submit", "register", "adopt", "imported:adopted", "imported:rejected"]
        assert found[book.places["old3"]] == ["imported:adopted"]


class TestOcel:
    def test_it_is_valid_and_has_every_entry(self, folder: Path, book: Book) -> None:
        for path in (folder / "log.ocel", self.of(book)):
            log = json.loads(path.read_text(encoding="utf-8"))
            check_ocel(log)
            with closing(sqlite3.connect(book.path if path.name == "book.ocel" else folder / "store.db")) as store:
                stored = {f"{case}/{seq}" for case, seq in store.execute("SELECT case_id, seq FROM workflow_entry")}
            found = {each["id"] for each in log["events"]}
            # Exports of later have left entries behind.
            assert found <= stored
            assert all(each.startswith("00000000-0000-8000-8000-000000000001") for each in stored - found)

    def of(self, book: Book) -> Path:
        target = book.path.with_name("book.ocel")
        words = ("audit", "export", "--format", "ocel", "-o", str(target), "--unrecorded")
        assert run("--db", f"sqlite:///{book.path}", *words).code == 0
        return target

    def test_it_has_the_same_cases_and_steps_as_xes(self, folder: Path) -> None:
        log = json.loads((folder / "log.ocel").read_text(encoding="utf-8"))
        xes = traces(read_xes((folder / "log.xes").read_text(encoding="utf-8")))
        assert {each["id"] for each in log["objects"] if each["type"] == "case"} == set(xes)
        names = Counter(each["type"] for each in log["events"] if ":" not in each["type"])
        assert names == Counter(name for trace in xes.values() for name in trace)

    def test_objects_say_what_they_are(self, folder: Path) -> None:
        log = json.loads((folder / "log.ocel").read_text(encoding="utf-8"))
        kinds = Counter(each["type"] for each in log["objects"])
        people = {row[0] for row in rows(folder, "SELECT id FROM workflow_actor")} | {"operator"}
        assert kinds == {"case": 60, "person": len(people), "definition": 1}
        [definition] = [each for each in log["objects"] if each["type"] == "definition"]
        assert [part["value"] for part in definition["attributes"]] == ["rationalization-proposal", "1"]
        case = next(each for each in log["objects"] if each["type"] == "case")
        row = rows(folder, f"SELECT reference, state FROM workflow_case WHERE id = '{case['id']}'")[0]
        assert [part["value"] for part in case["attributes"] if part["name"] == "reference"] == [row[0]]
        assert [part["value"] for part in case["attributes"] if part["name"] == "state"][-1] == row[1]
        assert {part["qualifier"] for part in case["relationships"]} == {"follows", "submitter"}

    def test_who_acts_for_whom_is_qualified(self, folder: Path) -> None:
        log = json.loads((folder / "log.ocel").read_text(encoding="utf-8"))
        acting = [
            {part["qualifier"]: part["objectId"] for part in each["relationships"]}
            for each in log["events"]
            if any(part["qualifier"] == "on behalf of" for part in each["relationships"])
        ]
        assert acting
        assert all((each["actor"], each["on behalf of"]) == ("person:xu.hui", "person:he.ying") for each in acting)

    def test_panels_and_awards_are_objects_of_their_case(self) -> None:
        entries = [read_entry({**LEAF, "reference": "N-1"}, bytes(32), {}, None)]
        for seq, (kind, data) in enumerate(
            (("voted", {"panel": "committee"}), ("scored", {"panel": "committee"}), ("awarded", {"award": "bonus"})), 2
        ):
            entries.append(read_entry({**LEAF, "seq": seq, "kind": kind}, bytes(32), data, None))
        log = ocel(*map(Placed, entries))
        objects = {each["id"]: each for each in log["objects"]}
        case = LEAF["case"]
        assert objects[f"panel:{case}/committee"]["type"] == "panel"
        assert objects[f"award:{case}/bonus"]["relationships"] == [{"objectId": case, "qualifier": "case"}]
        assert [each["type"] for each in log["events"]] == ["submit", "case:voted", "case:scored", "case:awarded"]


def ocel(*entries: Placed) -> Any:
    stream = io.StringIO(newline="")
    write_ocel(entries, stream)
    log = json.loads(stream.getvalue())
    check_ocel(log)
    return log


def xes(*entries: Placed, tree: Tree | None = None) -> ElementTree.Element:
    stream = io.StringIO(newline="")
    write_xes(steps(entries, whole=True), stream, origin="workflow/test", tree=tree)
    return read_xes(stream.getvalue())


def test_leaf_index_and_tree_are_written_once_they_are_there() -> None:
    placed = Placed(read_entry(LEAF, bytes(32), {}, None), 41)
    log = xes(placed, tree=Tree(42, "ab" * 32))
    assert attributes(log)["tree_size"] == "42"
    assert attributes(log)["tree_root"] == "ab" * 32
    [event] = log.iter(f"{XES}event")
    assert attributes(event)["leaf_index"] == "41"
    [found] = ocel(placed)["events"]
    assert {"name": "leaf_index", "value": "41"} in found["attributes"]


def test_what_was_erased_stays_erased() -> None:
    erased = Placed(read_entry(LEAF, bytes(32), None, None))
    [event] = xes(erased).iter(f"{XES}event")
    assert attributes(event)["erased"] == "true"
    assert not [key for key in attributes(event) if key.startswith("data.")]
    [found] = ocel(erased)["events"]
    assert {"name": "erased", "value": "true"} in found["attributes"]


TEXT = st.text(st.characters(exclude_categories=["Cs"]))
HOSTILE = st.one_of(
    TEXT,
    st.sampled_from(
        (
            *("</event><event>", '"/><script>alert(1)</script>', "]]>", "<!--", "&lt;", "&#0;", "<?xml?>", "%s{}\\"),
            *("\x00\x01\x08\x1b[31m", "\u202eevil\u202c", "\u2066\u2069", "\ufeff", "\ufffe\uffff", "=1+1", "\t\r\n"),
        )
    ),
)
UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


@given(HOSTILE, HOSTILE, HOSTILE, HOSTILE)
def test_nothing_that_people_write_is_markup_or_hides(actor: str, reason: str, name: str, value: str) -> None:
    leaf = {**LEAF, "actor": {"id": actor, "via": "api", "role": [reason]}, "reference": name}
    placed = Placed(read_entry(leaf, bytes(32), {name: value, "field": [value, {value: reason}]}, reason), 1, value)
    log = xes(placed)
    assert len(list(log.iter(f"{XES}event"))) == 1
    said = [each.get("value", "") for each in log.iter()]
    assert not any(map(UNSEEN.search, said))
    found = ocel(placed)
    assert len(found["events"]) == 1
    texts = [part["value"] for each in [*found["events"], *found["objects"]] for part in each["attributes"]]
    assert not any(map(UNSEEN.search, texts))


class TestManifest:
    @pytest.mark.parametrize("form", ["csv", "jsonl", "xes", "ocel"])
    def test_it_says_what_the_file_is(self, folder: Path, form: str) -> None:
        path = folder / f"log.{form}"
        said = json.loads(path.with_name(path.name + SUFFIX).read_text(encoding="utf-8"))
        content = path.read_bytes()
        assert (said["sha256"], said["bytes"]) == (hashlib.sha256(content).hexdigest(), len(content))
        assert said["format"] == form
        assert said["log"] == rows(folder, "SELECT value FROM workflow_meta WHERE name = 'origin'")[0][0]
        assert said["query"] == {}
        assert (said["tree"], said["sealed"], said["first_index"], said["last_index"]) == (None, 0, None, None)
        counted = {
            "csv": content.count(b"\r\n") - 1,
            "jsonl": content.count(b"\n"),
            "xes": content.count(b"<event>"),
            "ocel": content.count(b'\n{"id":"') - content.count(b'","type":"case","attributes"'),
        }
        others = content.count(b'\n{"id":"person:') + content.count(b'\n{"id":"definition:')
        assert said["entries"] == counted[form] - (others if form == "ocel" else 0)

    @pytest.mark.parametrize("form", ["csv", "jsonl", "xes", "ocel"])
    def test_its_command_makes_the_same_file_again(
        self, folder: Path, form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = folder / f"log.{form}"
        said = json.loads(path.with_name(path.name + SUFFIX).read_text(encoding="utf-8"))
        program, *words = shlex.split(said["command"])
        assert program == "workflow"
        monkeypatch.chdir(tmp_path)
        assert run("--db", f"sqlite:///{folder / 'store.db'}", *words).code == 0
        assert (tmp_path / path.name).read_bytes() == path.read_bytes()

    def test_an_export_is_an_entry_of_the_log(self, folder: Path) -> None:
        done = run("--db", f"sqlite:///{folder / 'store.db'}", "--json", "audit", "log", "--kind", "exported")
        first = done.json[0]
        assert (first["stream"], first["actor"]) == ("store", "operator")
        said = json.loads((folder / f"log.csv{SUFFIX}").read_text(encoding="utf-8"))
        assert first["data"] == {
            "format": "csv",
            "file": "log.csv",
            "sha256": said["sha256"],
            "query": {},
            "count": said["entries"],
        }
        assert first["at"] == said["at"]

    def test_what_was_asked_for_is_in_it(self, folder: Path, tmp_path: Path) -> None:
        target = tmp_path / "some.csv"
        words = ("--kind", "refused", "--actor", "zhao.min", "--definition", "rationalization-proposal", "--bom")
        assert export(folder, *words, "-o", str(target)).code == 0
        said = json.loads(target.with_name(target.name + SUFFIX).read_text(encoding="utf-8"))
        assert said["query"] == {
            "definition": "rationalization-proposal",
            "actor": "zhao.min",
            "kind": "refused",
            "bom": True,
        }
        assert "--kind refused" in said["command"]
        assert "--bom" in said["command"]

    def test_an_unrecorded_one_leaves_no_entry(self, folder: Path, tmp_path: Path) -> None:
        before = rows(folder, "SELECT count(*) FROM workflow_entry")
        assert export(folder, "-o", str(tmp_path / "x.csv"), "--unrecorded").code == 0
        assert export(folder, "-o", "-", "--unrecorded").code == 0
        assert rows(folder, "SELECT count(*) FROM workflow_entry") == before

    def test_a_size_that_the_tree_does_not_have(self, folder: Path, tmp_path: Path) -> None:
        done = export(folder, "--size", "5000000", "-o", str(tmp_path / "x.csv"))
        assert done.code == 2
        assert "leaves, not 5000000" in done.err
        assert list(tmp_path.iterdir()) == []


def test_a_store_with_a_tree_is_exported_with_it(folder: Path, tmp_path: Path) -> None:
    """The leaves and the newest checkpoint are read where there are any, of whatever version of the store."""
    store = tmp_path / "store.db"
    with closing(sqlite3.connect(folder / "store.db")) as source, closing(sqlite3.connect(store)) as connection:
        source.backup(connection)
        for table in (
            "workflow_leaf (leaf_index INTEGER PRIMARY KEY, case_id TEXT, seq INTEGER)",
            "workflow_checkpoint (size INTEGER PRIMARY KEY, note TEXT)",
        ):
            connection.execute(f"CREATE TABLE IF NOT EXISTS {table}")
        for table in ("leaf", "checkpoint"):
            connection.execute(f"DELETE FROM workflow_{table}")
        found = connection.execute(
            "SELECT case_id, seq FROM workflow_entry ORDER BY at, case_id, seq LIMIT 40"
        ).fetchall()
        connection.executemany(
            "INSERT INTO workflow_leaf VALUES (?, ?, ?)", [(at, *row) for at, row in enumerate(found)]
        )
        note = f"workflow/test\n40\n{base64.b64encode(bytes(range(32))).decode()}\n\n— workflow/test xxx\n"
        connection.execute("INSERT INTO workflow_checkpoint VALUES (40, ?)", (note,))
        connection.commit()
    target = tmp_path / "log.jsonl"
    assert export(tmp_path, "--format", "jsonl", "--size", "40", "--unrecorded", "-o", str(target)).code == 0
    lines = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
    assert [each["leaf_index"] for each in lines] == list(range(40))
    said = json.loads(target.with_name(target.name + SUFFIX).read_text(encoding="utf-8"))
    assert said["tree"] == {"size": 40, "root": bytes(range(32)).hex()}
    assert (said["sealed"], said["first_index"], said["last_index"]) == (40, 0, 39)
    assert "--size 40" in said["command"]
    html = tmp_path / "r.html"
    words = ("audit", "report", "--nonce", "n", "-o", str(html), "--unrecorded")
    assert run("--db", f"sqlite:///{store}", *words).code == 0
    assert "workflow audit report --nonce n --sample 25 --size 40 -o FILE.html" in html.read_text(encoding="utf-8")
    assert "The 25 entries of 40 " in html.read_text(encoding="utf-8")


def test_memory_does_not_grow_with_the_log() -> None:
    def entries(count: int) -> Iterator[Placed]:
        for number in range(count):
            case = f"019c1310-e400-7000-8001-{number // 5:012d}"
            leaf = {**LEAF, "case": case, "seq": number % 5 + 1, "reference": f"N-{number}"}
            yield Placed(read_entry(leaf, bytes(32), {"title": "x" * 500}, None), number, f"N-{number}")

    class Nowhere(io.StringIO):
        def write(self, text: str) -> int:
            return len(text)

    def written(form: str, count: int) -> int:
        tracemalloc.start()
        if form == "ocel":
            write_ocel(entries(count), Nowhere())
        else:
            write_xes(steps(entries(count)), Nowhere(), origin="x")
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    for form in ("ocel", "xes"):
        assert written(form, 2000) < written(form, 200) + 200_000


class TestNets:
    @pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
    def test_every_node_lies_on_a_way_from_source_to_sink(self, path: Path) -> None:
        net = Net(pnml(load(path)))
        for start, back in ((net.source, False), (net.sink, True)):
            seen, new = {start}, {start}
            while new:
                arcs = [(net.before[name], net.after[name]) for name in net.labels]
                new = {(source if back else target) for source, target in arcs if (target if back else source) in new}
                new -= seen
                seen |= new
            assert seen == set(net.places)

    @pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
    def test_a_transition_for_each_way_from_each_state(self, path: Path) -> None:
        definition = load(path)
        net = Net(pnml(definition, complete=True))
        expected = Counter(name for name, _, way in definition.ways() for _ in definition.sources(way))
        assert Counter(label for label in net.labels.values() if label is not None) == expected + Counter(["submit"])
        finals = sum(state.final for state in definition.states.values())
        assert list(net.labels.values()).count(None) == finals

    def test_ways_that_stay_and_ways_from_everywhere(self) -> None:
        net = Net(pnml(load_text(LOOPS), complete=True))
        assert net.accepts(["submit", "edit", "edit", "file", "drop"])
        assert net.accepts(["submit", "drop"])
        assert not net.accepts(["submit", "file", "edit", "drop"])
        assert not net.accepts(["submit", "drop", "drop"])
        assert not net.accepts(["submit", "edit"])
        assert Net(pnml(load_text(LOOPS))).accepts(["submit", "edit"])
        assert not net.accepts(["edit"])

    def test_states_may_be_called_as_they_like(self) -> None:
        text = LOOPS.replace("draft", "source").replace("filed", "sink").replace("Draft", "<&\u202e")
        assert Net(pnml(load_text(text))).accepts(["submit", "edit", "file"])
        ElementTree.fromstring(bpmn(load_text(text)))

    @pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
    @pytest.mark.parametrize("lang", ["en", "zh"])
    def test_bpmn_is_whole(self, path: Path, lang: str) -> None:
        definition = load(path)
        root = ElementTree.fromstring(bpmn(definition, lang))
        process = root.find(f"{BPMN}process")
        assert process is not None
        nodes = {each.attrib["id"]: each for each in process if each.tag != f"{BPMN}sequenceFlow"}
        flows = {each.attrib["id"]: each for each in process if each.tag == f"{BPMN}sequenceFlow"}
        ids = [each.attrib["id"] for each in root.iter() if "id" in each.attrib]
        assert len(ids) == len(set(ids))
        for name, flow in flows.items():
            source, target = nodes[flow.attrib["sourceRef"]], nodes[flow.attrib["targetRef"]]
            assert name in [each.text for each in source.findall(f"{BPMN}outgoing")]
            assert name in [each.text for each in target.findall(f"{BPMN}incoming")]
        kinds = Counter(each.tag.removeprefix(BPMN) for each in nodes.values())
        finals = sum(state.final for state in definition.states.values())
        ways = sum(len(definition.sources(way)) for _, _, way in definition.ways())
        assert kinds == {
            "startEvent": 1,
            "endEvent": finals,
            "exclusiveGateway": len(definition.states) - finals,
            "userTask": ways + 1,
        }
        drawn = [each.attrib["bpmnElement"] for each in root.iter() if "bpmnElement" in each.attrib]
        assert sorted(drawn) == sorted(["process", *nodes, *flows])
        self._apart(root)

    def _apart(self, root: ElementTree.Element) -> None:
        """No two shapes lie on one another."""
        bounds = [
            tuple(float(each.attrib[name]) for name in ("x", "y", "width", "height"))
            for each in root.iter()
            if each.tag.endswith("}Bounds")
        ]
        for at, (x, y, width, height) in enumerate(bounds):
            for left, top, wide, tall in bounds[at + 1 :]:
                assert x + width <= left or left + wide <= x or y + height <= top or top + tall <= y

    def test_the_command_draws_them(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        for form, root in (("pnml", "pnml"), ("bpmn", "definitions")):
            done = run("definition", "diagram", str(DEFINITION), "--format", form)
            assert done.code == 0
            assert ElementTree.fromstring(done.out).tag.endswith(root)
        complete = run("definition", "diagram", str(DEFINITION), "--format", "pnml", "--complete").out
        assert complete == pnml(load(DEFINITION), complete=True)


LOOPS = """\
workflow: loops
version: 1
roles: {clerk: {}}
states:
  draft: {initial: true, title: {en: Draft}}
  filed: {}
  gone: {final: true}
transitions:
  edit: {from: draft, to: "=", by: clerk}
  file: {from: draft, to: filed, by: clerk}
  drop: {from: "*", to: gone, by: clerk}
"""


def test_definitions_of_any_shape_are_drawn() -> None:
    """Boxes stay apart however dense the ways are."""
    states = "\n".join(
        f"  s{at}: {{{'initial: true' if at == 0 else 'final: true' if at == 7 else ''}}}" for at in range(8)
    )
    ways = "\n".join(
        f"  t{a}x{b}: {{from: s{a}, to: s{b}, by: clerk}}" for a in range(7) for b in range(8) if (a + 2 * b) % 3
    )
    definition: Definition = load_text(
        f"workflow: dense\nversion: 1\nroles: {{clerk: {{}}}}\nstates:\n{states}\ntransitions:\n{ways}\n"
    )
    assert len(Net(pnml(definition)).labels) > 30
    ElementTree.fromstring(bpmn(definition))
