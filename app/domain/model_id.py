"""Model ids: names with slashes, as Hugging Face writes them."""

import re

from app.domain.visible import UNSEEN

LONGEST_MODEL_ID = 255
# These end paths of ours (`/dataset/model/{model_id}/export`), so an id cannot end in them.
_RESERVED_LAST = frozenset({"export", "versions"})
_SEGMENT = rf" *[^/{UNSEEN}]( |[^/{UNSEEN}])*"
MODEL_ID_PATTERN = rf"^(?!(.*/)?(export|versions)$){_SEGMENT}(/{_SEGMENT})*$"
_WHOLE = re.compile(MODEL_ID_PATTERN)


def model_id_fault(value: str) -> str | None:
    """Return why ``value`` cannot be a model id, or None."""
    segments = value.split("/")
    if not value or len(value) > LONGEST_MODEL_ID:
        return f"expected 1 to {LONGEST_MODEL_ID} characters, found {len(value)}"
    if any(not segment.strip() for segment in segments):
        return "expected no empty segment between slashes"
    if segments[-1] in _RESERVED_LAST:
        return f"expected a last segment other than {segments[-1]!r}"
    if not _WHOLE.fullmatch(value):
        return "expected printable characters"
    return None
