"""A progress bar on standard error, by Rich: how far, how fast, how long still."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn


class Bar:
    """Counts bytes of a file of known size (0: unknown)."""

    def __init__(self, size: int) -> None:
        self._progress = Progress(
            TextColumn("{task.percentage:>3.0f}%"),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._progress.add_task("", total=size or None)
        self._progress.start()

    def advance(self, size: int) -> None:
        """So many bytes more."""
        self._progress.advance(self._task, size)

    def close(self) -> None:
        """Take the bar away."""
        self._progress.stop()


class Count:
    """Counts things of a known number."""

    def __init__(self, what: str) -> None:
        self._progress = Progress(
            TextColumn(f"{what} {{task.completed:,.0f}}"),
            BarColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._progress.add_task("", total=None)
        self._progress.start()

    def __call__(self, done: int, total: int) -> None:
        """So many of so many are done."""
        self._progress.update(self._task, completed=done, total=total or None)

    def close(self) -> None:
        """Take the bar away."""
        self._progress.stop()
