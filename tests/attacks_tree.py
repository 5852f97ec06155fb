"""What somebody does who can recompute every hash of a sealed log, without its key and with it.

The numbers are those of a study of such attacks. The one without the key (`dba`) puts a key of their own into the log
and signs with that; the one with the key (`operator`) signs as the log does. Of each: the lowest level that notices,
and what is found there.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass

import orjson

from tests.attacks import Found
from tests.vault import Forger

Work = Callable[[Forger], object]
NAMELESS: Found = ("checkpoint_key", None, None)
OTHER: Found = ("anchor_other", None, None)


@dataclass(frozen=True)
class Forgery:
    """What is done; for each of the two the first level that notices, and all that it finds."""

    name: str
    work: Work
    dba: tuple[str, tuple[Found, ...]]
    operator: tuple[str, tuple[Found, ...]]
    reseal: bool = True


FORGERIES: list[Forgery] = []


def forgery(
    name: str,
    work: Work,
    *,
    dba: tuple[str, tuple[Found, ...]] | None = None,
    operator: tuple[str, tuple[Found, ...]] | None = None,
    both: tuple[str, tuple[Found, ...]] | None = None,
    reseal: bool = True,
) -> None:
    """Register one."""
    first, second = dba or both, operator or both
    assert first is not None and second is not None
    FORGERIES.append(Forgery(name, work, first, second, reseal))


KEYLESS = ("V1", (NAMELESS,))
# The case that was opened before the visit had to be rewritten as well: it says after which tree it came.
SECOND: Found = ("leaf_changed", "second", 1)
# Where two entries are gone, those behind the visit come into its places.
SHIFTED: tuple[Found, ...] = (
    ("leaf_removed", None, None),
    ("leaf_removed", None, None),
    SECOND,
    ("leaf_changed", "store", 3),
)


def edit(place: str, seq: int) -> Work:
    """Change a leaf and link its chain anew."""

    return lambda forger: forger.hand.rewrite(place, seq, engine="workflow/0.0.9")


forgery(
    "3 edit an entry of the past and link it anew",
    edit("rejected", 2),
    dba=KEYLESS,
    operator=("V2", (OTHER, ("leaf_changed", "rejected", 2), SECOND)),
)
forgery(
    "4 edit an entry that is newer than the auditor's visit",
    edit("later", 2),
    dba=KEYLESS,
    operator=("V3", (OTHER, ("leaf_changed", "later", 2), ("leaf_changed", "store", 5))),
)
forgery(
    "5 edit an entry that is in no tree yet",
    edit("tail", 2),
    both=("V4", (("receipt_other", "tail", 2),)),
    reseal=False,
)


def _delete_and_relink(forger: Forger) -> None:
    hand = forger.hand
    hand.delete("adopted", 2)
    for seq in range(3, 15):
        hand.connection.execute(
            "UPDATE workflow_payload SET seq = ? WHERE case_id = ? AND seq = ?", (seq - 1, hand.places["adopted"], seq)
        )
    hand.relink("adopted")
    forger.place(forger.still())
    forger.shift = -1


forgery(
    "7 delete an entry and link the others anew",
    _delete_and_relink,
    dba=KEYLESS,
    operator=("V2", (OTHER, *(("leaf_changed", "adopted", seq) for seq in range(2, 14)), *SHIFTED[1:])),
)


def _forget(forger: Forger, *names: str) -> None:
    run = forger.hand.connection.execute
    for name in names:
        place = (forger.hand.places[name],)
        for table in ("entry", "payload", "pending", "leaf", "reference", "request"):
            run(f"DELETE FROM workflow_{table} WHERE case_id = ?", place)
        run("DELETE FROM workflow_case WHERE id = ?", place)


def _cut(forger: Forger) -> None:
    """Everything since the auditor's visit, with all that follows from it; the last checkpoints go too."""
    hand, size = forger.hand, forger.vault.visited
    kept = forger.places()[:size]
    note = hand.all(f"SELECT note FROM workflow_checkpoint WHERE size = {size}")[0][0]
    _forget(forger, "later", "other", "tail")
    last = max(seq for case, seq in kept if case == hand.places["store"])
    rows = hand.all(f"SELECT seq FROM workflow_entry WHERE case_id = :store AND seq > {last}")
    hand.delete("store", *(row[0] for row in rows))
    forger.place(kept)
    first = hand.all(f"SELECT size, note FROM workflow_checkpoint WHERE size < {size}")
    forger.reseal(forger.vault.key, [])
    hand.connection.executemany("INSERT INTO workflow_checkpoint VALUES (?, ?)", [*first, (size, note)])


