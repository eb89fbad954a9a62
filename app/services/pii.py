"""Personal data on its way out: rows that leave for training are masked, or stay."""

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from app.clients.masking import mask
from app.domain.privacy import Pii

# The digits of our ids could be read as something else's.
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# Why a row is dropped from training data.
PERSONAL_DATA = "personal_data"


@dataclass(frozen=True, slots=True)
class Masked:
    """What a row has become; ``masks`` are ``{field, kind, count}``, of each what was covered.

    ``value`` is None where the row is to stay.
    """

    value: Any
    masks: list[dict[str, Any]]


def protect(value: Any, *, pii: Pii) -> Masked:
    """Return a JSON value as it may leave: its texts masked, or None where it is to be dropped.

    Keys of objects are fields of ours and stay; the stored row is not changed.
    """
    if pii is Pii.OFF:
        return Masked(value, [])
    found: Counter[tuple[str, str]] = Counter()
    covered = _covered(value, "", found)
    masks = [
        {"field": field, "kind": kind, "count": count}
        for (field, kind), count in sorted(found.items())
    ]
    return Masked(None if masks and pii is Pii.DROP else covered, masks)


def _covered(value: Any, field: str, found: Counter[tuple[str, str]]) -> Any:
    if isinstance(value, str):
        if _ID.fullmatch(value):
            return value
        text, findings = mask(value)
        found.update((field, one.kind) for one in findings)
        return text
    if isinstance(value, dict):
        return {name: _covered(one, _under(field, name), found) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_covered(one, field, found) for one in value]
    return value


def _under(field: str, name: str) -> str:
    return f"{field}.{name}" if field else name
