"""Selections as JSON, in the words of who asks for a version, which keeps what it was made of.

What asks nothing is left out.
"""

from datetime import datetime
from typing import Any

from app.domain.selection import Selection

INCLUDE, EXCLUDE = "include", "exclude"
_TIMES = ("since", "until")


def as_json(selection: Selection) -> dict[str, Any]:
    """Return what is asked, by name; scores as an object."""
    asked = {name: getattr(selection, name) for name in Selection.__slots__}
    del asked["model_id"]
    said = {name: value for name, value in asked.items() if value not in (None, ())}
    for name in _TIMES:
        if name in said:
            said[name] = said[name].isoformat()
    if "min_score" in said:
        said["min_score"] = dict(said["min_score"])
    if "tags" in said:
        said["tags"] = list(said["tags"])
    said["preferences"] = INCLUDE if selection.preferences else EXCLUDE
    return said


def from_json(model_id: str, said: dict[str, Any]) -> Selection:
    """Return the selection that ``as_json`` told."""
    given = dict(said)
    for name in _TIMES:
        if name in given:
            given[name] = datetime.fromisoformat(given[name])
    given["min_score"] = tuple(sorted(given.get("min_score", {}).items()))
    given["tags"] = tuple(given.get("tags", ()))
    # The first versions said so by true and false.
    given["preferences"] = given["preferences"] in {INCLUDE, True}
    return Selection(model_id=model_id, **given)
