"""Reads the fields of an object from elsewhere, and collects what is wrong with them."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from app.errors import Invalid
from app.utils import clock

LONGEST_TEXT = 1_000_000
# Clocks of others may be ahead, but not by more than a day.
_AHEAD = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class FieldReader:
    """Takes fields by name; ``rest`` are those that nobody took, ``faults`` is by field."""

    def __init__(self, value: Mapping[str, Any]) -> None:
        self.rest = dict(value)
        self.faults: dict[str, list[str]] = {}

    def take(self, *names: str) -> Any:
        """Return the first of the fields that is there and not null; the others stay."""
        for name in names:
            value = self.rest.pop(name, None)
            if value is not None:
                return value
        return None

    def text(self, *names: str, longest: int = LONGEST_TEXT) -> str | None:
        """Return a text of a bounded length; a whole number stands for its digits."""
        value = self.take(*names)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if value is None or (isinstance(value, str) and len(value) <= longest):
            return value or None
        self._refuse(names[0], f"expected a text of at most {longest} characters")
        return None

    def word(self, name: str, allowed: Collection[str]) -> str | None:
        """Return one of the words that are allowed."""
        value = self.take(name)
        if value is None or (isinstance(value, str) and value in allowed):
            return value
        self._refuse(name, f"expected one of {', '.join(sorted(allowed))}")
        return None

    def flag(self, name: str) -> bool | None:
        """Return true or false."""
        value = self.take(name)
        if value is None or isinstance(value, bool):
            return value
        self._refuse(name, "expected true or false")
        return None

    def items(self, name: str) -> list[Any]:
        """Return a list, empty where there is none."""
        value = self.take(name)
        if value is None or isinstance(value, list):
            return value or []
        self._refuse(name, "expected a list")
        return []

    def object(self, name: str) -> dict[str, Any]:
        """Return an object, empty where there is none."""
        value = self.take(name)
        if value is None or isinstance(value, dict):
            return value or {}
        self._refuse(name, "expected an object")
        return {}

    def time(self, *names: str) -> datetime | None:
        """Return a moment: ISO 8601, in UTC where it names no zone, or seconds since 1970."""
        value = self.take(*names)
        if value is None or value == "":
            return None
        moment = _moment(value)
        if moment is None or not _EPOCH <= moment <= clock.now() + _AHEAD:
            self._refuse(names[0], "expected a time from 1970 until now, in ISO 8601")
            return None
        return moment

    def check(self) -> None:
        """Raise Invalid with every fault that was found."""
        if self.faults:
            raise Invalid("the line does not fit its form", errors=self.faults)

    def _refuse(self, name: str, message: str) -> None:
        self.faults[name] = [message]


def _moment(value: Any) -> datetime | None:
    try:
        if isinstance(value, str):
            moment = datetime.fromisoformat(value)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            moment = datetime.fromtimestamp(value, UTC)
        else:
            return None
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None
