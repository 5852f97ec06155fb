"""Bad input on the command line: one clear message, the exit code of the contract, and nothing written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support import NOTE, Desk

MEGABYTE = 1_000_000
FILES: dict[str, bytes] = {
    "deep.json": b'{"title":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deeper than data.json": b'{"title":' + b"[" * 500 + b"]" * 500 + b"}",
    "nan.json": b'{"pages": NaN}',
    "infinity.json": b'{"pages": -Infinity}',
    "twice.json": b'{"title": "a", "title": "b"}',
    "twice inside.json": b'{"title": {"a": 1, "b": 2, "a": 3}}',
    "latin.json": '{"title": "café"}'.encode("latin-1"),
    "utf16.json": '{"title": "x"}'.encode("utf-16"),
    "list.json": b"[1]",
    "text.json": b'"title"',
    "empty.json": b"",
    "half.json": b'{"title": "x"',
    "more.json": b'{"title": "x"} {}',
    "binary.dat": bytes(range(256)) * 100,
    "digits.json": b'{"pages": ' + b"9" * 5000 + b"}",
    "control.json": b'{"title": "a\x00b"}',
    "surrogate.json": b'{"title": "a\\ud800b"}',
    "big.json": b'{"title": "' + b"x" * 10 * MEGABYTE + b'"}',
    "definitions/broken.yaml": b"workflow: broken\nstates: [\n",
    "definitions/misnamed.yaml": NOTE.replace("workflow: note", "workflow: elsewhere").encode(),
    "tag.yaml": b"workflow: !!python/object/apply:os.system ['true']\n",
    "bomb.yaml": b"a: &a [x,x,x,x,x,x,x,x,x,x]\n"
    + b"".join(
        b"%c: &%c [*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c]\n" % (i + 1, i + 1, *([i] * 10)) for i in range(97, 106)
    ),
    "big.yaml": b"#" * 1_048_577,
    "binary.yaml": bytes(range(256)) * 100,
    "state.yaml": NOTE.replace("workflow: note", "workflow: state").replace("to: filed,", "to: nowhere,").encode(),
}
SUBMIT = ["submit", "note", "--set", "title=x"]
LONG = "x" * MEGABYTE
CUT = "x" * 120 + "…"
WORDS = "1 to 100 printable characters"
NO_ACTOR = "an actor's id is 1 to 128 characters without spaces and control characters:"
NO_ROLE = "a role's name starts with a letter and has letters, digits, - and _ only:"
A_TIME = "write it as 2026-01-31T08:00:00Z"


def _data(file: str, code: int, message: str) -> tuple[list[str], int, str]:
    return ["submit", "note", "--data", f"{{here}}/{file}"], code, message


# What is typed (by li.na), the exit code, the message. {here} is a folder with the files above, {case} a case.
ROWS: list[tuple[list[str], int, str]] = [
    # Files of fields.
    _data("missing.json", 2, "{here}/missing.json cannot be read: No such file or directory"),
    _data("", 2, "{here}/ cannot be read: Is a directory"),
    _data("deep.json", 2, "{here}/deep.json is not JSON: nested too deep"),
    _data("deeper than data.json", 2, "data is not JSON: nested too deep"),
    _data("nan.json", 2, "{here}/nan.json is not JSON: NaN is not JSON"),
    _data("infinity.json", 2, "{here}/infinity.json is not JSON: -Infinity is not JSON"),
    _data("twice.json", 2, "{here}/twice.json is not JSON: the key 'title' stands there twice"),
    _data("twice inside.json", 2, "{here}/twice inside.json is not JSON: the key 'a' stands there twice"),
    _data("latin.json", 2, "{here}/latin.json is not JSON: not UTF-8 (byte 0xe9 at 14)"),
    _data("utf16.json", 2, "{here}/utf16.json is not JSON: not UTF-8 (byte 0xff at 0)"),
    _data("binary.dat", 2, "{here}/binary.dat is not JSON: not UTF-8 (byte 0x80 at 128)"),
    _data("list.json", 2, "{here}/list.json must be an object of fields"),
    _data("text.json", 2, "{here}/text.json must be an object of fields"),
    _data("empty.json", 2, "{here}/empty.json is not JSON: Expecting value: line 1 column 1 (char 0)"),
    _data("half.json", 2, "{here}/half.json is not JSON: Expecting ',' delimiter: line 1 column 14 (char 13)"),
    _data("more.json", 2, "{here}/more.json is not JSON: Extra data: line 1 column 16 (char 15)"),
    _data("digits.json", 2, "{here}/digits.json is not JSON: a number of too many digits"),
    _data(
        "control.json", 2, "{here}/control.json is not JSON: Invalid control character at: line 1 column 13 (char 12)"
    ),
    _data("surrogate.json", 2, "data is not JSON: str is not valid UTF-8: surrogates not allowed"),
    _data("big.json", 2, "{here}/big.json is too large: 10000001 bytes, 10000000 are allowed"),
    (["submit", "note", "--data", "a\x00b"], 2, "a\\x00b cannot be read: embedded null byte"),
    (["submit", "note", "--set", "=x"], 2, "--set wants field=value, not =x"),
    (["submit", "note", "--set", LONG], 2, f"--set wants field=value, not {'x' * 80}"),
    # Keys, references, reasons, times.
    ([*SUBMIT, "--key", ""], 2, "a key is 1 to 200 characters"),
    ([*SUBMIT, "--key", "k" * 201], 2, "a key is 1 to 200 characters"),
    ([*SUBMIT, "--key", "a\nb"], 2, "a key is 1 to 200 characters"),
    ([*SUBMIT, "--reference", ""], 2, f"a reference is {WORDS}: "),
    ([*SUBMIT, "--reference", "r" * 101], 2, f"a reference is {WORDS}: {'r' * 101}"),
    ([*SUBMIT, "--reference", "a\tb"], 2, f"a reference is {WORDS}: a\\tb"),
    ([*SUBMIT, "--reference", "a\u202eb"], 2, f"a reference is {WORDS}: a\\u202eb"),
    ([*SUBMIT, "--reason", "r" * 10_001], 2, "the reason is not a text of at most 10000 characters"),
    ([*SUBMIT, "--reason", "a\x00b"], 2, "the reason is not a text of at most 10000 characters"),
    ([*SUBMIT, "--at", ""], 2, f"not a time: ; {A_TIME}"),
    ([*SUBMIT, "--at", "yesterday"], 2, f"not a time: yesterday; {A_TIME}"),
    ([*SUBMIT, "--at", "2026-13-01T00:00:00Z"], 2, f"not a time: 2026-13-01T00:00:00Z; {A_TIME}"),
    ([*SUBMIT, "--at", "0001-01-01T00:00:00+14:00"], 2, f"not a time: 0001-01-01T00:00:00+14:00; {A_TIME}"),
    ([*SUBMIT, "--at", "2026-01-01T00:00:00"], 2, "the time 2026-01-01T00:00:00 has no time zone"),
    ([*SUBMIT, "--at", LONG], 2, f"not a time: {'x' * 77}...; {A_TIME}"),
    ([*SUBMIT, "--for", ""], 4, "there is no actor  in the directory"),
    ([*SUBMIT, "--for", "li.no"], 4, "there is no actor li.no in the directory; did you mean li.na?"),
    # Definitions by name: never a path.
    (["submit", "../../etc/passwd"], 4, "there is no definition ../../etc/passwd"),
    (["submit", "/etc/passwd"], 4, "there is no definition /etc/passwd"),
    (["submit", "../definitions/note"], 4, "there is no definition ../definitions/note"),
    (["submit", "note.yaml"], 4, "there is no definition note.yaml; did you mean note?"),
    (["submit", "."], 4, "there is no definition ."),
    (["submit", ""], 4, "there is no definition "),
    (["submit", "no\x00te"], 4, "there is no definition no\\x00te; did you mean note?"),
    (["submit", LONG], 4, f"there is no definition {CUT}"),
    (["definition", "show", "../definitions/note"], 4, "there is no definition ../definitions/note"),
    (
        ["submit", "broken"],
        2,
        "{here}/definitions/broken.yaml:3:1: not YAML: while parsing a flow node did not find expected node content",
    ),
    (
        ["submit", "misnamed", "--set", "title=x"],
        2,
        "{here}/definitions/misnamed.yaml holds the definition elsewhere, not misnamed; "
        "a file is found by the name of its definition",
    ),
    # Cases by name: no pattern, no SQL.
    (["show", "%"], 4, "there is no case %"),
    (["show", "________"], 4, "there is no case ________"),
    (["show", "' OR 1=1 --"], 4, "there is no case ' OR 1=1 --"),
    (["show", "'; DROP TABLE workflow_case; --"], 4, "there is no case '; DROP TABLE workflow_case; --"),
    (["show", "\x00"], 4, "there is no case \\x00"),
    (["show", ""], 4, "there is no case "),
    (["show", LONG], 4, f"there is no case {CUT}"),
    (["show", "{case}0"], 4, "there is no case {case}0"),
    (["history", "zz"], 4, "there is no case zz"),
    (["options", "zz"], 4, "there is no case zz"),
    (["advance", "zz", "file"], 4, "there is no case zz"),
    (["advance", "{case}", ""], 2, "advance lacks transition"),
    (["list", "--after", "zz"], 4, "there is no case zz"),
    # The directory.
    (["actor", "add", ""], 2, f"{NO_ACTOR} "),
    (["actor", "add", "a b"], 2, f"{NO_ACTOR} a b"),
    (["actor", "add", "a\u202eb"], 2, f"{NO_ACTOR} a\\u202eb"),
    (["actor", "add", "e\u0301"], 2, f"{NO_ACTOR} e\\u0301"),
    (["actor", "add", LONG], 2, f"{NO_ACTOR} {'x' * 140}"),
    (["actor", "add", "li.na"], 2, "the actor li.na is in the directory already"),
    (["actor", "add", "z", "--role", "1x"], 2, f"{NO_ROLE} 1x"),
    (["actor", "add", "z", "--role", ""], 2, f"{NO_ROLE} "),
    (["actor", "add", "z", "--role", "ok", "--role", "no no"], 2, f"{NO_ROLE} no no"),
    (["actor", "add", "z", "--name", "n" * 201], 2, "the name is not a text of at most 200 characters"),
    (["actor", "add", "z", "--name", "a\x00b"], 2, "the name is not a text of at most 200 characters"),
    (["actor", "grant", "nobody", "clerk"], 4, "there is no actor nobody in the directory"),
    (["actor", "grant", "li.na", "no role"], 2, f"{NO_ROLE} no role"),
    (["actor", "revoke", "li.na", "clerk"], 4, "li.na does not have the role clerk"),
    (["actor", "revoke", "wang.wei", "clark"], 4, "wang.wei does not have the role clark; did you mean clerk?"),
    # Definition files.
    (["definition", "check", "{here}/missing.yaml"], 4, "there is no file or folder {here}/missing.yaml"),
    (["definition", "check", "{here}/empty"], 2, "there is no definition file in {here}/empty"),
    (
        ["definition", "install", "{here}/tag.yaml"],
        2,
        "{here}/tag.yaml:1:11: tags are not allowed: tag:yaml.org,2002:python/object/apply:os.system",
    ),
    (["definition", "install", "{here}/bomb.yaml"], 2, "{here}/bomb.yaml:5:29: more than 100000 values"),
    (
        ["definition", "install", "{here}/big.yaml"],
        2,
        "{here}/big.yaml:1:1: the file has 1048577 bytes; 1048576 are allowed",
    ),
    (["definition", "install", "{here}/binary.yaml"], 2, "{here}/binary.yaml:2:118: the text is not UTF-8 (byte 0x80)"),
    (["definition", "install", "{here}/state.yaml"], 2, "{here}/state.yaml:26:23: there is no state nowhere"),
    (
        ["definition", "install", "{here}/definitions/note.yaml", "{here}/state.yaml"],
        2,
        "{here}/state.yaml:26:23: there is no state nowhere",
    ),
    (["definition", "show", "{here}/missing.yaml"], 2, "{here}/missing.yaml cannot be read: No such file or directory"),
    (
        ["definition", "diagram", "note", "--format", "png"],
        2,
        "the format png is not known; use one of mermaid, dot, pnml, bpmn",
    ),
    # The log.
    (["audit", "log", "--since", "x"], 2, f"not a time: x; {A_TIME}"),
    (["audit", "log", "--until", "2026-01-01T00:00:00"], 2, "the time 2026-01-01T00:00:00 has no time zone"),
    (["audit", "log", "--case", "zz"], 4, "there is no case zz"),
    (["audit", "log", "--format", "xml"], 2, "the format xml is not known; use one of text, jsonl, csv"),
    (["audit", "export", "-o", "{here}/no/x.csv"], 2, "{here}/no/x.csv cannot be written: No such file or directory"),
    (["audit", "export", "-o", "{here}"], 2, "{here} cannot be written: not the name of a file"),
    (["audit", "export", "-o", ""], 2, " cannot be written: not the name of a file"),
    (["audit", "export", "-o", "a\x00b"], 2, "a\\x00b cannot be written: not the name of a file"),
    (
        ["audit", "export", "-o", "-", "--format", "xml"],
        2,
        "the format xml is not known; use one of csv, jsonl, xes, ocel",
    ),
    # Batches.
    (["apply", "{here}/missing"], 2, "{here}/missing cannot be read: No such file or directory"),
    (["apply", "{here}"], 2, "{here} cannot be read: Is a directory"),
    (["apply", "a\x00b"], 2, "a\\x00b cannot be read: embedded null byte"),
    (["apply", "-", "--format", "xml"], 2, "the format xml is not known; use one of jsonl, csv"),
    (["apply", "{here}/latin.json", "--format", "csv"], 2, "line 1: not UTF-8"),
    (["apply", "{here}/empty.json", "--format", "csv"], 2, "line 1: no heading"),
]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """One store for all rows: none of them may change it."""
    desk = Desk.set_up(tmp_path_factory.mktemp("desk"))
    for name, content in FILES.items():
        (desk.folder / name).write_bytes(content)
    (desk.folder / "empty").mkdir()
    desk.note("The only one")
    return desk


@pytest.mark.parametrize(("words", "code", "message"), ROWS, ids=lambda value: str(value)[:60])
def test_one_message_and_nothing_written(desk: Desk, words: list[str], code: int, message: str) -> None:
    case = desk.json("list").json[0]["id"]
    typed = [each.replace("{here}", str(desk.folder)).replace("{case}", case) for each in words]
    said = message.replace("{here}", str(desk.folder)).replace("{case}", case)
    before, files = desk.rows(), sorted(desk.folder.iterdir())
    done = desk(*typed, by="li.na")
    assert (done.code, done.out, done.err) == (code, "", f"error: {said}\n")
    told = desk.json(*typed, by="li.na")
    assert (told.code, told.out) == (code, "")
    assert told.error["message"].replace("\x00", "\\x00") == said
    assert told.error["code"] == {2: "input", 4: "not_found"}[code] or told.error["code"] == "definition"
    assert (desk.rows(), sorted(desk.folder.iterdir())) == (before, files)


# Usage errors are the option parser's words, which differ between its versions: one line that names the culprit.
USAGE = [
    (["nonsense"], "nonsense"),
    (["list", "--nonsense"], "--nonsense"),
    (["list", "extra"], "extra"),
    (["list", "--limit"], "--limit"),
    (["list", "--limit", "0"], "--limit"),
    (["list", "--limit", "-5"], "--limit"),
    (["list", "--limit", "10001"], "--limit"),
    (["list", "--limit", "x"], "--limit"),
    (["list", "--limit", "9" * 30], "--limit"),
    (["todo", "--limit", "0"], "--limit"),
    (["show"], "CASE"),
    (["advance", "x"], "TRANSITION"),
    (["advance", "x", "y", "z"], "z"),
    (["submit", "note", "--set"], "--set"),
    (["audit", "nonsense"], "nonsense"),
    (["audit", "export"], "--output"),
    (["definition", "check"], "PATH"),
    (["apply"], "FILE"),
    (["--lang", "fr", "list"], "--lang"),
    (["--log-format", "xml", "list"], "--log-format"),
    (["--nonsense"], "--nonsense"),
]


@pytest.mark.parametrize(("words", "culprit"), USAGE, ids=lambda value: str(value)[:60])
def test_wrong_usage_names_the_culprit(desk: Desk, words: list[str], culprit: str) -> None:
    before = desk.rows()
    done = desk(*words, by="li.na")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("error: ")
    assert culprit in done.err
    assert done.err.count("\n") == 1
    assert (desk.json(*words).code, desk.json(*words).error["reason"]) == (2, "usage")
    assert desk.rows() == before


# Values that do not fit are refused and not bad input: the attempt is in the log. Every reason at once.
UNFIT: list[tuple[bytes, list[str]]] = [
    (b'{"title": "a\\u0000b"}', ["bad_character"]),
    (b'{"title": 5}', ["not_text"]),
    (b'{"title": null}', ["not_text"]),
    (b'{"title": "x", "pages": 1e999999999}', ["not_integer"]),
    (b'{"title": "x", "pages": 9007199254740993}', ["too_large"]),
    (b'{"title": "x", "pages": true}', ["not_integer"]),
    (b'{"title": "x", "cost": 1e400}', ["too_many_digits"]),
    (b'{"title": "x", "cost": 0.001, "due": "2026-02-30"}', ["too_many_places", "not_date"]),
    (b'{"title": "x", "cost": "1_000", "urgent": 1}', ["not_decimal", "not_boolean"]),
    (b'{"title": "x", "kind": ["memo"], "tags": {}}', ["not_choice", "not_list"]),
    (b'{"title": "x", "a\\u0000b": 1, "": 2}', ["unknown", "unknown"]),
]


@pytest.mark.parametrize(("body", "problems"), UNFIT, ids=lambda value: repr(value)[:60])
def test_values_that_do_not_fit_are_refused_with_every_reason(
    desk: Desk, body: bytes, problems: list[str], tmp_path: Path
) -> None:
    before = desk.rows()
    done = desk.json("submit", "note", "--data", "-", by="li.na", given=body)
    assert (done.code, done.out) == (3, "")
    assert [(each["code"], each["problem"]) for each in done.error["blockers"]] == [("bad_field", p) for p in problems]
    after = desk.rows()
    assert len(after["workflow_entry"]) == len(before["workflow_entry"]) + 1
    assert after["workflow_case"] == before["workflow_case"]
    assert desk("audit", "verify").code == 0


def test_a_refusal_that_would_not_fit_into_the_log_is_bad_input(desk: Desk) -> None:
    before = desk.rows()
    many = json.dumps({f"field {number}": number for number in range(5000)}).encode()
    done = desk("submit", "note", "--data", "-", by="li.na", given=many)
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert done.err.startswith("error: the entry cannot be written: ")
    assert desk.rows() == before


KNOWN = "submit, advance, vote, score, count, close, link, object, settle, import"
LINES: list[tuple[bytes, str, str]] = [
    (b"nonsense", "bad_json", "line 1 is not JSON: Expecting value: line 1 column 1 (char 0)"),
    (b"\xff\xfe", "bad_json", "line 1 is not JSON: not UTF-8 (byte 0xff at 0)"),
    (b"[1]", "not_object", "the line must be an object of fields"),
    (b"null", "not_object", "the line must be an object of fields"),
    (
        b"{}",
        "bad_operation",
        "the operation None is not known; use one of " + KNOWN,
    ),
    (
        b'{"op": "drop"}',
        "bad_operation",
        "the operation drop is not known; use one of " + KNOWN,
    ),
    (
        b'{"op": ["submit"]}',
        "bad_operation",
        "the operation ['submit'] is not known; use one of " + KNOWN,
    ),
    (b'{"op": "submit"}', "lacks", "submit lacks definition"),
    (b'{"op": "submit", "definition": 5}', "wrong_item", "definition must be text"),
    (b'{"op": "submit", "definition": "note", "data": []}', "wrong_item", "data must be an object"),
    (
        b'{"op": "submit", "definition": "note", "dat": {}}',
        "unknown_item",
        "submit does not know dat; did you mean data?",
    ),
    (b'{"op": "submit", "op": "advance"}', "bad_json", "line 1 is not JSON: the key 'op' stands there twice"),
    (
        b'{"op": "submit", "definition": "../note"}',
        "no_definition",
        "there is no definition ../note; did you mean note?",
    ),
    (b'{"op": "submit", "definition": "note", "actor": "x y"}', "no_actor", "there is no actor x y in the directory"),
    (b'{"op": "submit", "definition": "note", "at": "soon"}', "bad_time", f"not a time: soon; {A_TIME}"),
    (b'{"op": "advance", "case": "zz", "transition": "file"}', "no_case", "there is no case zz"),
    (b'{"op": "advance", "transition": "file"}', "lacks", "advance lacks case"),
    (b'{"op": "advance", "reference": "N-001"}', "lacks", "advance lacks transition"),
    (b'{"op": "advance", "reference": "N-001", "transition": ""}', "lacks", "advance lacks transition"),
    (
        b'{"op": "advance", "reference": "N-001", "transition": "file", "to": "filed"}',
        "lacks",
        "advance lacks transition",
    ),
    (b'{"op": "import", "definition": "note"}', "lacks", "import lacks reference"),
    (
        b'{"op": "import", "definition": "note", "reference": "N-001", "to": "drafd", "at": "2020-01-01T00:00:00Z",'
        b' "actor": "x"}',
        "unknown_state",
        "note has no state drafd",
    ),
    (b'{"a": "' + b"x" * MEGABYTE + b'"}', "too_large", "line 1 is too large: over 1000000 bytes, 1000000 are allowed"),
    (
        b'{"op": "submit", "definition": "note", "data": {"t": ' + b"[" * 200_000 + b"]" * 200_000 + b"}}",
        "bad_json",
        "line 1 is not JSON: nested too deep",
    ),
]


@pytest.mark.parametrize(("line", "reason", "message"), LINES, ids=lambda value: repr(value)[:60])
def test_a_bad_line_of_a_batch_is_told_and_the_next_is_run(desk: Desk, line: bytes, reason: str, message: str) -> None:
    before = desk.rows()
    good = b'{"op": "submit", "definition": "note", "data": {"title": "x"}}'
    done = desk("apply", "-", "--dry-run", by="li.na", given=line + b"\n" + good + b"\n")
    wrong, right = done.lines
    assert (wrong["line"], wrong["ok"], wrong["error"]["reason"], wrong["error"]["message"]) == (
        1,
        False,
        reason,
        message,
    )
    assert (right["line"], right["ok"], right["state"]) == (2, True, "draft")
    assert done.code == {"no_definition": 4, "no_actor": 4, "no_case": 4}.get(reason, 2)
    assert desk.rows() == before
