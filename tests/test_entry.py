"""The bytes that are hashed, computed here again with the standard library and with another writer of RFC 8785."""

from __future__ import annotations

import hashlib
import hmac
import json
import random
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import orjson
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from workflow.log import entry
from workflow.log.entry import (
    KINDS,
    MAX_DEPTH,
    MAX_INTEGER,
    MAX_LEAF,
    NO_PREVIOUS,
    STREAM_NAMES,
    STREAMS,
    Malformed,
    commitment,
    decode,
    encode,
    leaf_hash,
    time_of,
    time_text,
)

HEX = "0123456789abcdef" * 4
EVERY: dict[str, Any] = {
    "v": 1,
    "log": "workflow/0001020304050607",
    "kind": "refused",
    "case": "019c1310-e400-7000-8001-020304050607",
    "seq": 2,
    "prev": HEX,
    "at": "2026-01-31T08:00:00.000000Z",
    "engine": "workflow/0.1.0",
    "actor": {"id": "li.na", "via": "api"},
}
REFUSED = {**EVERY, "def": HEX, "trigger": "register", "blockers": [{"code": "role"}]}
# What each kind must have besides what every entry has, and what it may have.
EXAMPLES: dict[str, Any] = {
    "def": HEX,
    "from": "submitted",
    "to": "registered",
    "trigger": "register",
    "reference": "P-1",
    "blockers": [{"code": "limit", "done": 1, "title": {"zh": "次数"}, "known": ["a"], "final": True}],
    "conforms": False,
    "gap": True,
    "due": "2026-03-01T16:00:00.000000Z",
    "claimed": "0001-01-01T00:00:00.000000Z",
    "schema": "0001",
    "subject": "wang.wei",
    "role": "secretary",
    "receiver": "li.na",
    "passed": ["secretary"],
    "since": "2026-05-01T00:00:00.000000Z",
    "until": "2026-05-08T00:00:00.000000Z",
    "fields": ["name"],
    "format": "csv",
    "count": 0,
    "size": 7,
    "root": HEX,
    "basis": "GDPR 17",
    "approved": "zhao.min",
    "key": "one",
    "panel": "committee",
    "award": "bonus",
    "pool": "fund",
    "period": "2026",
    "parent": "019c1310-e400-7000-8001-020304050607",
    "link": "duplicate_of",
    "other": "019c1310-e400-7000-8001-020304050607",
    "mark": "model_worker",
    "off": True,
    "round": 1,
    "seed": "00ff",
    "sealed": True,
    "seat": "finance",
    "outcome": "accepted",
    "notice": "board",
    "number": 1,
    "timer": "remind.due.0",
    "timers": [{"id": "due", "at": "2026-02-02T16:00:00.000000Z", "stopped": "2026-02-01T16:00:00.000000Z"}],
    "effective": "2026-01-31T16:00:00.000000Z",
    "facts": [{"id": "budget", "value": "12.50"}],
    "guards": [{"id": "when.0", "ok": True}],
    "after": {"size": 7, "root": HEX},
    "data": HEX,
    "reason": HEX,
}

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
KEY = st.from_regex(r"[a-z][a-z0-9_]*", fullmatch=True)
PROFILE = st.recursive(
    st.one_of(TEXT, st.booleans(), st.integers(-MAX_INTEGER, MAX_INTEGER)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEY, inner, max_size=4)),
    max_leaves=12,
)


@given(st.dictionaries(KEY, PROFILE))
def test_the_canonical_form_is_that_of_rfc_8785(value: dict[str, Any]) -> None:
    assert encode(value) == rfc8785.dumps(value)


