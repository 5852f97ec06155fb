"""The SQL of the hot path, written once, with `?` for a value, and run on the driver's cursor.

Every database of ours understands it; no more than the marks is changed for one. The object-relational layer costs
several times the transaction itself, so moving a case does without it; a test holds every column named here against
the tables.
"""

from __future__ import annotations

from workflow.log.entry import STREAMS

CASE_COLUMNS = (
    "id, reference, definition, version, digest, state, final, data, trail, submitter, created_at, updated_at, due_at, "
    "rev, head, proceedings, next_at"
)
ENTRY_COLUMNS = (
    "case_id, seq, kind, transition, from_state, to_state, actor, acting_for, via, at, claimed_at, definition, "
    "conforms, key, leaf, leaf_hash"
)

READ_CASE = f"SELECT {CASE_COLUMNS} FROM workflow_case WHERE id = ?"
OPEN_CASE = f"INSERT INTO workflow_case ({CASE_COLUMNS}) VALUES ({', '.join('?' * 17)})"
MOVE_CASE = (
    "UPDATE workflow_case SET state = ?, final = ?, trail = ?, updated_at = ?, due_at = ?, rev = ?, head = ? "
    "WHERE id = ? AND rev = ?"
)
MOVE_CASE_WITH_DATA = MOVE_CASE.replace("SET ", "SET data = ?, ")
MOVE_CASE_WITH_ALL = MOVE_CASE.replace("SET ", "SET data = ?, proceedings = ?, next_at = ?, ")
TOUCH_CASE = "UPDATE workflow_case SET updated_at = ?, rev = ?, head = ? WHERE id = ? AND rev = ?"

APPEND_ENTRY = f"INSERT INTO workflow_entry ({ENTRY_COLUMNS}) VALUES ({', '.join('?' * 16)})"
APPEND_PAYLOAD = "INSERT INTO workflow_payload (case_id, seq, name, commitment, salt, body) VALUES (?, ?, ?, ?, ?, ?)"
APPEND_PENDING = "INSERT INTO workflow_pending (case_id, seq) VALUES (?, ?)"
READ_TIMED = (
    "SELECT next_at, id FROM workflow_case WHERE next_at <= ? AND (next_at, id) > (?, ?) ORDER BY next_at, id LIMIT ?"
)
READ_SEALED = "SELECT seq, body FROM workflow_payload WHERE case_id = ? AND seq = ? AND name = 'data'"
DESTROY_PAYLOAD = "UPDATE workflow_payload SET salt = NULL, body = NULL WHERE case_id = ? AND seq = ? AND name = ?"
OCCUPY_ENTRY = (
    "INSERT INTO workflow_entry (case_id, seq, kind, actor, via, at, leaf, leaf_hash) "
    "VALUES (?, ?, '', '', '', '', ?, ?)"
)
READ_HASH = "SELECT leaf_hash FROM workflow_entry WHERE case_id = ? AND seq = ?"
READ_HEAD = "SELECT seq, leaf_hash, at FROM workflow_entry WHERE case_id = ? ORDER BY seq DESC LIMIT 1"
READ_HASH = "SELECT leaf_hash, at FROM workflow_entry WHERE case_id = ? AND seq = ?"
READ_LEAF = "SELECT leaf FROM workflow_entry WHERE case_id = ? AND seq = ?"
READ_LEAVES = "SELECT seq, leaf, leaf_hash FROM workflow_entry WHERE case_id = ? AND seq > ? ORDER BY seq LIMIT ?"
READ_PAYLOADS = "SELECT seq, name, body FROM workflow_payload WHERE case_id = ? AND seq > ? AND seq <= ?"
READ_SALTED = "SELECT name FROM workflow_payload WHERE case_id = ? AND seq = ? AND salt IS NOT NULL ORDER BY name"
DESTROY_PAYLOAD = "UPDATE workflow_payload SET salt = NULL, body = NULL WHERE case_id = ? AND seq = ? AND name = ?"
FORGET_FIELDS = "UPDATE workflow_case SET data = ? WHERE id = ? AND rev = ?"
FORGET_NAME = "UPDATE workflow_actor SET name = NULL WHERE id = ?"
READ_BY_KEY = "SELECT seq FROM workflow_entry WHERE case_id = ? AND key = ?"

READ_DISCLOSED = (
    "SELECT leaf FROM workflow_entry WHERE case_id = ? AND kind = 'disclosed' AND actor = ? AND at >= ? ORDER BY seq"
)

READ_DEFINITION = "SELECT body, name, version FROM workflow_definition WHERE digest = ?"
READ_VERSION = "SELECT digest FROM workflow_definition WHERE name = ? AND version = ?"
READ_LATEST = "SELECT digest FROM workflow_definition WHERE name = ? ORDER BY seq DESC LIMIT 1"
READ_DEFINITIONS = "SELECT name, version, digest, seq FROM workflow_definition ORDER BY name, seq"
READ_INSTALLED = (
    "SELECT e.at FROM workflow_definition d JOIN workflow_entry e ON e.seq = d.seq "
    f"WHERE d.name = ? AND e.case_id = '{STREAMS['definitions']}' ORDER BY d.seq LIMIT 1"
)
ADD_DEFINITION = "INSERT INTO workflow_definition (digest, name, version, body, seq) VALUES (?, ?, ?, ?, ?)"

