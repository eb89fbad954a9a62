"""A streamed conversation as tests hold it: the words of the model, asking, and the beginning."""

from collections.abc import Iterator
from typing import Any

from werkzeug.test import TestResponse

from tests.events import Heard
from tests.world import Person

WORDS = ["Machine", " learning", " is", " großartig", "."]
WHOLE = "".join(WORDS)
PLAIN = {"choices": [{"message": {"content": WHOLE}, "finish_reason": "stop"}]}


def ask(person: Person, path: str, **kwargs: Any) -> TestResponse:
    """Ask for a stream."""
    return person.post(path, {"message": "What is it?", "stream": True}, **kwargs)


def started(events: Iterator[Heard]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the prompt and response that a stream begins with."""
    first = next(events)
    assert first.name == "prompt"
    return first.data["prompt"], first.data["response"]
