"""Attacks on what stands beside the entries: payloads, definitions, the directory, references and keys."""

from __future__ import annotations

import orjson

from tests.attacks import ATTACKS, attack
from tests.book import Hand
from tests.conftest import PROPOSAL
from workflow import load_text

__all__ = ["ATTACKS"]

STRANGER = "019b8d2c-7660-73d8-9173-000000000000"

attack(
    "add a payload that no leaf names",
    lambda hand: hand.commit("rejected", 2, b"{}"),
    ("payload_stray", "rejected", 2),
)
attack(
    "add a payload of another name",
    lambda hand: hand.commit("rejected", 2, b"{}", "annex"),
    ("payload_stray", "rejected", 2),
)
attack(
    "add a payload where there is no entry",
    lambda hand: hand.commit("rejected", 9, b"{}"),
    ("payload_stray", "rejected", 9),
)
attack(
    "commit to data that are not JSON",
    lambda hand: hand.rewrite("waiting", 1, data=hand.commit("waiting", 1, b"[" * 5000)),
    ("payload_malformed", "waiting", 1),
)
attack(
    "commit to data that are no fields",
    lambda hand: hand.rewrite("waiting", 1, data=hand.commit("waiting", 1, b'["title"]')),
    ("payload_malformed", "waiting", 1),
)
attack(
    "let an entry not wait for the tree",
    "DELETE FROM workflow_pending WHERE case_id = :adopted AND seq = 3",
    ("pending", "adopted", 3),
)
attack(
    "let something wait that is not there",
    "INSERT INTO workflow_pending (case_id, seq) VALUES (:adopted, 99)",
    ("pending_stray", "adopted", 99),
)

attack(
    "rename a definition",
    "UPDATE workflow_definition SET name = 'suggestion' WHERE name = 'proposal'",
    ("definition_column", "definitions", 1),
)
attack(
    "change the version of a definition",
    "UPDATE workflow_definition SET version = '0' WHERE name = 'proposal'",
    ("definition_column", "definitions", 1),
)
attack(
    "let another entry have installed a definition",
    "UPDATE workflow_definition SET seq = 7 WHERE name = 'proposal'",
    ("definition_column", "definitions", 1),
)
attack(
    "file a definition under another digest",
    "UPDATE workflow_definition SET digest = replace(digest, substr(digest, 1, 1), 'g') WHERE name = 'proposal'",
    ("definition_changed", "definitions", 1),
)
attack(
    "delete a definition",
    "DELETE FROM workflow_definition WHERE name = 'grant'",
    ("definition_missing", "definitions", 2),
)
attack(
    "add a definition that no entry installed",
    lambda hand: hand.install(load_text(PROPOSAL.replace("version: 1", "version: 2")).canonical, logged=False),
    ("definition_column", "definitions", 3),
    ("definition_column", "definitions", 3),
    ("definition_unlogged", "definitions", 3),
)
attack(
    "say that another definition was installed",
    lambda hand: hand.rewrite("definitions", 1, subject="proposal 2"),
    ("definition_subject", "definitions", 1),
)
attack(
    "install what is no definition",
    lambda hand: hand.install(b"\xff\x00"),
    ("definition_unreadable", "definitions", 3),
)


def _break_the_check(hand: Hand) -> None:
    plain = {"language": 1, "workflow": "x", "version": "1", "states": {"a": {"initial": True}, "b": {}}}
    ways = {"go": {"from": ["a", "nowhere"], "to": "b", "by": ["nobody"]}}
    digest = hand.install(orjson.dumps({**plain, "transitions": ways}))
    hand.run("DELETE FROM workflow_payload WHERE case_id = :waiting")
    hand.run("UPDATE workflow_reference SET definition = 'x' WHERE case_id = :waiting")
    hand.rewrite("waiting", 1, def_=digest, to="a", data=None)
    hand.append("waiting", hand.leaf("waiting", 1), kind="advanced", from_="a", to="b", trigger="go", reference=None)


attack("54 install a definition by which nothing can be decided", _break_the_check, ("unchecked", "waiting", 2))

attack(
    "grant a role without an entry",
    "INSERT INTO workflow_grant (actor, role) VALUES ('zhao.min', 'secretary')",
    ("grant_unlogged", "directory", None),
)
attack(
    "give back a role that was revoked",
    "INSERT INTO workflow_grant (actor, role) VALUES ('li.na', 'director')",
    ("grant_revoked", "directory", 8),
)
attack(
    "take a role away without an entry",
    "DELETE FROM workflow_grant WHERE actor = 'wang.wei' AND role = 'secretary'",
    ("grant_missing", "directory", 3),
)
attack(
    "add somebody without an entry",
    "INSERT INTO workflow_actor (id, name) VALUES ('guest', NULL)",
    ("actor_unlogged", "directory", None),
)
attack(
    "forget somebody without an entry",
    "DELETE FROM workflow_actor WHERE id = 'wang.wei'",
    ("actor_missing", "directory", 2),
)
attack(
    "rename somebody",
    "UPDATE workflow_actor SET name = 'Li N.' WHERE id = 'li.na'",
    ("actor_name", "directory", 1),
)
attack(
    "name somebody who had no name",
    "UPDATE workflow_actor SET name = '' WHERE id = 'wang.wei'",
    ("actor_name", "directory", 2),
)


def _revoke(hand: Hand) -> None:
    hand.append("directory", hand.leaf("directory", 8), role="treasurer")
    hand.run("INSERT INTO workflow_grant (actor, role) VALUES ('li.na', 'treasurer')")


attack(
    "revoke a role that nobody had",
    _revoke,
    ("fold", "directory", 9),
    ("grant_unlogged", "directory", None),
)
attack(
    "grant a role to a stranger",
    lambda hand: hand.append("directory", hand.leaf("directory", 3), subject="guest"),
    ("fold", "directory", 9),
)
attack(
    "grant a role twice",
    lambda hand: hand.append("directory", hand.leaf("directory", 3)),
    ("fold", "directory", 9),
)
attack(
    "add somebody twice",
    lambda hand: hand.append("directory", hand.leaf("directory", 2)),
    ("fold", "directory", 9),
)


def _forget_a_name(hand: Hand) -> None:
    hand.run("UPDATE workflow_payload SET salt = NULL, body = NULL WHERE case_id = :directory")
    hand.run("UPDATE workflow_actor SET name = NULL WHERE id = 'li.na'")


attack("destroy a name", _forget_a_name, ("payload_missing", "directory", 1))

attack(
    "give a reference to another case",
    f"UPDATE workflow_reference SET case_id = '{STRANGER}' WHERE case_id = :waiting",
    ("reference", "waiting", 1),
    ("reference_unlogged", STRANGER, None),
)
attack(
    "forget a reference",
    "DELETE FROM workflow_reference WHERE case_id = :waiting",
    ("reference_missing", "waiting", 1),
)
attack(
    "take a reference for no case",
    "INSERT INTO workflow_reference (reference, definition, case_id) VALUES ('X-1', 'proposal', :waiting)",
    ("reference_unlogged", "waiting", None),
)
attack(
    "give a key to another case",
    f"UPDATE workflow_request SET case_id = '{STRANGER}'",
    ("request", "adopted", 1),
    ("request_unlogged", STRANGER, None),
)
attack("forget a key", "DELETE FROM workflow_request", ("request_missing", "adopted", 1))
attack(
    "take a key for no request",
    "INSERT INTO workflow_request (definition, key, case_id) VALUES ('proposal', 'two', :adopted)",
    ("request_unlogged", "adopted", None),
)
