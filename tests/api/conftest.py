"""What tests of the HTTP side share: work beside the test, and models that stream or fail."""

import threading
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.model_side import MODEL, Reply
from tests.talking import PLAIN, WORDS


class Raising:
    """A provider that answers every question with the same exception."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def complete(self, _request):
        raise self.error

    def health(self):
        return False


@pytest.fixture
def raise_when_asked(app, monkeypatch) -> Callable[[Exception], None]:
    """Let the model side fail in a chosen way from now on."""

    def choose(error):
        raising = Raising(error)
        remotes = replace(app.extensions["remotes"], inference=raising, providers=lambda _: raising)
        monkeypatch.setitem(app.extensions, "remotes", remotes)

    return choose


@pytest.fixture
def gate():
    """Something that the model waits at; opened at the end in any case."""
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def streams(model_side):
    """Let the model stream these pieces to every chat message."""

    def choose(*pieces, **kind):
        def reply(body):
            return Reply({}, stream=list(pieces), **kind) if "stream" in body else Reply(PLAIN)

        model_side.chat_reply = reply

    choose(*WORDS)
    return choose


@pytest.fixture
def chat(alice):
    """Return the path of a new conversation's chat."""
    return f"/interactions/{alice.interaction()['id']}/chat"


@pytest.fixture
def policy(adam):
    """Set the rules by which feedback on the tests' model is validated."""

    def put(**rules):
        assert adam.put(f"/validation/policies/{MODEL}", rules).status_code == 200

    return put
