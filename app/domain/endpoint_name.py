"""The Model Service's names of endpoints, which it makes from model ids and which lose some.

``/`` becomes ``--``, ``_`` becomes ``-`` and dots go; the first 50 characters of that, ``-``
and eight hexadecimal digits are cut to 50 again, and ``-`` and a stamp ``YYYYMMDDHHMM``
follow. So a name does not tell the id, but it tells which ids cannot be meant.
"""

import re
from collections.abc import Iterable

_LONGEST = 50
_BY_RULE = re.compile(r"(?P<body>.+)-\d{12}", re.DOTALL)
_HEX = re.compile(r"[0-9a-f]{0,8}")


def name_body(model_id: str) -> str:
    """Return the part of an endpoint's name that the model id decides."""
    return model_id.replace("/", "--").replace("_", "-").replace(".", "")[:_LONGEST]


def likely_names(names: Iterable[str], *, model_id: str) -> list[str]:
    """Return the names that may serve ``model_id``, the likeliest first.

    Names made by the rule come before names that only begin like it, which people chose;
    among equals the latest stamp wins.
    """
    ranked = [(_likeness(name, model_id), _stamp(name), name) for name in names]
    return [name for likeness, _, name in sorted(ranked, reverse=True) if likeness]


def _likeness(name: str, model_id: str) -> int:
    """Return 2 for a name made by the rule, 1 for one that begins alike, else 0."""
    beginning, name = name_body(model_id).lower(), name.lower()
    match = _BY_RULE.fullmatch(name)
    if match and _is_cut_from(match["body"], f"{beginning}-"):
        return 2
    return int(bool(beginning) and name.startswith(beginning))


def _is_cut_from(body: str, beginning: str) -> bool:
    """Say whether ``body`` is ``beginning`` and eight hexadecimal digits, cut to 50."""
    if len(body) != min(_LONGEST, len(beginning) + 8):
        return False
    digits = body[len(beginning) :]
    return body.startswith(beginning[:_LONGEST]) and bool(_HEX.fullmatch(digits))


def _stamp(name: str) -> str:
    return name[-12:] if _BY_RULE.fullmatch(name) else ""
