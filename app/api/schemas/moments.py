"""Moments in queries: a date, or a time in ISO 8601."""

import re
from datetime import UTC, datetime
from typing import Any

from marshmallow import ValidationError, fields

_PATTERN = (
    r"^20[0-9]{2}-[0-9]{2}-[0-9]{2}"
    r"(T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[ +-][0-9]{2}:[0-9]{2})?)?$"
)
_EXPECTED = "expected a date or time of this century in ISO 8601"


class Moment(fields.String):
    """A moment of this century; a date is its midnight, and what names no zone is in UTC."""

    def __init__(self, *, about: str, **kwargs: Any) -> None:
        said = f"{about} A date, or a time in ISO 8601; UTC unless it says."
        metadata = {"pattern": _PATTERN, "description": said, "example": "2026-11-01"}
        super().__init__(metadata=metadata, **kwargs)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        if not isinstance(value, str) or not re.fullmatch(_PATTERN, value):
            raise ValidationError(_EXPECTED)
        try:
            # A "+" of a zone that was not percent-encoded arrives as a space.
            moment = datetime.fromisoformat(value.replace(" ", "+"))
        except ValueError as error:
            raise ValidationError(_EXPECTED) from error
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
