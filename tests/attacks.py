"""What somebody with SQL may do to a store, and all that a check must find. The numbers are those of a study of such
attacks; of each, the form that needs no tree to be seen.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from tests.book import GRANT, Hand
from workflow import load_text
from workflow.log.entry import leaf_hash

Found = tuple[str, str | None, int | None]
Work = Callable[[Hand], object]


@dataclass(frozen=True)
class Attack:
    """What is done, and every problem that is found: its code, the case or stream by name, the entry."""

    name: str
    work: Work
    found: tuple[Found, ...]


ATTACKS: list[Attack] = []


def attack(name: str, work: Work | str, *found: Found) -> None:
    """Register an attack: one statement, or what a hand does."""
    ATTACKS.append(Attack(name, _statement(work) if isinstance(work, str) else work, found))


def _statement(sql: str) -> Work:
    return lambda hand: hand.run(sql)


def leaf_bytes(old: bytes, new: bytes) -> Work:
    """Change the bytes of entry 3 of `adopted`, and its hash with them."""

    def work(hand: Hand) -> None:
        before = hand.all("SELECT leaf FROM workflow_entry WHERE case_id = :adopted AND seq = 3")[0][0]
        assert before.count(old) == 1
        leaf = before.replace(old, new)
        where = "WHERE case_id = :adopted AND seq = 3"
        hand.run(f"UPDATE workflow_entry SET leaf = :leaf, leaf_hash = :hash {where}", leaf=leaf, hash=leaf_hash(leaf))

    return work


def body(change: Callable[[str], str]) -> Work:
    """Change the data of entry 1 of `adopted` and nothing else."""

    def work(hand: Hand) -> None:
        where = "WHERE case_id = :adopted AND seq = 1 AND name = 'data'"
        before = hand.all(f"SELECT body FROM workflow_payload {where}")[0][0].decode()
        assert change(before) != before
        hand.run(f"UPDATE workflow_payload SET body = :body {where}", body=change(before).encode())

    return work


attack(
    "1 edit the column of the actor",
    "UPDATE workflow_entry SET actor = 'zhao.min' WHERE case_id = :adopted AND seq = 3",
    ("column", "adopted", 3),
)
attack(
    "2 edit a field of a leaf",
    lambda hand: hand.edit("workflow_entry", "leaf", "wang.wei", "zhao.min", "case_id = :adopted AND seq = 3"),
    ("hash", "adopted", 3),
)
attack(
    "3 edit an entry, its hash and its columns, and not the next link",
    lambda hand: hand.put({**hand.leaf("adopted", 3), "engine": "workflow/0.0.9"}),
    ("chain", "adopted", 4),
)
attack(
    "6 delete an entry in the middle",
    "DELETE FROM workflow_entry WHERE case_id = :adopted AND seq = 3",
    ("sequence", "adopted", 4),
    ("pending_stray", "adopted", 3),
)
attack(
    "6 delete an entry in the middle and all that belongs to it",
    lambda hand: hand.delete("adopted", 3),
    ("sequence", "adopted", 4),
)
attack(
    "6 delete the first entry",
    lambda hand: hand.delete("large", 1),
    ("sequence", "large", 2),
)
attack(
    "8 delete the last entry",
    "DELETE FROM workflow_entry WHERE case_id = :adopted AND seq = 14",
    ("case_column", "adopted", 13),
    ("pending_stray", "adopted", 14),
)
attack(
    "10 delete all entries of a case",
    "DELETE FROM workflow_entry WHERE case_id = :rejected",
    ("case_unlogged", "rejected", None),
    ("payload_stray", "rejected", 1),
    ("payload_stray", "rejected", 2),
    ("pending_stray", "rejected", 1),
    ("pending_stray", "rejected", 2),
)


def _exchange(hand: Hand) -> None:
    third, fourth = hand.leaf("adopted", 3), hand.leaf("adopted", 4)
    hand.put({**third, "seq": 4, "key": None})
    hand.put({**fourth, "seq": 3, "key": "two"})
    hand.run("UPDATE workflow_payload SET seq = 3 WHERE case_id = :adopted AND seq = 4")
    hand.relink("adopted")


attack(
    "12 exchange two entries and link them anew",
    _exchange,
    ("fold", "adopted", 3),
    ("time", "adopted", 4),
)


def _repeat(hand: Hand) -> None:
    hand.execute("CREATE TEMP TABLE copied AS SELECT * FROM workflow_entry WHERE seq = 5 AND kind = 'advanced'")
    hand.run("UPDATE copied SET seq = 15")
    hand.run("INSERT INTO workflow_entry SELECT * FROM copied WHERE case_id = :adopted")


attack("13 repeat an entry under a new number", _repeat, ("column", "adopted", 15))
attack(
    "14 date an entry back and link anew",
    lambda hand: hand.rewrite("adopted", 5, at="2026-01-05T07:00:00.000000Z"),
    ("time", "adopted", 5),
)


def _plant(hand: Hand) -> None:
    who = {"id": "zhao.min", "via": "api"}
    hand.append("waiting", hand.leaf("adopted", 3), actor=who, key=None)
    hand.run(
        "UPDATE workflow_case SET state = 'registered', trail = '{\"register\":[1,\"zhao.min\"]}' WHERE id = :waiting"
    )


attack("15 plant an act that the rules do not allow", _plant, ("forbidden", "waiting", 2))
attack(
    "15 plant an act behind the end",
    lambda hand: hand.append("rejected", hand.leaf("rejected", 2)),
    ("fold", "rejected", 3),
)


def _exchange_payloads(hand: Hand) -> None:
    where = "WHERE name = 'data' AND case_id = "
    columns = "SELECT commitment, salt, body FROM workflow_payload"
    stored = {name: hand.all(f"{columns} {where} :{name}")[0] for name in ("rejected", "waiting")}
    for name, other in (("rejected", "waiting"), ("waiting", "rejected")):
        sealed, salt, data = stored[other]
        hand.run(
            f"UPDATE workflow_payload SET commitment = :sealed, salt = :salt, body = :data {where} :{name}",
            sealed=sealed,
            salt=salt,
            data=data,
        )


attack(
    "17 exchange payloads between cases",
    _exchange_payloads,
    ("payload_changed", "rejected", 1),
    ("payload_changed", "waiting", 1),
)


def _move(hand: Hand) -> None:
    hand.places["moved"] = "019b8d2c-7660-73d8-9173-000000000000"
    for table in ("entry", "payload", "pending", "reference"):
        hand.run(f"UPDATE workflow_{table} SET case_id = :moved WHERE case_id = :rejected")
    hand.run("UPDATE workflow_case SET id = :moved WHERE id = :rejected")


attack("18 move the entries to another case", _move, ("column", "moved", 1), ("column", "moved", 2))
attack(
    "25 edit the text of a definition",
    lambda hand: hand.edit("workflow_definition", "body", "score >= 60", "score >= 10", "name = 'proposal'"),
    ("definition_changed", "definitions", 1),
)
attack(
    "27 compose characters otherwise in a payload",
    body(lambda text: unicodedata.normalize("NFD", text)),
    ("payload_changed", "adopted", 1),
)
attack("28 a number written otherwise", leaf_bytes(b'"seq":3', b'"seq":3.0'), ("leaf", "adopted", 3))
attack(
    "29 an amount with another scale in a payload",
    body(lambda text: text.replace('"100.00"', '"100.0"')),
    ("payload_changed", "adopted", 1),
)
attack("30 white space in a leaf", leaf_bytes(b'"seq":3', b'"seq": 3'), ("leaf", "adopted", 3))
attack(
    "30 another order of keys",
    leaf_bytes(b'"seq":3,"to":"registered"', b'"to":"registered","seq":3'),
    ("leaf", "adopted", 3),
)
attack("31 drop a key", leaf_bytes(b'"engine":"workflow/0.1.0",', b""), ("leaf", "adopted", 3))
attack("32 add a key that is null", leaf_bytes(b'"kind":', b'"claimed":null,"kind":'), ("leaf", "adopted", 3))
attack("32 add a key that its kind lacks", leaf_bytes(b'"kind":', b'"gap":true,"kind":'), ("leaf", "adopted", 3))
attack("33 repeat a key", leaf_bytes(b'"seq":3', b'"seq":3,"seq":3'), ("leaf", "adopted", 3))
attack(
    "34 shift the time zone of a column",
    "UPDATE workflow_entry SET at = replace(at, 'Z', '+00:00') WHERE case_id = :adopted AND seq = 3",
    ("column", "adopted", 3),
)
attack(
    "35 set a state by hand",
    "UPDATE workflow_case SET state = 'adopted', final = 1 WHERE id = :waiting",
    ("case_column", "waiting", 1),
    ("case_column", "waiting", 1),
)
attack("36 hide a case", "DELETE FROM workflow_case WHERE id = :waiting", ("case_missing", "waiting", 1))
attack(
    "37 destroy a payload without an entry that says so",
    "UPDATE workflow_payload SET salt = NULL, body = NULL WHERE case_id = :adopted AND seq = 1 AND name = 'data'",
    ("payload_missing", "adopted", 1),
)
attack(
    "37 delete a payload",
    "DELETE FROM workflow_payload WHERE case_id = :adopted AND seq = 1 AND name = 'reason'",
    ("payload_missing", "adopted", 1),
)
attack(
    "37 destroy only the salt",
    "UPDATE workflow_payload SET salt = NULL WHERE case_id = :adopted AND seq = 1 AND name = 'data'",
    ("payload_changed", "adopted", 1),
)
attack(
    "38 transplant a case from another log",
    lambda hand: hand.rewrite("waiting", 1, log="workflow/0123456789abcdef"),
    ("origin", "waiting", 1),
)
attack(
    "38 give the log another name",
    "UPDATE workflow_meta SET value = 'workflow/0123456789abcdef'",
    ("origin_changed", None, None),
)
attack("38 forget the name of the log", "DELETE FROM workflow_meta", ("origin_changed", None, None))
attack(
    "51 a number that is none",
    "UPDATE workflow_entry SET seq = -2147483648 WHERE case_id = :rejected AND seq = 2",
    ("column", "rejected", -(2**31)),
    ("payload_stray", "rejected", 2),
    ("pending_stray", "rejected", 2),
)

# Every hash fits in these; what was decided does not.

attack(
    "change the verdict of a condition",
    lambda hand: hand.rewrite("adopted", 12, guards=[{"id": "when.0", "ok": False}]),
    ("decision", "adopted", 12),
)


def _figures(hand: Hand) -> None:
    hand.rewrite("adopted", 12, data=hand.commit("adopted", 12, b'{"score":59}'))
    hand.run("UPDATE workflow_case SET data = replace(data, '60', '59') WHERE id = :adopted")


attack("change the figures under a condition", _figures, ("forbidden", "adopted", 12))
attack(
    "take the role from an act",
    lambda hand: hand.rewrite("adopted", 3, actor={"id": "wang.wei", "via": "api"}),
    ("forbidden", "adopted", 3),
)


def _open_elsewhere(hand: Hand) -> None:
    hand.rewrite("rejected", 1, to="registered")
    hand.rewrite("rejected", 2, from_="registered")


attack("let a case open in another state", _open_elsewhere, ("decision", "rejected", 1))


def _refuse(hand: Hand) -> None:
    hand.delete("adopted", *range(4, 15))
    hand.rewrite("adopted", 3, kind="refused", to=None, key=None, blockers=[{"code": "role"}])
    hand.run(
        "UPDATE workflow_case SET state = 'submitted', final = 0, trail = '{}', "
        "data = replace(data, ',\"score\":60', '') WHERE id = :adopted"
    )


attack("make a refusal of what the rules allow", _refuse, ("allowed", "adopted", 3))
attack(
    "change why something was refused",
    lambda hand: hand.rewrite("adopted", 2, blockers=[{"code": "role", "actor": "li.na"}]),
    ("reasons", "adopted", 2),
)
attack(
    "change where the case stood when something was refused",
    lambda hand: hand.rewrite("adopted", 7, from_="submitted"),
    ("decision", "adopted", 7),
)
attack(
    "change why a submission was refused",
    lambda hand: hand.rewrite("intake", 1, blockers=[{"code": "role"}]),
    ("reasons", "intake", 1),
)
attack(
    "change what was submitted and refused",
    lambda hand: hand.rewrite("intake", 2, data=hand.commit("intake", 2, b'{"amount":"5.00"}')),
    ("allowed", "intake", 2),
)
attack(
    "let a claim conform that does not",
    lambda hand: hand.rewrite("old1", 3, conforms=True, blockers=None),
    ("claim", "old1", 3),
)
attack("take the gap from a claim", lambda hand: hand.rewrite("old1", 4, gap=None), ("claim", "old1", 4))
attack(
    "change what speaks against a claim",
    lambda hand: hand.rewrite("old3", 1, blockers=[{"code": "edge"}]),
    ("claim", "old3", 1),
)
attack("claim a state that does not exist", lambda hand: hand.rewrite("old1", 4, to="praised"), ("fold", "old1", 4))


def _key_twice(hand: Hand) -> None:
    hand.execute("DROP INDEX workflow_entry_key")
    hand.rewrite("adopted", 5, key="two")


attack("use a key twice", _key_twice, ("fold", "adopted", 5), ("schema", None, None))
attack("open a case twice", lambda hand: hand.append("waiting", hand.leaf("waiting", 1)), ("fold", "waiting", 2))
attack(
    "put an entry of a stream into a case",
    lambda hand: hand.append("waiting", hand.leaf("directory", 2)),
    ("misplaced", "waiting", 2),
)
attack(
    "put an entry of a case into a stream",
    lambda hand: hand.append("store", hand.leaf("waiting", 1)),
    ("misplaced", "store", 2),
)
attack(
    "let a case go on under another definition",
    lambda hand: hand.rewrite("adopted", 3, def_=load_text(GRANT).digest),
    ("definition_switched", "adopted", 3),
)
attack("hide that the store was created", lambda hand: hand.delete("store", 1), ("beginning", "store", 1))
