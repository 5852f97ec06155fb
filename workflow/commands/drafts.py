"""Files that appear whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from workflow.errors import InputError


@contextmanager
def drafted(output: str) -> Iterator[Path]:
    """A file beside `output` to write to, which takes its place when the block ends well and vanishes when it does not.

    Raises InputError when the file cannot be written.
    """
    path = Path(output)
    if "\x00" in output or not path.name or path.is_dir():
        raise InputError("unwritable_file", file=output, problem="not the name of a file")
    draft = path.with_name(f".{path.name}.part")
    try:
        yield draft
        draft.replace(path)
    except OSError as error:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise InputError("unwritable_file", file=output, problem=error.strerror or str(error)) from None
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
