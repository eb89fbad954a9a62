"""A program of ours that runs beside us: begun, watched, and ended for certain."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Event

from devstack.errors import PartError
from devstack.folders import ROOT, open_log
from devstack.identity import Identity, launcher
from devstack.spawner import spawn

Stages = Sequence[tuple[signal.Signals, float]]

_HURRIED_SECONDS = 2.0


class Child:
    """One program in a session of its own, so a terminal's Ctrl-C reaches only us.

    On Linux it also ends when this process ends, however that comes about.
    """

    # Signals from gentle to rough, each with the seconds it is given.
    stop_stages: Stages = ((signal.SIGTERM, 20.0), (signal.SIGKILL, 10.0))

    def __init__(self, name: str, *, log: Path | None = None) -> None:
        self.name = name
        self.log = log
        self.command: list[str] = []
        self._process: subprocess.Popen[bytes] | None = None
        self._log_start = 0

    @property
    def pid(self) -> int:
        """The process id; of the last run when it has ended."""
        return self._begun().pid

    def poll(self) -> int | None:
        """Return None while it runs, else how it ended: a code, or minus a signal."""
        return self._begun().poll()

    def stop(self, *, hurry: Event | None = None) -> None:
        """End it and wait for that; does nothing when it has ended. Never raises."""
        if self._process is None:
            return
        for number, seconds in self.stop_stages:
            if self._process.poll() is not None:
                break
            self._send(number)
            self._wait(seconds, hurry)

    def kill(self) -> None:
        """End it at once by SIGKILL, as a crash would, and wait for that."""
        process = self._begun()
        process.kill()
        process.wait()

    def last_words(self) -> str:
        """Return the end of what this run wrote to its log."""
        if self.log is None or not self.log.exists():
            return ""
        with self.log.open("rb") as file:
            file.seek(self._log_start)
            lines = file.read()[-4000:].decode(errors="replace").strip().splitlines()
        return "\n".join(lines[-8:])

    def ended_as(self) -> str:
        """Return how it ended, in words."""
        code = self.poll()
        if code is None:
            return "is running"
        return f"was ended by {_signal(-code)}" if code < 0 else f"ended with {code}"

    def _spawn(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        identity: Identity | None = None,
        folder: Path = ROOT,
        keep: Sequence[int] = (),
    ) -> None:
        me = identity or Identity(os.geteuid(), os.getegid())
        gentle = int(self.stop_stages[0][0])
        options = ("--die-by", str(gentle), "--parent", str(os.getpid()))
        self.command = list(command)
        full = [*launcher(me, "--folder", str(folder), *options), *command]
        if self.log is None:
            # Web and worker speak to the terminal, in order with our own lines.
            sys.stdout.flush()
            self._process = _popen(full, None, environment, keep)
            return
        with open_log(self.log) as log:
            self._log_start = log.tell()
            self._process = _popen(full, log.fileno(), environment, keep)

    def _begun(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            message = f"{self.name} was never started"
            raise PartError(message)
        return self._process

    def _send(self, number: signal.Signals) -> None:
        process = self._begun()
        if number != signal.SIGKILL:
            process.send_signal(number)
            return
        # Whoever is killed cannot end its own children any more.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)

    def _wait(self, seconds: float, hurry: Event | None) -> None:
        process, waited, step = self._begun(), 0.0, 0.1
        while waited < seconds:
            if hurry is not None and hurry.is_set() and waited >= _HURRIED_SECONDS:
                return
            try:
                process.wait(step)
            except subprocess.TimeoutExpired:
                waited += step
            else:
                return


def _popen(
    command: Sequence[str],
    output: int | None,
    environment: Mapping[str, str],
    keep: Sequence[int],
) -> subprocess.Popen[bytes]:
    return spawn(
        lambda: subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=None if output is None else subprocess.STDOUT,
            env=dict(environment),
            pass_fds=keep,
            start_new_session=True,
        )
    )


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
