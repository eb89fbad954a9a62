"""What may be said about privacy per model: personal data in exports, and how long what is kept."""

from dataclasses import dataclass
from enum import StrEnum


class Pii(StrEnum):
    """What becomes of training rows with personal data in them."""

    OFF = "off"
    MASK = "mask"
    DROP = "drop"


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyRules:
    """``*_days``: how long something is kept; None: for ever.

    ``texts`` are prompts and answers that nobody gave feedback on, ``raw`` what the model side
    sent and was sent, ``chunks`` the journals of streams that have ended.
    """

    pii: Pii = Pii.OFF
    texts_days: int | None = None
    raw_days: int | None = None
    chunks_days: int | None = None
