"""The SQL of the hot path, written once and run as it stands on the driver's cursor.

The object-relational layer costs several times the transaction itself, so moving a case does without it; a test
holds every column named here against the tables.
"""

from __future__ import annotations

CASE_COLUMNS = (
    "id, reference, definition, version, digest, state, final, data, trail, submitter, created_at, updated_at, due_at, "
    "rev, head"
)
ENTRY_COLUMNS = (
    "case_id, seq, kind, transition, from_state, to_state, actor, acting_for, via, at, claimed_at, definition, "
    "conforms, key, leaf, leaf_hash"
)

READ_CASE = f"SELECT {CASE_COLUMNS} FROM workflow_case WHERE id = ?"
OPEN_CASE = f"INSERT INTO workflow_case ({CASE_COLUMNS}) VALUES ({', '.join('?' * 15)})"
MOVE_CASE = (
    "UPDATE workflow_case SET state = ?, final = ?, trail = ?, updated_at = ?, due_at = ?, rev = ?, head = ? "
    "WHERE id = ? AND rev = ?"
)
MOVE_CASE_WITH_DATA = MOVE_CASE.replace("SET ", "SET data = ?, ")
TOUCH_CASE = "UPDATE workflow_case SET updated_at = ?, rev = ?, head = ? WHERE id = ? AND rev = ?"

APPEND_ENTRY = f"INSERT INTO workflow_entry ({ENTRY_COLUMNS}) VALUES ({', '.join('?' * 16)})"
APPEND_PAYLOAD = "INSERT INTO workflow_payload (case_id, seq, name, commitment, salt, body) VALUES (?, ?, ?, ?, ?, ?)"
APPEND_PENDING = "INSERT INTO workflow_pending (case_id, seq) VALUES (?, ?)"
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

READ_DEFINITION = "SELECT body, name, version FROM workflow_definition WHERE digest = ?"
READ_VERSION = "SELECT digest FROM workflow_definition WHERE name = ? AND version = ?"
READ_LATEST = "SELECT digest FROM workflow_definition WHERE name = ? ORDER BY seq DESC LIMIT 1"
READ_DEFINITIONS = "SELECT name, version, digest, seq FROM workflow_definition ORDER BY name, seq"
ADD_DEFINITION = "INSERT INTO workflow_definition (digest, name, version, body, seq) VALUES (?, ?, ?, ?, ?)"

READ_ACTOR = "SELECT id, name FROM workflow_actor WHERE id = ?"
READ_ACTORS = "SELECT id, name FROM workflow_actor ORDER BY id"
ADD_ACTOR = "INSERT INTO workflow_actor (id, name) VALUES (?, ?)"
READ_GRANTS = "SELECT role FROM workflow_grant WHERE actor = ? ORDER BY role"
READ_ALL_GRANTS = "SELECT actor, role FROM workflow_grant ORDER BY actor, role"
ADD_GRANT = "INSERT INTO workflow_grant (actor, role) VALUES (?, ?)"
DROP_GRANT = "DELETE FROM workflow_grant WHERE actor = ? AND role = ?"

READ_REFERENCE = "SELECT case_id FROM workflow_reference WHERE reference = ?"
READ_OWN_REFERENCE = "SELECT case_id FROM workflow_reference WHERE reference = ? AND definition = ?"
ADD_REFERENCE = "INSERT INTO workflow_reference (reference, definition, case_id) VALUES (?, ?, ?)"
READ_REQUEST = "SELECT case_id FROM workflow_request WHERE definition = ? AND key = ?"
ADD_REQUEST = "INSERT INTO workflow_request (definition, key, case_id) VALUES (?, ?, ?)"
READ_PREFIX = "SELECT id FROM workflow_case WHERE id >= ? AND id < ? ORDER BY id LIMIT 6"
READ_COUNTER = "SELECT number FROM workflow_counter WHERE definition = ? AND period = ?"
SET_COUNTER = "UPDATE workflow_counter SET number = ? WHERE definition = ? AND period = ?"
ADD_COUNTER = "INSERT INTO workflow_counter (definition, period, number) VALUES (?, ?, ?)"

READ_ORIGIN = "SELECT value FROM workflow_meta WHERE name = 'origin'"
SET_ORIGIN = "INSERT INTO workflow_meta (name, value) VALUES ('origin', ?)"

READ_CHECKPOINT = "SELECT note FROM workflow_checkpoint WHERE size = (SELECT MAX(size) FROM workflow_checkpoint)"
