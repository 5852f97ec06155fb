"""What the options before the command say. Light on purpose: every command line reads this, also `--help`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """The global options, read from the command line and the environment by cli.py."""

    db: str = "sqlite:///workflow.db"
    actor: str | None = None
    json: bool = False
    lang: str = "en"
    folders: tuple[Path, ...] = field(default_factory=tuple)
    quiet: bool = False
