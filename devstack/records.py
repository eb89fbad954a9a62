"""Remembers on disk which processes were started here, to find them after a crash."""

import json
import os
import signal
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from devstack.child import Child
from devstack.server import Server

# In this order they are stopped: nobody loses what it still needs.
ORDER = ("web", "worker", "model_service", "redis", "postgres")
_GENTLE_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Record:
    """A process by its id and command line, and the process that owns it."""

    part: str
    pid: int
    command: list[str]
    owner: int
    owner_command: list[str]
    url: str = ""

    @property
    def runs(self) -> bool:
        """Whether that very process still runs."""
        return _runs(self.pid, self.command)

    @property
    def owned(self) -> bool:
        """Whether the process that started it still runs."""
        return _runs(self.owner, self.owner_command)


class Records:
    """The records of one data folder, a file each."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "run"

    def write(self, part: str, child: Child) -> None:
        """Remember a child of this process."""
        self._folder.mkdir(parents=True, exist_ok=True)
        record = Record(
            part=part,
            pid=child.pid,
            command=child.command,
            owner=os.getpid(),
            owner_command=psutil.Process().cmdline(),
            url=child.url if isinstance(child, Server) else "",
        )
        unfinished = self._path(part).with_suffix(f".{os.getpid()}")
        unfinished.write_text(json.dumps(asdict(record)), encoding="utf-8")
        unfinished.replace(self._path(part))

    def forget(self, part: str) -> None:
        """Remove the record of a part that this process started."""
        record = self._read(part)
        if record is not None and record.owner == os.getpid():
            self._path(part).unlink(missing_ok=True)

    def find(self, part: str) -> Record | None:
        """Return the record of a part that still runs."""
        record = self._read(part)
        return record if record is not None and record.runs else None

    def running(self) -> Iterator[Record]:
        """Yield what still runs, in the order to stop it."""
        for part in ORDER:
            record = self.find(part)
            if record is not None:
                yield record

    def stop_leftovers(self) -> list[str]:
        """Stop what runs though its owner has ended; return the names of the parts."""
        leftovers = [record for record in self.running() if not record.owned]
        for record in leftovers:
            stop(record)
            self._path(record.part).unlink(missing_ok=True)
        return [record.part for record in leftovers]

    def _read(self, part: str) -> Record | None:
        try:
            return Record(**json.loads(self._path(part).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def _path(self, part: str) -> Path:
        return self._folder / f"{part}.json"


def stop(record: Record) -> None:
    """End a recorded process, gently at first, and what it started."""
    try:
        process = psutil.Process(record.pid)
        family = [process, *process.children(recursive=True)]
        # To PostgreSQL, SIGTERM means to wait until the last client has left.
        fast = signal.SIGINT if record.part == "postgres" else signal.SIGTERM
        process.send_signal(fast)
    except psutil.NoSuchProcess:
        return
    _, alive = psutil.wait_procs(family, timeout=_GENTLE_SECONDS)
    for each in alive:
        if each.is_running() and each.status() != psutil.STATUS_ZOMBIE:
            each.kill()
    psutil.wait_procs(alive, timeout=5)


def _runs(pid: int, command: list[str]) -> bool:
    try:
        process = psutil.Process(pid)
        alive = process.status() != psutil.STATUS_ZOMBIE
        # Before it becomes the command, launch.py has the command as its last words.
        return alive and process.cmdline()[-len(command) :] == command
    except psutil.Error:
        return False