@given(TEXT, st.dictionaries(KEY, st.one_of(TEXT, st.booleans(), st.integers(-MAX_INTEGER, MAX_INTEGER))))
def test_what_was_encoded_is_decoded_to_the_same(text: str, figures: dict[str, Any]) -> None:
    leaf = {**REFUSED, "trigger": text, "blockers": [{**figures, "code": text}]}
    assert decode(encode(leaf)) == leaf
    assert encode(dict(reversed(leaf.items()))) == encode(leaf) == rfc8785.dumps(leaf)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_closed_set_of_keys(kind: str) -> None:
    must, may = KINDS[kind]
    least = {**EVERY, "kind": kind, **{name: EXAMPLES[name] for name in must}}
    shared = ("after", "data", "reason", "claimed")
    most = {**least, **{name: EXAMPLES[name] for name in (*may, *shared)}}
    assert decode(encode(least)) == least
    assert decode(encode(most)) == most
    for name in least:
        with pytest.raises(Malformed):
            decode(encode({key: value for key, value in least.items() if key != name}))
    for name in (*(set(EXAMPLES) - set(most)), "actors", "Seq", ""):
        with pytest.raises(Malformed, match="unknown key"):
            decode(encode({**least, name: EXAMPLES.get(name, "x")}))


WRONG: list[tuple[str, Any]] = [
    ("v", 2),
    ("v", True),
    ("v", "1"),
    ("kind", "fined"),
    ("kind", 1),
    ("kind", []),
    ("case", "019C1310-E400-7000-8001-020304050607"),
    ("case", "019c1310-e400-7000-8001-020304050607\n"),
    ("case", "adopted"),
    ("seq", 0),
    ("seq", -1),
    ("seq", True),
    ("seq", "2"),
    ("seq", MAX_INTEGER + 1),
    ("prev", HEX.upper()),
    ("prev", HEX[:-1]),
    ("prev", HEX + "\n"),
    ("at", "2026-01-31T08:00:00Z"),
    ("at", "2026-01-31T08:00:00.000000+00:00"),
    ("at", "2026-02-30T08:00:00.000000Z"),
    ("at", "2026-01-31T24:00:00.000000Z"),
    ("at", "2026-01-31T08:00:00.000000Z\n"),
    ("at", "２026-01-31T08:00:00.000000Z"),
    ("engine", None),
    ("actor", "li.na"),
    ("actor", {"id": "li.na"}),
    ("actor", {"id": "li.na", "via": "api", "role": "secretary"}),
    ("actor", {"id": "li.na", "via": "api", "role": ["secretary", 1]}),
    ("actor", {"id": "li.na", "via": "api", "name": "Li Na"}),
    ("actor", {"id": "li.na", "via": "api", "for": "wang.wei", "under": 7}),
    ("actor", {"id": "li.na", "via": "api", "for": "wang.wei", "under": [0]}),
    ("def", HEX[:32]),
    ("trigger", ["register"]),
    ("blockers", {"code": "role"}),
    ("blockers", ["role"]),
    ("blockers", [{"why": "role"}]),
    ("blockers", [{"code": "role", "Has": 1}]),
    ("blockers", [{"code": "role", "has": None}]),
    ("blockers", [{"code": "role", "has": 1.5}]),
    ("blockers", [{"code": "role", "has": MAX_INTEGER + 1}]),
    ("guards", [{"id": "when.0"}]),
    ("guards", [{"id": "when.0", "ok": 1}]),
    ("guards", [{"id": "when.0", "ok": True, "why": "x"}]),
    ("after", {"size": 1}),
    ("data", "x"),
    ("claimed", "yesterday"),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_wrong_value_is_refused(name: str, value: Any) -> None:
    plain = json.dumps({**REFUSED, name: value}, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    with pytest.raises(Malformed):
        decode(plain.encode())


LEAF = encode(REFUSED)
BYTES: dict[str, bytes] = {
    "nothing": b"",
    "no JSON": b"\xff\x00",
    "no object": b"[]",
    "null": b"null",
    "cut": LEAF[:-1],
    "a line end behind": LEAF + b"\n",
    "a byte order mark": b"\xef\xbb\xbf" + LEAF,
    "a space": LEAF.replace(b'"seq":2', b'"seq": 2'),
    "another order": LEAF.replace(b',"v":1}', b"}").replace(b"{", b'{"v":1,', 1),
    "a fraction": LEAF.replace(b'"seq":2', b'"seq":2.0'),
    "an exponent": LEAF.replace(b'"seq":2', b'"seq":2e0'),
    "a sign": LEAF.replace(b'"seq":2', b'"seq":-2'),
    "a leading zero": LEAF.replace(b'"seq":2', b'"seq":02'),
    "an integer that no double holds": LEAF.replace(b'"seq":2', b'"seq":9007199254740993'),
    "an integer of 90 digits": LEAF.replace(b'"seq":2', b'"seq":' + b"9" * 90),
    "a number that is none": LEAF.replace(b'"seq":2', b'"seq":NaN'),
    "null for a value": LEAF.replace(b'"seq":2', b'"seq":null'),
    "a repeated key": LEAF.replace(b'"seq":2', b'"seq":2,"seq":2'),
    "a repeated key, first another": LEAF.replace(b'"seq":2', b'"seq":3,"seq":2'),
    "a needless escape": LEAF.replace(b"li.na", b"li\\u002ena"),
    "an escaped letter beyond ASCII": LEAF.replace(b"li.na", b"\\u674e"),
    "an escaped solidus": LEAF.replace(b"workflow/0.1.0", b"workflow\\/0.1.0"),
    "another escape of a line end": LEAF.replace(b"li.na", b"li\\u000ana"),
    "capital digits of an escape": LEAF.replace(b"li.na", b"li\\u001Bna"),
    "a lone surrogate": LEAF.replace(b"li.na", b"\\ud800"),
    "half of UTF-8": LEAF.replace(b"li.na", b"li\xc3"),
    "an overlong UTF-8": LEAF.replace(b"li.na", b"li\xc0\xae"),
    "deep lists": LEAF.replace(b'"role"', b'"role","has":' + b"[" * 900 + b"]" * 900),
    "deep objects": LEAF.replace(b'"role"', b'"role","has":' + b'{"a":' * 900 + b"1" + b"}" * 900),
    "depth without end": LEAF.replace(b'"role"', b'"role","has":' + b"[" * 30_000),
}


@pytest.mark.parametrize("name", BYTES)
def test_bytes_that_are_no_leaf_are_refused(name: str) -> None:
    assert BYTES[name] != LEAF
    with pytest.raises(Malformed):
        decode(BYTES[name])


@given(
    st.one_of(
        st.binary(),
        st.integers(0, len(LEAF) - 1).map(lambda at: LEAF[:at] + LEAF[at + 1 :]),
        st.tuples(st.integers(0, len(LEAF)), st.binary(max_size=3)).map(lambda b: LEAF[: b[0]] + b[1] + LEAF[b[0] :]),
    )
)
def test_any_bytes_are_the_one_form_of_a_leaf_or_malformed(stored: bytes) -> None:
    try:
        leaf = decode(stored)
    except Malformed:
        return
    assert encode(leaf) == rfc8785.dumps(leaf) == stored


@given(st.integers(0, len(LEAF) - 1), st.integers(0, 255))
def test_a_changed_byte_gives_another_leaf_or_none(at: int, byte: int) -> None:
    changed = LEAF[:at] + bytes([byte]) + LEAF[at + 1 :]
    try:
        leaf = decode(changed)
    except Malformed:
        assert changed != LEAF
        return
    assert (leaf == REFUSED) == (changed == LEAF)
    assert encode(leaf) == changed


def test_figures_may_be_nested_as_deep_as_is_said() -> None:
    def nested(levels: int) -> dict[str, Any]:
        inner: Any = "x"
        for _ in range(levels):
            inner = [inner]
        return {**REFUSED, "blockers": [{"code": "role", "has": inner}]}

    assert decode(encode(nested(MAX_DEPTH - 1))) == nested(MAX_DEPTH - 1)
    with pytest.raises(Malformed):
        decode(encode(nested(MAX_DEPTH)))


def test_a_leaf_has_at_most_65535_bytes() -> None:
    assert MAX_LEAF == 65_535
    room = MAX_LEAF - len(encode({**REFUSED, "trigger": ""}))
    longest = {**REFUSED, "trigger": "x" * room}
    assert len(encode(longest)) == MAX_LEAF
    assert decode(encode(longest)) == longest
    with pytest.raises(Malformed, match="65536 bytes, more than 65535"):
        encode({**REFUSED, "trigger": "x" * (room + 1)})
    with pytest.raises(Malformed, match="65536 bytes, more than 65535"):
        decode(b" " + encode(longest))


@pytest.mark.parametrize("value", [2**63, {1: "x"}, {"x": "\ud800"}, {"x": b""}, {"x": object()}, 2**53])
def test_what_json_cannot_hold_is_not_encoded(value: Any) -> None:
    with pytest.raises(Malformed):
        encode({**REFUSED, "trigger": value})


def test_the_hash_of_a_leaf() -> None:
    # The first is the hash of an empty leaf in RFC 6962's own test vectors.
    assert leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert leaf_hash(LEAF) == hashlib.sha256(b"\x00" + LEAF).digest()
    assert NO_PREVIOUS == "0" * 64


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200))
def test_the_commitment_to_a_payload(salt: bytes, payload: bytes) -> None:
    expected = hmac.new(salt, b"wf-audit/data/v1\x00" + payload, hashlib.sha256).digest()
    assert commitment(salt, payload) == expected
    # The same once more, from RFC 2104: H(K xor opad, H(K xor ipad, text)).
    key = salt.ljust(64, b"\x00")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in key) + b"wf-audit/data/v1\x00" + payload).digest()
    assert expected == hashlib.sha256(bytes(byte ^ 0x5C for byte in key) + inner).digest()