forgery(
    "8 delete the sealed end of the log and its last checkpoint",
    _cut,
    both=("V3", (("anchor_ahead", None, None),)),
    reseal=False,
)


def _cut_the_tail(forger: Forger) -> None:
    hand = forger.hand
    _forget(forger, "tail")
    hand.delete("later", 3)
    digest = hand.all("SELECT leaf_hash FROM workflow_entry WHERE case_id = :later AND seq = 2")[0][0]
    hand.run(
        "UPDATE workflow_case SET state = 'registered', final = 0, rev = 2, head = :head, updated_at = :at, "
        "trail = :trail WHERE id = :later",
        head=digest,
        at=hand.leaf("later", 2)["at"],
        trail='{"register":[1,"wang.wei"]}',
    )


forgery(
    "9 delete what is in no tree yet",
    _cut_the_tail,
    both=("V4", (("receipt_missing", "tail", 2), ("receipt_missing", "later", 3))),
    reseal=False,
)


def _forget_a_case(forger: Forger) -> None:
    _forget(forger, "rejected")
    forger.place(forger.still())
    forger.shift = -2


forgery(
    "10 delete a whole case with its state",
    _forget_a_case,
    dba=KEYLESS,
    operator=("V2", (OTHER, *SHIFTED, ("leaf_changed", "store", 4))),
)


def _reorder(forger: Forger) -> None:
    places = forger.places()
    one = places.index((forger.hand.places["rejected"], 2))
    other = places.index((forger.hand.places["waiting"], 1))
    places[one], places[other] = places[other], places[one]
    forger.place(places)


forgery(
    "11 exchange the places of entries of two cases",
    _reorder,
    dba=KEYLESS,
    operator=("V2", (OTHER, SECOND)),
)


def _plant(forger: Forger) -> None:
    hand = forger.hand
    blockers = [{"code": "role", "actor": "li.na", "needs": ["secretary"], "has": []}]
    hand.append("waiting", hand.leaf("adopted", 2), blockers=blockers)
    places = forger.places()
    places.insert(places.index((hand.places["waiting"], 1)) + 1, (hand.places["waiting"], 2))
    forger.place(places)
    forger.shift = 1


forgery(
    "15 plant an entry at an old place",
    _plant,
    dba=KEYLESS,
    operator=("V2", (OTHER, ("leaf_changed", "waiting", 2), ("leaf_removed", None, None))),
)


def _move(forger: Forger) -> None:
    hand = forger.hand
    places = forger.places()
    hand.places["moved"] = "019b8d2c-7660-73d8-9173-000000000000"
    for seq in (1, 2):
        leaf = hand.leaf("rejected", seq)
        hand.run(f"DELETE FROM workflow_entry WHERE case_id = :rejected AND seq = {seq}")
        hand.put({**leaf, "case": hand.places["moved"]})
    hand.run("UPDATE workflow_case SET id = :moved WHERE id = :rejected")
    for table in ("payload", "reference"):
        hand.run(f"UPDATE workflow_{table} SET case_id = :moved WHERE case_id = :rejected")
    hand.relink("moved")
    forger.place(
        [(hand.places["moved"], seq) if case == hand.places["rejected"] else (case, seq) for case, seq in places]
    )


forgery(
    "18 move entries to another case",
    _move,
    dba=KEYLESS,
    operator=("V2", (OTHER, ("leaf_changed", "moved", 1), ("leaf_changed", "moved", 2), SECOND)),
)


