"""A sample that whoever runs the store cannot steer and the auditor can draw again.

The sample of a nonce is the entries with the smallest SHA-256(nonce ‖ leaf hash): the nonce as UTF-8, the hash as 32
bytes. Chosen after the log was written, the nonce decides; the same nonce over the same entries gives the same sample.
"""

from __future__ import annotations

import hashlib
import heapq

from workflow.store.placed import Placed


class Sample:
    """The `size` entries with the smallest hashes of all that were taken."""

    def __init__(self, nonce: str, size: int) -> None:
        self.nonce = nonce
        self.size = size
        self.population = 0
        self._seed = nonce.encode("utf-8")
        self._heap: list[tuple[int, int, Placed]] = []

    def take(self, placed: Placed) -> None:
        """One more entry of the population."""
        self.population += 1
        rank = -int.from_bytes(hashlib.sha256(self._seed + placed.entry.hash).digest(), "big")
        # The number of the entry keeps two equal ranks apart; it never decides otherwise.
        item = (rank, -self.population, placed)
        if len(self._heap) < self.size:
            heapq.heappush(self._heap, item)
        elif self._heap and item > self._heap[0]:
            heapq.heapreplace(self._heap, item)

    def drawn(self) -> list[tuple[str, Placed]]:
        """The sample by rank: each entry behind its SHA-256 in hex."""
        return [(f"{-rank:064x}", placed) for rank, _, placed in sorted(self._heap, reverse=True)]
