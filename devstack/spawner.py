"""Starts processes from one thread that lives as long as this process does.

Linux ends our children when the *thread* that started them ends, not the process; a
restart out of a short-lived thread would otherwise not survive it.
"""

import os
import subprocess
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from threading import Lock, Thread

Process = subprocess.Popen[bytes]
_Order = tuple[Callable[[], Process], "Future[Process]"]


class Spawner:
    """One thread that does nothing but start processes."""

    def __init__(self) -> None:
        self.process = os.getpid()
        self._orders: SimpleQueue[_Order] = SimpleQueue()
        Thread(target=self._serve, name="spawner", daemon=True).start()

    def spawn(self, start: Callable[[], Process]) -> Process:
        """Return what ``start`` returns; raises what it raises."""
        started: Future[Process] = Future()
        self._orders.put((start, started))
        return started.result()

    def _serve(self) -> None:
        while True:
            start, started = self._orders.get()
            try:
                started.set_result(start())
            except Exception as error:  # noqa: BLE001  # Raised where it was asked.
                started.set_exception(error)


_lock = Lock()
_current: list[Spawner] = []


def spawn(start: Callable[[], Process]) -> Process:
    """Start a process from the one thread; a forked child gets a thread of its own."""
    with _lock:
        if not _current or _current[0].process != os.getpid():
            _current[:] = [Spawner()]
        spawner = _current[0]
    return spawner.spawn(start)
