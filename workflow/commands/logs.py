"""Logging to standard error, by structlog's formatter. Only the command line sets it up; the library never does."""

from __future__ import annotations

import logging
import sys

import structlog


def configure(form: str, verbosity: int) -> None:
    """Show what the engine logs: `console` for people, `json` for machines; one `-v` is INFO, two are DEBUG."""
    renderer = structlog.processors.JSONRenderer() if form == "json" else structlog.dev.ConsoleRenderer(colors=False)
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.ExtraAdder(),
            structlog.processors.TimeStamper(fmt="iso", utc=True),
        ],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logger = logging.getLogger("workflow")
    logger.handlers = [handler]
    logger.setLevel(logging.DEBUG if verbosity > 1 else logging.INFO if verbosity else logging.WARNING)
