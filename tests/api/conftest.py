"""What tests of the HTTP side share: work in the background, and a provider that fails."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest


@pytest.fixture
def background():
    """Run calls beside the test; every thread needs a client of its own."""
    with ThreadPoolExecutor(max_workers=4) as pool:
        yield pool.submit


class Raising:
    """A provider that answers every question with the same exception."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def query(self, **_):
        raise self.error

    chat = query

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
