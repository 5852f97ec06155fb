"""The campaigns take minutes, so they are collected only when they are asked for by `pytest tests/soak --soak`."""

from __future__ import annotations

from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--soak", action="store_true", help="run the long campaigns")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    # Without the option they do not exist: no skips among the results of every run.
    return None if config.getoption("--soak", default=False) else True
