"""Files that appear whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from workflow.errors import InputError


@contextmanager
def drafted(*outputs: str) -> Iterator[list[Path]]:
    """A file beside each of `outputs` to write to. All take their places when the block ends well, the first one last.

    None of them stays when it does not. Raises InputError when they cannot be written.
    """
    paths = [Path(output) for output in outputs]
    for path, output in zip(paths, outputs, strict=True):
        if "\x00" in output or not path.name or path.is_dir():
            raise InputError("unwritable_file", file=output, problem="not the name of a file")
    drafts = [path.with_name(f".{path.name}.part") for path in paths]
    try:
        yield drafts
        for draft, path in zip(drafts[::-1], paths[::-1], strict=True):
            draft.replace(path)
    except OSError as error:
        raise InputError("unwritable_file", file=outputs[0], problem=error.strerror or str(error)) from None
    finally:
        for draft in drafts:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
