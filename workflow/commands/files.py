"""Files that a command writes: each appears whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO, cast

from workflow.commands.output import Harmless
from workflow.errors import InputError


@contextmanager
def target(output: str) -> Iterator[TextIO]:
    """A text stream to the file of that name, or to standard output for `-`. Raises InputError."""
    if output == "-":
        yield cast(TextIO, Harmless())
        return
    path = Path(output)
    if "\x00" in output or not path.name or path.is_dir():
        raise InputError("unwritable_file", file=output, problem="not the name of a file")
    draft = path.with_name(f".{path.name}.part")
    try:
        with draft.open("w", encoding="utf-8", newline="") as stream:
            yield stream
        draft.replace(path)
    except OSError as error:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise InputError("unwritable_file", file=output, problem=error.strerror or str(error)) from None
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
