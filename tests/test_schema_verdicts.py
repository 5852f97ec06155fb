"""The JSON Schema and the loader give the same verdict, so that an editor never disagrees with the program."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from tests.schemas import VALIDATOR, loads
from tests.test_loading import DEFINITIONS
from workflow.definition.loading import definition_files, load
from workflow.definition.model import Definition, from_canonical
from workflow.definition.tree import read_tree

SHIPPED = definition_files(Path(__file__).parents[1] / "definitions")
PLAIN = {path.stem: read_tree(path.read_bytes(), path.name).plain() for path in SHIPPED}


@pytest.mark.parametrize("name", PLAIN)
def test_the_shipped_definitions_are_good_by_both(name: str) -> None:
    assert [error.message for error in VALIDATOR.iter_errors(PLAIN[name])] == []
    # What stands for a parameter, and what a variant takes over, is there only when the file is read whole.
    [path] = [each for each in SHIPPED if each.stem == name]
    assert load(path).workflow == PLAIN[name]["workflow"]


BASE = """\
workflow: note
version: 1
states:
  draft: {initial: true}
  gone:
transitions:
  drop: {from: draft, to: gone, by: anyone}
"""

# A change to a good definition: what takes the place of which line.
GOOD = {
    "version: 1": [
        'version: "1"',
        "version: 1.10",
        "version: -1",
        "version: 2026-01-31",
        "version: 1\ntitle: Note",
        "version: 1\ntitle: {en: Note}",
        "version: 1\ntitle: {en: ~, zh: 便条}",
        "version: 1\ntitle: {}",
        "version: 1\ntitle: ~",
        "version: 1\ntitle: ''",
        "version: 1\ndescription: {zh: 说明}",
        "version: 1\nsource: one",
        "version: 1\nsource: [one, two]",
        "version: 1\nsource: []",
        "version: 1\nsource:",
        "version: 1\neffective: {from: 2026-01-31}",
        "version: 1\neffective: {from: ~, to: 2026-01-31}",
        "version: 1\neffective: {}",
        "version: 1\neffective:",
        "version: 1\nreference: N-{number}",
        "version: 1\nreference:",
        "version: 1\nroles:",
        "version: 1\nroles: {}",
        "version: 1\nroles: {a: , b: {}, c: {title: C}, d: {is: submitter}, e: {did: drop}, f: {field: a_b}}",
        "version: 1\nroles: {a: {is: ~, did: ~, field: ~}}",
        "version: 1\nfields:",
        "version: 1\nfields: {a: {type: text}}",
        "version: 1\nfields: {a: {type: text, min: 0, max: 100000, title: A}}",
        "version: 1\nfields: {a: {type: text, min: ~, max: ~}}",
        "version: 1\nfields: {a: {type: text, min: 100000}}",
        "version: 1\nfields: {a: {type: text, max: 1}}",
        "version: 1\nfields: {a: {type: decimal, places: 0}}",
        "version: 1\nfields: {a: {type: choice, choices: [A]}}",
        "version: 1\nfields: {a: {type: list, of: text, min: 1000, max: 1000}}",
        "version: 1\nfields: {a: {type: list, of: text, max: 1}}",
        "version: 1\nfields: {a: {type: integer, min: -9007199254740991, max: 9007199254740991}}",
        "version: 1\nfields: {a: {type: decimal, min: 0.5, max: 7, places: 9}}",
        "version: 1\nfields: {a: {type: decimal, min: '0.5', max: '+7'}}",
        "version: 1\nfields: {a: {type: money, currency: CNY, places: 0}}",
        "version: 1\nfields: {a: {type: boolean}}",
        "version: 1\nfields: {a: {type: date, min: 2026-01-31}}",
        "version: 1\nfields: {a: {type: choice, choices: [A, 1, no, 建议]}}",
        "version: 1\nfields: {a: {type: choice, choices: {A: , 1: One, 二: {zh: 二}}}}",
        "version: 1\nfields: {a: {type: list, of: text}}",
        "version: 1\nfields: {a: {type: list, of: date, min: 0, max: 1000}}",
        "version: 1\nfields: {a: {type: list, of: {type: money, currency: EUR}}}",
        "version: 1\nfields: {a: {type: list, of: {type: choice, choices: [A]}}}",
        "version: 1\nsubmit:",
        "version: 1\nsubmit: {}",
        "version: 1\nsubmit: {by: anyone, require: a, accept: [b, c], when: 'true'}",
        "version: 1\nsubmit: {by: [], require: [], accept: [], when: []}",
        "version: 1\npanels:",
        "version: 1\npanels: {}",
        "version: 1\npanels: {p: {in: draft, of: m}}",
        "version: 1\npanels: {p: {in: [draft], of: [m, n], title: P, apart_from: [a], within: 5d, early: true}}",
        "version: 1\npanels: {p: {in: draft, members: m, quorum: {gt: 1/2}, pass: {gte: 85%, of: all, tie: chair}}}",
        "version: 1\npanels: {p: {in: draft, seats: [a, b], pass: all, reason_for: no}}",
        "version: 1\npanels: {p: {in: draft, seats: [a, b], pass: any, veto: a}}",
        "version: 1\npanels: {p: {in: draft, of: m, quorum: [{at_least: 3, of: m}, {gte: 0.5}], weights: {m: 0}}}",
        "version: 1\npanels: {p: {in: draft, of: m, composition: [{of: w, gte: 1/3, lt: 1}, {of: v, at_least: 1}]}}",
        "version: 1\npanels: {p: {in: draft, of: m, quorum: [{gt: 0}, {gte: 1}, {gte: 33.3333%}, {gte: 0.123456789}]}}",
        "version: 1\npanels: {p: {in: draft, of: m, draw: {number: 10000}, ballot: secret}}",
        "version: 1\npanels: {p: {in: draft, ballot: counted, tellers: t, electorates: a, quorum: {of: a, gt: 0}}}",
        "version: 1\npanels: {p: {in: draft, of: m, score: {a: 3, b: {max: 10, min: 5, weight: 7, title: B}}}}",
        "version: 1\npanels: {p: {in: draft, of: m, score: {a: 0.5}, result: median}}",
        "version: 1\npanels: {p: {in: draft, of: m, score: {a: 5}, result: {by: trimmed, places: 9, gt: 2, gte: '3'}}}",
        "version: 1\npanels: {p: {in: draft, of: m, elect: {among: f, seats: 2, choices: 1, more_than_seats: true}}}",
        "version: 1\nnotices:",
        "version: 1\nnotices: {n: {in: draft, for: 24h}}",
        "version: 1\nnotices: {n: {in: [draft, gone], for: 5wd, channels: wall, scope: All, shows: [a], by: [b]}}",
        "version: 1\nnotices: {n: {in: draft, for: 5wd, settled_by: a, settle_within: 2d, apart_from: b, exempt: a}}",
        "version: 1\nnotices: {n: {in: draft, for: 5wd, exempt: {check: a > 5, title: Safety}}}",
        "version: 1\ndeadlines:",
        "version: 1\ndeadlines: {d: {from: draft, until: gone, within: 60d}}",
        "version: 1\ndeadlines: {d: {from: [a, b], until: [c], stops_in: d, within: 1y, remind: [1d, 2d], title: D}}",
        "version: 1\ndeadlines: {d: {from: a, until: c, within: 1y, remind: 1d, escalate: {after: 2d, to: a}}}",
        "version: 1\ndeadlines: {d: {from: a, until: c, within: 1y, escalate: [{after: 2d, to: a}]}}",
    ],
    "  gone:": [
        "  gone: {}",
        "  gone: {final: false, title: Gone}",
        "  gone: {due: 99999wd}",
        "  gone: {due: {within: 3m, remind: 1m, escalate: {after: 4m, to: a}}}",
        "  Gone_2-x:",
        f"  {'x' * 64}:",
    ],
    "  drop: {from: draft, to: gone, by: anyone}": [
        "  drop: {from: '*', to: '=', by: anyone}",
        "  drop: {from: [draft], to: gone, by: [a], require: [b], accept: [c], when: ['true'], at_most: 1}",
        "  drop: {from: [draft, gone], to: gone, by: [a, b], apart_from: c, guard: [d], at_most: 1000000}",
        "  drop: {from: draft, to: gone, by: [], at_most: ~}",
        "  drop: [{from: draft, to: gone, by: a}, {from: '*', to: gone, by: b, title: Second}]",
        "  drop: {from: draft, to: gone, by: a, require: [reason, b], reason: true}",
        "  drop: {from: draft, to: gone, by: a, when: a > 5}",
        "  drop: {from: draft, to: gone, by: a, when: {check: a > 5, title: More}}",
        "  drop: {from: draft, to: gone, by: a, when: [a > 5, {check: a > 6}]}",
        "  drop: {from: draft, to: gone, by: a, panel: b}",
        "  drop: {from: draft, to: gone, by: a, panel: {b: rejected, c: invalid}, notice: [d]}",
        "  drop: {from: draft, to: gone, by: clock, after: 5wd, within: whole, extends: {due: 5d}}",
        "  drop: {from: draft, to: gone, by: a, panel: {}, notice: [], extends: {}, after: ~, during_objection: true}",
        "  drop: {from: gone, to: draft, by: a, reopens: true}",
    ],
    "transitions:\n  drop: {from: draft, to: gone, by: anyone}\n": ["transitions:\n", "transitions: {}\n", ""],
}
BAD = {
    "workflow: note": [
        "",
        "workflow:",
        "workflow: Note",
        "workflow: no_te",
        "workflow: -note",
        "workflow: note-",
        "workflow: 5",
        f"workflow: {'x' * 65}",
        "worflow: note",
        "workflow: note\ncolour: red",
    ],
    "version: 1": [
        "",
        "version:",
        "version: true",
        "version: ''",
        "version: [1]",
        f"version: {'1' * 65}",
        "version: 1\ntitle: 5",
        "version: 1\ntitle: [Note]",
        "version: 1\ntitle: {fr: Note}",
        "version: 1\ntitle: {en: 5}",
        f"version: 1\ntitle: {'x' * 1001}",
        f"version: 1\ntitle: {{zh: {'x' * 1001}}}",
        "version: 1\nsource: 5",
        "version: 1\nsource: [one, 2]",
        "version: 1\nsource: {a: b}",
        "version: 1\neffective: 2026-01-31",
        "version: 1\neffective: {from: 2026}",
        "version: 1\neffective: {from: yesterday}",
        "version: 1\neffective: {since: 2026-01-31}",
        "version: 1\nreference: ''",
        "version: 1\nreference: 5",
        f"version: 1\nreference: {'x' * 101}",
        "version: 1\nroles: []",
        "version: 1\nroles: {9: }",
        "version: 1\nroles: {a b: }",
        "version: 1\nroles: {a: text}",
        "version: 1\nroles: {a: {is: owner}}",
        "version: 1\nroles: {a: {relation: submitter}}",
        "version: 1\nroles: {a: {did: 'a b'}}",
        "version: 1\nroles: {a: {field: Up}}",
        "version: 1\nfields: []",
        "version: 1\nfields: {Up: {type: text}}",
        "version: 1\nfields: {a-b: {type: text}}",
        "version: 1\nfields: {a: text}",
        "version: 1\nfields: {a: }",
        "version: 1\nfields: {a: {}}",
        "version: 1\nfields: {a: {type: string}}",
        "version: 1\nfields: {a: {type: [text]}}",
        "version: 1\nfields: {a: {type: text, min: -1}}",
        "version: 1\nfields: {a: {type: text, max: 0}}",
        "version: 1\nfields: {a: {type: text, max: 100001}}",
        "version: 1\nfields: {a: {type: text, max: '5'}}",
        "version: 1\nfields: {a: {type: text, max: true}}",
        "version: 1\nfields: {a: {type: text, max: 1.5}}",
        "version: 1\nfields: {a: {type: text, places: 2}}",
        "version: 1\nfields: {a: {type: integer, max: 9007199254740992}}",
        "version: 1\nfields: {a: {type: decimal, min: low}}",
        "version: 1\nfields: {a: {type: decimal, min: '1e3'}}",
        "version: 1\nfields: {a: {type: decimal, min: true}}",
        "version: 1\nfields: {a: {type: decimal, min: [1]}}",
        "version: 1\nfields: {a: {type: decimal, places: 10}}",
        "version: 1\nfields: {a: {type: decimal, places: ~}}",
        "version: 1\nfields: {a: {type: money}}",
        "version: 1\nfields: {a: {type: money, currency: cny}}",
        "version: 1\nfields: {a: {type: money, currency: YUAN}}",
        "version: 1\nfields: {a: {type: date, min: 20260131}}",
        "version: 1\nfields: {a: {type: date, min: 31.01.2026}}",
        "version: 1\nfields: {a: {type: choice}}",
        "version: 1\nfields: {a: {type: choice, choices: []}}",
        "version: 1\nfields: {a: {type: choice, choices: {}}}",
        "version: 1\nfields: {a: {type: choice, choices: A}}",
        "version: 1\nfields: {a: {type: choice, choices: [A, A]}}",
        "version: 1\nfields: {a: {type: choice, choices: ['']}}",
        "version: 1\nfields: {a: {type: choice, choices: [~]}}",
        "version: 1\nfields: {a: {type: choice, choices: [true]}}",
        "version: 1\nfields: {a: {type: choice, choices: [1.5]}}",
        "version: 1\nfields: {a: {type: choice, choices: [[A]]}}",
        "version: 1\nfields: {a: {type: choice, choices: {A: 5}}}",
        "version: 1\nfields: {a: {type: choice, choices: {'': A}}}",
        "version: 1\nfields: {a: {type: list}}",
        "version: 1\nfields: {a: {type: list, of: money}}",
        "version: 1\nfields: {a: {type: list, of: choice}}",
        "version: 1\nfields: {a: {type: list, of: list}}",
        "version: 1\nfields: {a: {type: list, of: {type: list, of: text}}}",
        "version: 1\nfields: {a: {type: list, of: [text]}}",
        "version: 1\nfields: {a: {type: list, of: text, max: 1001}}",
        "version: 1\nfields: {a: {type: list, of: text, max: 0}}",
        "version: 1\nfields: {a: {type: list, of: text, min: 1001}}",
        "version: 1\nfields: {a: {type: list, of: text, min: -1}}",
        "version: 1\nfields: {a: {type: text, min: 100001}}",
        "version: 1\nfields: {a: {type: integer, min: -9007199254740992}}",
        "version: 1\nfields: {a: {type: decimal, places: -1}}",
        "version: 1\nsubmit: anyone",
        "version: 1\nsubmit: {by: }",
        "version: 1\nsubmit: {by: 'a b'}",
        "version: 1\nsubmit: {require: Up}",
        "version: 1\nsubmit: {require: [a, 5]}",
        "version: 1\nsubmit: {reason: true}",
        "version: 1\nsubmit: {from: draft}",
        "version: 1\npanels: []",
        "version: 1\npanels: {p: }",
        "version: 1\npanels: {'1p': {in: draft, of: m}}",
        "version: 1\npanels: {p: {of: m}}",
        "version: 1\npanels: {p: {in: [], of: m}}",
        "version: 1\npanels: {p: {in: draft, of: 5}}",
        "version: 1\npanels: {p: {in: draft, of: m, quorm: {gt: 1/2}}}",
        "version: 1\npanels: {p: {in: draft, of: m, quorum: half}}",
        "version: 1\npanels: {p: {in: draft, of: m, quorum: {gt: 2}}}",
        "version: 1\npanels: {p: {in: draft, of: m, quorum: {gt: -1}}}",
        "version: 1\npanels: {p: {in: draft, of: m, quorum: {gt: 1/0}}}",
        "version: 1\npanels: {p: {in: draft, of: m, quorum: {at_least: 0}}}",
        "version: 1\npanels: {p: {in: draft, of: m, pass: most}}",
        "version: 1\npanels: {p: {in: draft, of: m, pass: {gt: 1/2, of: everybody}}}",
        "version: 1\npanels: {p: {in: draft, of: m, pass: {gt: 1/2, tie: ''}}}",
        "version: 1\npanels: {p: {in: draft, of: m, ballot: hidden}}",
        "version: 1\npanels: {p: {in: draft, of: m, weights: {m: -1}}}",
        "version: 1\npanels: {p: {in: draft, of: m, weights: {m: 1.5}}}",
        "version: 1\npanels: {p: {in: draft, of: m, composition: {of: w, gte: 1/3}}}",
        "version: 1\npanels: {p: {in: draft, of: m, composition: [{gte: 1/3}]}}",
        "version: 1\npanels: {p: {in: draft, of: m, draw: 5}}",
        "version: 1\npanels: {p: {in: draft, of: m, draw: {number: 0}}}",
        "version: 1\npanels: {p: {in: draft, of: m, score: {}}}",
        "version: 1\npanels: {p: {in: draft, of: m, score: {A: 5}}}",
        "version: 1\npanels: {p: {in: draft, of: m, score: {a: {min: 5}}}}",
        "version: 1\npanels: {p: {in: draft, of: m, score: {a: five}}}",
        "version: 1\npanels: {p: {in: draft, of: m, score: {a: 5}, result: sum}}",
        "version: 1\npanels: {p: {in: draft, of: m, score: {a: 5}, result: {places: 10}}}",
        "version: 1\npanels: {p: {in: draft, of: m, elect: f}}",
        "version: 1\npanels: {p: {in: draft, of: m, elect: {among: f, seats: 0}}}",
        "version: 1\npanels: {p: {in: draft, of: m, within: 5}}",
        "version: 1\npanels: {p: {in: draft, of: m, within: 0d}}",
        "version: 1\nnotices: {n: {in: draft}}",
        "version: 1\nnotices: {n: {for: 5d}}",
        "version: 1\nnotices: {n: {in: draft, for: 5 days}}",
        "version: 1\nnotices: {n: {in: draft, for: 5d, exempt: true}}",
        "version: 1\nnotices: {n: {in: draft, for: 5d, settled-by: a}}",
        "version: 1\ndeadlines: {d: {from: a, until: b}}",
        "version: 1\ndeadlines: {d: {from: [], until: b, within: 5d}}",
        "version: 1\ndeadlines: {d: {from: a, until: b, within: soon}}",
        "version: 1\ndeadlines: {d: {from: a, until: b, within: 5d, escalate: {to: a}}}",
        "version: 1\ndeadlines: {d: {from: a, until: b, within: 5d, remind: 5}}",
    ],
    "  gone:": [
        "  gone: true",
        "  gone: {final: yes}",
        "  gone: {final: 1}",
        "  gone: {final: }",
        "  gone: {finl: true}",
        "  gone: {due: 5}",
        "  gone: {due: 5w}",
        "  gone: {due: {remind: 5d}}",
        "  gone: {due: [5d]}",
        "  9:",
        "  go ne:",
        "  -gone:",
        f"  {'x' * 65}:",
    ],
    "states:\n  draft: {initial: true}\n  gone:\n": ["", "states:\n", "states: {}\n", "states: [draft, gone]\n"],
    "  drop: {from: draft, to: gone, by: anyone}": [
        "  drop:",
        "  drop: []",
        "  drop: gone",
        "  drop: {from: draft, to: gone}",
        "  drop: {from: draft, by: anyone}",
        "  drop: {to: gone, by: anyone}",
        "  drop: {from_: draft, to: gone, by: anyone}",
        "  drop: {from: [], to: gone, by: anyone}",
        "  drop: {from: ['*'], to: gone, by: anyone}",
        "  drop: {from: '=', to: gone, by: anyone}",
        "  drop: {from: ~, to: gone, by: anyone}",
        "  drop: {from: draft, to: '*', by: anyone}",
        "  drop: {from: draft, to: [gone], by: anyone}",
        "  drop: {from: draft, to: gone, by: 5}",
        "  drop: {from: draft, to: gone, by: [a, [b]]}",
        "  drop: {from: draft, to: gone, by: a, at_most: 0}",
        "  drop: {from: draft, to: gone, by: a, at_most: 1000001}",
        "  drop: {from: draft, to: gone, by: a, reason: because}",
        "  drop: {from: draft, to: gone, by: a, when: ~}",
        "  drop: {from: draft, to: gone, by: a, when: ''}",
        "  drop: {from: draft, to: gone, by: a, when: true}",
        "  drop: {from: draft, to: gone, by: a, when: [5]}",
        "  drop: {from: draft, to: gone, by: a, when: {}}",
        "  drop: {from: draft, to: gone, by: a, when: {check: a, titel: b}}",
        "  drop: {from: draft, to: gone, by: a, when: [[a]]}",
        f"  drop: {{from: draft, to: gone, by: a, when: {'x' * 2001}}}",
        "  drop: {from: draft, to: gone, by: a, panel: [b]}",
        "  drop: {from: draft, to: gone, by: a, panel: {b: yes}}",
        "  drop: {from: draft, to: gone, by: a, panel: {b: lapsed}}",
        "  drop: {from: draft, to: gone, by: a, after: 5 d}",
        "  drop: {from: draft, to: gone, by: a, within: 5}",
        "  drop: {from: draft, to: gone, by: a, extends: 5d}",
        "  drop: {from: draft, to: gone, by: a, extends: {due: due}}",
        "  drop: {from: draft, to: gone, by: a, reopens: always}",
        "  drop: [{from: draft, to: gone, by: a}, 5]",
        "  drop: [[{from: draft, to: gone, by: a}]]",
        "  9: {from: draft, to: gone, by: a}",
    ],
    "transitions:\n  drop: {from: draft, to: gone, by: anyone}\n": ["transitions: []\n", "transitions: 5\n"],
}
# What a schema cannot say, or says of what an editor cannot tell apart.
ONLY_THE_LOADER_REFUSES = {
    "version: 1": [
        "version: 1\nfields: {a: {type: integer, min: 5, max: 2}}",
        "version: 1\nfields: {a: {type: date, min: 2026-02-30}}",
        "version: 1\nfields: {a: {type: choice, choices: [1, '1']}}",
        "version: 1\nfields: {a: {type: decimal, min: 1.0e99}}",
        "version: 1\npanels: {p: {in: draft}}",
        "version: 1\npanels: {p: {in: draft, of: m, members: f}}",
        "version: 1\npanels: {p: {in: draft, ballot: counted}}",
        "version: 1\npanels: {p: {in: draft, of: m, tellers: t}}",
        "version: 1\npanels: {p: {in: draft, of: m, electorates: [a]}}",
        "version: 1\npanels: {p: {in: draft, ballot: counted, tellers: t, veto: v}}",
        "version: 1\npanels: {p: {in: draft, ballot: counted, tellers: t, pass: {gt: 1/2, tie: chair}}}",
        "version: 1\npanels: {p: {in: draft, of: m, ballot: secret, veto: m}}",
        "version: 1\npanels: {p: {in: draft, of: m, ballot: secret, weights: {m: 2}}}",
        "version: 1\npanels: {p: {in: draft, of: m, ballot: secret, pass: {gt: 1/2, tie: m}}}",
        "version: 1\npanels: {p: {in: draft, of: m, into: f}}",
        "version: 1\npanels: {p: {in: draft, of: m, score: {a: 5}, pass: all}}",
        "version: 1\npanels: {p: {in: draft, seats: [m], score: {a: 5}}}",
        "version: 1\npanels: {p: {in: draft, of: m, elect: {among: f}, veto: m}}",
        "version: 1\npanels: {p: {in: draft, members: f, draw: {number: 2}}}",
        "version: 1\npanels: {p: {in: draft, of: m, score: {a: {max: 5, min: 6}}}}",
        "version: 1\npanels: {p: {in: draft, of: m, quorum: {}}}",
        "version: 1\npanels: {p: {in: draft, of: m, quorum: {gt: 1/2, gte: 1/2}}}",
        "version: 1\npanels: {p: {in: draft, of: m, quorum: {gt: 101%}}}",
        "version: 1\npanels: {p: {in: draft, of: m, quorum: {gt: 3/2}}}",
        "version: 1\ndeadlines: {d: {from: a, until: [b, a], within: 5d}}",
        "version: 1\ndeadlines: {d: {from: a, until: b, stops_in: b, within: 5d}}",
    ],
}


def changed(changes: dict[str, list[str]]) -> list[Any]:
    """Every change as a tree, named by what it puts in place."""
    found = []
    for old, several in changes.items():
        assert BASE.count(old) == 1, old
        for new in several:
            found.append(
                pytest.param(read_tree(BASE.replace(old, new).encode(), "").plain(), id=new[-70:] or "nothing")
            )
    return found


def test_the_definition_that_is_changed_is_good() -> None:
    plain = read_tree(BASE.encode(), "").plain()
    assert VALIDATOR.is_valid(plain)
    assert loads(plain)


@pytest.mark.parametrize("plain", changed(GOOD))
def test_a_good_definition_is_good_by_both(plain: Any) -> None:
    assert loads(plain)
    assert [error.message for error in VALIDATOR.iter_errors(plain)] == []


@pytest.mark.parametrize("plain", changed(GOOD))
def test_a_good_definition_comes_back_from_its_canonical_form(plain: Any) -> None:
    definition = Definition.model_validate(plain)
    again = from_canonical(definition.canonical)
    assert again == definition
    assert again.digest == definition.digest


@pytest.mark.parametrize("plain", changed(BAD))
def test_a_bad_definition_is_bad_by_both(plain: Any) -> None:
    assert not loads(plain)
    assert not VALIDATOR.is_valid(plain)


@pytest.mark.parametrize("plain", changed(ONLY_THE_LOADER_REFUSES))
def test_what_a_schema_cannot_say_the_loader_does(plain: Any) -> None:
    assert not loads(plain)
    assert VALIDATOR.is_valid(plain)


@pytest.mark.parametrize("plain", [None, [], "note", 5, True, {}])
def test_what_is_no_mapping_of_keys_is_bad_by_both(plain: Any) -> None:
    assert not loads(plain)
    assert not VALIDATOR.is_valid(plain)


@given(DEFINITIONS)
def test_any_definition_is_good_by_both(plain: dict[str, Any]) -> None:
    assert loads(plain)
    assert VALIDATOR.is_valid(plain)