def _roll_back(name: str) -> Work:
    def work(forger: Forger) -> None:
        path = forger.vault.book.path
        forger.hand.connection.commit()
        shutil.copyfile(forger.vault.folder / f"{name}.db", path)

    return work


forgery(
    "19 put back a copy from before the auditor's visit",
    _roll_back("first"),
    both=("V2", (("anchor_ahead", None, None),)),
    reseal=False,
)
forgery(
    "20 put back the copy that the auditor saw",
    _roll_back("visit"),
    both=("V3", (("anchor_ahead", None, None),)),
    reseal=False,
)


def _rewrite_all(forger: Forger) -> None:
    for place in ("large", "small", "old1"):
        count = forger.hand.all(f"SELECT max(seq) FROM workflow_entry WHERE case_id = :{place}")[0][0]
        for seq in range(1, count + 1):
            forger.hand.rewrite(place, seq, engine="workflow/0.0.9")


forgery(
    "21 rewrite everything from an entry on",
    _rewrite_all,
    dba=KEYLESS,
    operator=(
        "V2",
        (
            OTHER,
            *(("leaf_changed", "large", seq) for seq in range(1, 8)),
            *(("leaf_changed", "small", seq) for seq in range(1, 5)),
            *(("leaf_changed", "old1", seq) for seq in range(1, 6)),
            SECOND,
        ),
    ),
)


def _own_key(forger: Forger) -> None:
    own = forger.own_key()
    forger.claim_anew()
    forger.reseal(own)


forgery(
    "22 replace the key and sign anew",
    _own_key,
    both=KEYLESS,
    reseal=False,
)
forgery(
    "23 delete all checkpoints",
    lambda forger: [forger.hand.run(f"DELETE FROM workflow_{table}") for table in ("checkpoint", "cosignature")],
    both=("V1", (("checkpoint_missing", None, None),)),
    reseal=False,
)


def _another_size(forger: Forger) -> None:
    forger.hand.run("UPDATE workflow_checkpoint SET size = 52 WHERE size = 51")


def _another_size_inside(forger: Forger) -> None:
    forger.hand.run(
        "UPDATE workflow_checkpoint SET size = 52, note = replace(note, char(10) || '51', char(10) || '52') "
        "WHERE size = 51"
    )


forgery("24 change the size of a checkpoint", _another_size, both=("V0", (("checkpoint", None, None),)), reseal=False)
forgery(
    "24 change the size of a checkpoint, in its text as well",
    _another_size_inside,
    both=("V0", (("checkpoint", None, None),)),
    reseal=False,
)


def _definition(forger: Forger) -> None:
    """Another text of a definition, under its own digest, in every entry and row that names it."""
    hand = forger.hand
    digest, body = hand.all("SELECT digest, body FROM workflow_definition WHERE name = 'proposal'")[0]
    other = body.replace("建议办公室".encode(), "建议委员会".encode())
    assert other != body
    new = hashlib.sha256(other).hexdigest()
    hand.run(
        "UPDATE workflow_definition SET digest = :new, body = :body WHERE digest = :old",
        new=new,
        body=other,
        old=digest,
    )
    hand.run("UPDATE workflow_case SET digest = :new WHERE digest = :old", new=new, old=digest)
    names = {number: name for name, number in hand.places.items()}
    rows = hand.all("SELECT case_id, seq, leaf FROM workflow_entry ORDER BY case_id, seq")
    for case, seq, leaf in rows:
        if orjson.loads(leaf).get("def") == digest:
            hand.rewrite(names[case], seq, def_=new)


forgery(
    "26 change the text of a definition and its digest everywhere",
    _definition,
    dba=KEYLESS,
    operator=("V2", (OTHER,)),
)


def _split(forger: Forger) -> None:
    """One log for the auditor, another one for everybody else, both of them signed."""
    forger.hand.rewrite("other", 1, engine="workflow/0.0.9")


forgery(
    "41 show another log to somebody",
    _split,
    dba=KEYLESS,
    operator=("V3", (OTHER, ("leaf_changed", "other", 1), ("leaf_changed", "store", 5))),
)
