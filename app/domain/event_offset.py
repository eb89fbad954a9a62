"""The place of an event in the log, as an opaque string that sorts as the log does."""

import re
from dataclasses import dataclass

_WIDTH = 16
# The first digit of each is below 8, as both are below 2**63.
_NUMBER = rf"[0-7][0-9a-f]{{{_WIDTH - 1}}}"
OFFSET_PATTERN = rf"^{_NUMBER}{_NUMBER}$"
_FORM = re.compile(OFFSET_PATTERN)


@dataclass(frozen=True, slots=True, order=True)
class EventOffset:
    """Transaction first, then sequence: a late commit never lands behind a reader."""

    transaction: int
    sequence: int

    def __str__(self) -> str:
        """Return the wire form: two fixed-width hexadecimal numbers."""
        return f"{self.transaction:0{_WIDTH}x}{self.sequence:0{_WIDTH}x}"


def parse_offset(text: str) -> EventOffset | None:
    """Return the offset that ``text`` stands for, or None where it stands for none."""
    if not _FORM.fullmatch(text):
        return None
    return EventOffset(int(text[:_WIDTH], 16), int(text[_WIDTH:], 16))


START = EventOffset(0, 0)