@given(
    st.datetimes(
        min_value=datetime(2, 1, 1),  # noqa: DTZ001 - the zone is drawn apart
        timezones=st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes))),
        max_value=datetime(9998, 12, 31),  # noqa: DTZ001
    )
)
def test_a_time_is_written_in_one_way(moment: datetime) -> None:
    text = time_text(moment)
    assert text == moment.astimezone(UTC).strftime("%Y").zfill(4) + moment.astimezone(UTC).strftime(
        "-%m-%dT%H:%M:%S.%fZ"
    )
    assert time_of(text) == moment
    assert time_of(text).utcoffset() == timedelta(0)


def test_streams_have_ids_that_no_case_can_have() -> None:
    assert {number: name for name, number in STREAMS.items()} == STREAM_NAMES
    # A case has version 7, these have version 8.
    assert {number[14] for number in STREAMS.values()} == {"8"}
    for number in STREAMS.values():
        assert decode(encode({**REFUSED, "case": number}))["case"] == number


@pytest.mark.parametrize("kind", [kind for kind, fast in entry._FAST.items() if fast is not None])
def test_what_the_short_way_accepts_the_long_way_accepts_too(kind: str) -> None:
    """A leaf that one expression matches is not encoded again: so it must match nothing that is not canonical."""
    must, may = KINDS[kind]
    chance, matched = random.Random(kind), 0
    texts = ["", "li.na", 'a"b', "a\\b", "\x00\x01\x08\x09\x0a\x0b\x0c\x0d\x1f\x7f", "\u0085\u2028é中🙂"]
    for _ in range(1000):
        names = [*must, *chance.sample([*may, *entry._MAY], chance.randrange(len(may) + len(entry._MAY) + 1))]
        leaf = {**EVERY, "at": "2026-01-28T23:59:59.999999Z", "kind": kind, **{name: EXAMPLES[name] for name in names}}
        leaf["actor"] = {
            "id": chance.choice(texts),
            "via": "api",
            "role": chance.sample(texts, 2),
            "for": "a",
            "by": "b",
        }
        leaf["engine"], leaf["seq"] = chance.choice(texts), chance.choice([1, 99, 10**14, 2**53 - 1])
        for name in chance.sample(["role", "for", "by"], chance.randrange(4)):
            del leaf["actor"][name]
        encoded = encode(leaf)
        assert decode(encoded) == leaf
        for _ in range(3):
            at = chance.randrange(len(encoded))
            put = chance.choice([b"", bytes([chance.randrange(256)]), b'"', b"\\", b" ", b",", b"0", b"\\u0041"])
            changed = encoded[:at] + put + encoded[at + chance.randrange(3) :]
            if entry._FAST[kind](changed):
                try:
                    value = orjson.loads(changed)
                except orjson.JSONDecodeError:  # what is no UTF-8 is refused before
                    continue
                matched += 1
                assert entry._SHAPES[kind].faults(value) == []
                assert encode(value) == changed
    assert matched > 50
