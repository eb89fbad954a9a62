"""Server-sent events, as a listener reads them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from werkzeug.test import TestResponse

from app.domain.event_stream import records_of


@dataclass(frozen=True)
class Heard:
    """One event: its name, its data, and the id that was the last one then."""

    name: str
    data: Any
    last_id: str


def listen(answer: TestResponse) -> Iterator[Heard]:
    """Yield the events of an answer as they come."""
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == "text/event-stream"
    for event in records_of(_bytes(answer)):
        yield Heard(event.event, json.loads(event.data), event.last_id)


def _bytes(answer: TestResponse) -> Iterator[bytes]:
    for piece in answer.response:
        yield piece if isinstance(piece, bytes) else piece.encode()


def text_of(heard: list[Heard]) -> str:
    """Return the text that the tokens add up to."""
    return "".join(event.data["text"] for event in heard if event.name == "token")
