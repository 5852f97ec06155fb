"""The cases whose timelines the page shows: those of the sample, then those that moved last."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import islice

from workflow.audit.page.facts import Facts
from workflow.audit.page.records import ENTRIES
from workflow.audit.page.render import Timeline
from workflow.definition.model import Definition
from workflow.errors import StoreError
from workflow.log.entry import STREAM_NAMES
from workflow.rules.record import Entry
from workflow.store.database import Store


def timelines(
    store: Store, facts: Facts, definitions: Mapping[str, Definition], show: Callable[[Entry], Entry]
) -> list[Timeline]:
    """Each case as it stands with its first entries, up to a limit. A case that cannot be read is left out.

    `show` gives of an entry what everybody may see.
    """
    wanted = [placed.entry.case for _, placed in facts.sample.drawn() if placed.entry.case not in STREAM_NAMES]
    found: list[Timeline] = []
    with store.reading() as unit:
        for number in dict.fromkeys([*wanted, *(line.case for line in facts.recent)]):
            try:
                case = unit.case(number)
                if case is None or case.definition.digest not in definitions:
                    continue
                entries = [show(entry) for entry in islice(unit.entries(number), ENTRIES)]
            except StoreError:
                continue
            found.append((case, definitions[case.definition.digest], entries, case.rev))
    return found
