"""Events out of bytes that come in any pieces: server-sent events and lines of JSON.

Server-sent events as the HTML standard defines them (section 9.2.6), save that the last one
counts without its blank line, too: a model's last words are not thrown away for it.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

# Beyond it somebody sends anything but an answer; an event holds a token, or all of a text.
LONGEST = 4_194_304
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_JSON = (b"{", b"[")


class StreamFault(Exception):
    """The bytes are no such events; ``message`` says why."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True)
class ServerSentEvent:
    """One event: its lines of data joined, its type (``message`` by default), the last id."""

    data: str
    event: str = "message"
    last_id: str = ""


class LineReader:
    r"""Cuts bytes into lines, which end with CR, LF or both; they are returned without."""

    def __init__(self, *, longest: int = LONGEST) -> None:
        self._longest = longest
        self._begun: list[bytes] = []
        self._size = 0
        # A CR has ended a line, so a LF right after it ends none.
        self._after_return = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield the lines that ``data`` completes; raises StreamFault for one too long."""
        if self._after_return and data:
            data = data.removeprefix(b"\n")
            self._after_return = False
        # Only CR and LF end lines of bytes; of what was cut, the last line may go on.
        lines = data.splitlines(keepends=True)
        for line in lines:
            if line.endswith((b"\r", b"\n")):
                self._after_return = line is lines[-1] and line.endswith(b"\r")
                yield self._taken(line.rstrip(b"\r\n"))
            else:
                self._keep(line)

    def end(self) -> Iterator[bytes]:
        """Yield the line that nothing has ended."""
        if self._begun:
            yield self._taken(b"")

    def _keep(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size > self._longest:
            raise StreamFault(f"expected lines of at most {self._longest} bytes")
        self._begun.append(piece)

    def _taken(self, piece: bytes) -> bytes:
        self._keep(piece)
        line = b"".join(self._begun)
        self._begun, self._size = [], 0
        return line


class EventReader:
    """Reads server-sent events out of lines."""

    def __init__(self, *, longest: int = LONGEST) -> None:
        self._longest = longest
        self._data: list[str] = []
        self._size = 0
        self._event = ""
        self._last_id = ""

    def feed(self, line: bytes) -> Iterator[ServerSentEvent]:
        """Yield the event that ``line`` completes; raises StreamFault for one too long."""
        if not line:
            yield from self.end()
            return
        name, _, value = line.decode("utf-8", "replace").partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._add(value)
        elif name == "event":
            self._event = value
        elif name == "id" and "\0" not in value:
            self._last_id = value

    def end(self) -> Iterator[ServerSentEvent]:
        """Yield the event that nothing has ended; one without data is none."""
        if self._data:
            yield ServerSentEvent("\n".join(self._data), self._event or "message", self._last_id)
        self._data, self._size, self._event = [], 0, ""

    def _add(self, value: str) -> None:
        self._size += len(value) + 1
        if self._size > self._longest:
            raise StreamFault(f"expected events of at most {self._longest} characters")
        self._data.append(value)


def lines_of(pieces: Iterable[bytes], *, longest: int = LONGEST) -> Iterator[bytes]:
    """Yield the lines of bytes that come in any pieces; raises StreamFault."""
    reader = LineReader(longest=longest)
    for piece in pieces:
        yield from reader.feed(piece)
    yield from reader.end()


def records_of(pieces: Iterable[bytes], *, longest: int = LONGEST) -> Iterator[ServerSentEvent]:
    """Yield the events in bytes that are server-sent events or lines of JSON.

    They cannot be mistaken: no field of an event begins like an object or a list. Raises
    StreamFault.
    """
    reader, is_first = EventReader(longest=longest), True
    for whole in lines_of(pieces, longest=longest):
        line = whole.removeprefix(_BYTE_ORDER_MARK) if is_first else whole
        is_first = False
        if line.startswith(_JSON):
            yield ServerSentEvent(line.decode("utf-8", "replace"))
        else:
            yield from reader.feed(line)
    yield from reader.end()


def json_value(text: str) -> Any:
    """Return the JSON value in ``text``; raises StreamFault where there is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise StreamFault("expected JSON, found something else") from error