READ_ACTOR = "SELECT id, name FROM workflow_actor WHERE id = ?"
READ_ACTORS = "SELECT id, name FROM workflow_actor ORDER BY id"
ADD_ACTOR = "INSERT INTO workflow_actor (id, name) VALUES (?, ?)"
READ_GRANTS = "SELECT role FROM workflow_grant WHERE actor = ? ORDER BY role"
READ_ALL_GRANTS = "SELECT actor, role FROM workflow_grant ORDER BY actor, role"
READ_HOLDERS = "SELECT actor FROM workflow_grant WHERE role = ? ORDER BY actor"
ADD_GRANT = "INSERT INTO workflow_grant (actor, role) VALUES (?, ?)"
DROP_GRANT = "DELETE FROM workflow_grant WHERE actor = ? AND role = ?"

AWARD_COLUMNS = "case_id, seq, line, definition, award, person, kind, amount, currency, pool, period, at"
ADD_AWARD = f"INSERT INTO workflow_award ({AWARD_COLUMNS}) VALUES ({', '.join('?' * 12)})"
READ_AWARDS = f"SELECT {AWARD_COLUMNS} FROM workflow_award WHERE case_id = ? AND seq = ? ORDER BY line"
READ_POOL = "SELECT spent FROM workflow_pool WHERE name = ? AND period = ?"
ADD_POOL = "INSERT INTO workflow_pool (name, period, spent) VALUES (?, ?, ?)"
SET_POOL = "UPDATE workflow_pool SET spent = ? WHERE name = ? AND period = ? AND spent = ?"

DELEGATION_COLUMNS = "number, principal, deputy, roles, since, until"
ADD_DELEGATION = f"INSERT INTO workflow_delegation ({DELEGATION_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)"
READ_IN_FORCE = (
    "SELECT number, roles FROM workflow_delegation WHERE deputy = ? AND principal = ? AND since <= ? AND until > ? "
    "ORDER BY number"
)
READ_DELEGATION = f"SELECT {DELEGATION_COLUMNS} FROM workflow_delegation WHERE number = ?"
READ_DELEGATIONS = f"SELECT {DELEGATION_COLUMNS} FROM workflow_delegation ORDER BY number"
DROP_DELEGATION = "DELETE FROM workflow_delegation WHERE number = ?"
ADD_LINK = "INSERT INTO workflow_link (case_id, link, other_id, seq) VALUES (?, ?, ?, ?)"
READ_LINKED = (
    "SELECT l.link, c.state FROM workflow_link l JOIN workflow_case c ON c.id = l.other_id WHERE l.case_id = ? "
    "ORDER BY l.seq"
)
COUNT_SUBCASES = (
    "SELECT COUNT(*) FROM workflow_link l JOIN workflow_case c ON c.id = l.other_id "
    "WHERE l.case_id = ? AND l.link = 'subcase' AND c.final = 0"
)
READ_LINKS_TO = "SELECT case_id, link FROM workflow_link WHERE other_id = ? ORDER BY case_id, link"
ADD_MARK = "INSERT INTO workflow_mark (person, mark, case_id, seq, since, until) VALUES (?, ?, ?, ?, ?, ?)"
END_MARK = "UPDATE workflow_mark SET until = ? WHERE person = ? AND mark = ? AND (until IS NULL OR until > ?)"
READ_MARKS = (
    "SELECT DISTINCT mark FROM workflow_mark WHERE person = ? AND since <= ? AND (until IS NULL OR until > ?) "
    "ORDER BY mark"
)
READ_RECORD = (
    "SELECT mark, case_id, seq, since, until FROM workflow_mark WHERE person = ? ORDER BY since, mark, case_id"
)

READ_REFERENCE = "SELECT case_id FROM workflow_reference WHERE reference = ?"
READ_OWN_REFERENCE = "SELECT case_id FROM workflow_reference WHERE reference = ? AND definition = ?"
ADD_REFERENCE = "INSERT INTO workflow_reference (reference, definition, case_id) VALUES (?, ?, ?)"
READ_REQUEST = "SELECT case_id FROM workflow_request WHERE definition = ? AND key = ?"
ADD_REQUEST = "INSERT INTO workflow_request (definition, key, case_id) VALUES (?, ?, ?)"
READ_PREFIX = "SELECT id FROM workflow_case WHERE id >= ? AND id < ? ORDER BY id LIMIT 6"
READ_COUNTER = "SELECT number FROM workflow_counter WHERE definition = ? AND period = ?"
MOVE_COUNTER = "UPDATE workflow_counter SET number = number + 1 WHERE definition = ? AND period = ?"
SET_COUNTER = "UPDATE workflow_counter SET number = ? WHERE definition = ? AND period = ?"
ADD_COUNTER = "INSERT INTO workflow_counter (definition, period, number) VALUES (?, ?, ?)"

READ_ORIGIN = "SELECT value FROM workflow_meta WHERE name = 'origin'"
SET_ORIGIN = "INSERT INTO workflow_meta (name, value) VALUES ('origin', ?)"

READ_CHECKPOINT = "SELECT note FROM workflow_checkpoint WHERE size = (SELECT MAX(size) FROM workflow_checkpoint)"
