"""One supervisor to a checkout: a lock that the system frees when its holder ends."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from devstack.errors import PartError


@contextmanager
def only_one(folder: Path, port: int) -> Iterator[None]:
    """Hold the checkout; raises PartError naming the process that holds it already."""
    with _open(folder / "supervisor.lock") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise PartError(_told(file.read(), port)) from None
        file.truncate(0)
        file.write(json.dumps({"pid": os.getpid(), "port": port}))
        file.flush()
        yield
        file.truncate(0)


@contextmanager
def starting(folder: Path) -> Iterator[None]:
    """Wait for others that are starting parts here, then have the others wait."""
    with _open(folder / "starting.lock") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _open(path: Path) -> TextIO:
    path.touch(mode=0o600, exist_ok=True)
    return path.open("r+", encoding="utf-8")


def _told(content: str, port: int) -> str:
    try:
        found = json.loads(content)
    except ValueError:
        found = {"pid": "unknown", "port": port}
    return (
        f"port {found['port']} is already taken: this checkout runs there (process "
        f"{found['pid']}); stop it first with Ctrl-C, or run a second one apart from "
        f"it: DATA_DIR=.devstack-2 PORT={found['port'] + 1} make run"
    )
