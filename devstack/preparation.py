"""Has the database migrated and filled, and tokens signed, by a process of its own."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from devstack.errors import UNSAFE_SETTINGS, PartError
from devstack.folders import ROOT, open_log
from devstack.terminal import say_step


class Preparation:
    """One run of ``devstack.prepare`` with the settings in ``environment``."""

    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        self._environment = environment
        self._log = log
        self._process: subprocess.Popen[str] | None = None
        self._given_up = False

    def run(self, steps: Sequence[str]) -> dict[str, str]:
        """Take the steps, telling each one done; return the tokens by role.

        Raises PartError with the end of the log when a step fails.
        """
        tokens: dict[str, str] = {}
        with open_log(self._log) as log:
            began = log.tell()
            with subprocess.Popen(
                [sys.executable, "-m", "devstack.prepare", *steps],
                cwd=ROOT,
                env=dict(self._environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            ) as self._process:
                assert self._process.stdout is not None
                for line in self._process.stdout:
                    tokens.update(_told(line))
        if self._process.returncode != 0 and not self._given_up:
            words = self._log.read_bytes()[began:].decode(errors="replace").strip()
            raise PartError(_reason(self._process.returncode, words))
        return tokens

    def give_up(self) -> None:
        """End it if it still runs; the database undoes what it has not finished."""
        self._given_up = True
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()


def _reason(code: int, words: str) -> str:
    if code == UNSAFE_SETTINGS:
        return words.splitlines()[-1]
    return f"the database could not be prepared:\n{words[-3000:]}"


def _told(line: str) -> dict[str, str]:
    try:
        report = json.loads(line)
        step, seconds = str(report["step"]), float(report["seconds"])
    except (ValueError, KeyError, TypeError):
        return {}
    if step == "tokens":
        return dict(report["tokens"])
    say_step(step.replace("-", " "), "done", seconds)
    return {}
