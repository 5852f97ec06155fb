"""Text inside XML: nothing in it is read as markup, and no character that XML cannot hold gets through."""

from __future__ import annotations

from workflow.audit.export.content import visible

_ENTITIES = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&apos;",
    # Within an attribute a reader would make spaces of these.
    "\t": "&#9;",
    "\n": "&#10;",
    "\r": "&#13;",
}
_TABLE = str.maketrans(_ENTITIES)


def escaped(text: str) -> str:
    """The text as the value of an attribute, without its quotes."""
    return visible(text).translate(_TABLE)


def element(name: str, /, **attributes: str) -> str:
    """An empty element. `class_` is the attribute `class`."""
    said = "".join(f' {key.rstrip("_")}="{escaped(value)}"' for key, value in attributes.items())
    return f"<{name}{said}/>"
