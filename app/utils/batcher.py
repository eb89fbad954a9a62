"""Work of many threads gathered, and done by one thread a moment later."""

import os
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

import structlog

_log = structlog.get_logger(__name__)
_T = TypeVar("_T")


class Batcher(Generic[_T]):
    """Hands what is put in to ``work``, the first at once, then at most every ``seconds``.

    The thread starts with the first item, so that every process that a server forks has its
    own. An item whose work raises is lost to the batcher: ``work`` keeps what it must not lose.
    """

    def __init__(self, work: Callable[[list[_T]], None], *, seconds: float, name: str) -> None:
        self._work = work
        self._seconds = seconds
        self._name = name
        self._wake = threading.Condition()
        self._items: list[_T] = []
        self._process: int | None = None

    def put(self, item: _T) -> None:
        """Add an item; never waits for the work."""
        with self._wake:
            self._items.append(item)
            if self._process != os.getpid():
                self._process = os.getpid()
                threading.Thread(target=self._run, name=self._name, daemon=True).start()
            self._wake.notify()

    def _run(self) -> None:
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._items)
                items, self._items = self._items, []
            try:
                self._work(items)
            except Exception:  # noqa: BLE001  # The thread serves all the others, too.
                _log.exception("batch.failed", batcher=self._name)
            time.sleep(self._seconds)
