"""CSV: a row is a line of our own form, whose cells are texts or JSON.

A column ``score:accuracy`` is a score on that dimension, ``why:accuracy`` its justification.
"""

from collections.abc import Callable, Mapping
from typing import Any

from app.domain.feedback_forms.placing import Json, place_score

_SCORE, _WHY = "score:", "why:"
# These are what their cell says in JSON; the others are its text.
_JSON = frozenset(
    {"cannot_judge", "dimension_ratings", "messages", "metadata", "spans", "training_consent"}
    | {"turn"}
)


def line_of(cells: Mapping[str, str], *, read: Callable[[str], Any]) -> Json:
    """Return the line; ``read`` makes a cell's JSON a value, and of other texts those texts."""
    told = {name: cell for name, cell in cells.items() if cell}
    line: Json = {}
    for name, cell in told.items():
        if name.startswith(_SCORE):
            dimension = name.removeprefix(_SCORE)
            why = told.get(f"{_WHY}{dimension}")
            place_score(line, dimension, read(cell), justification=why)
        elif name in _JSON or (name == "flag" and cell.startswith("{")):
            line[name] = read(cell)
        elif not name.startswith(_WHY):
            line[name] = cell
    return line
