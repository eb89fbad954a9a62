"""The application for `flask`: with its parts attached to, or started for as long."""

import atexit
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from flask import Flask

from app import create_app
from devstack.environment import Part, complete, missing_parts, read, signs_own_tokens
from devstack.folders import ROOT, data_folder
from devstack.lock import starting
from devstack.parts import embedded, resting_url
from devstack.preparation import Preparation
from devstack.records import ORDER, Records
from devstack.server import Server
from devstack.terminal import say_tokens

_STORES = frozenset({Part.POSTGRES, Part.REDIS})
_EVERYTHING = frozenset(Part)
_NOTHING: frozenset[Part] = frozenset()
# Commands that ask a model, and commands that look at the code alone.
_ASKING = frozenset({"run", "worker", "check"})
_LOOKING = frozenset({"routes", "openapi"})
_WITH_VALUE = frozenset({"-A", "--app", "-e", "--env-file"})


def application() -> Flask:
    """Return the application, its environment completed.

    What this starts, it stops when the process ends.
    """
    environment, folder = read(ROOT), data_folder()
    missing = missing_parts(environment)
    wanted = wanted_parts(sys.argv)
    started: dict[Part, Server] = {}
    urls = {part: resting_url(part, folder, environment) for part in missing}
    if wanted.intersection(missing):
        with starting(folder):
            started = _start(wanted.intersection(missing), folder, environment)
            urls |= _running_urls(missing, folder)
    completed = complete(environment, urls, folder)
    if Part.POSTGRES in started and _command(sys.argv) == "run":
        _prepare(completed, folder)
    os.environ.update(completed)
    return create_app()


def wanted_parts(arguments: Sequence[str]) -> frozenset[Part]:
    """Return the parts that a command line has a use for."""
    program = Path(arguments[0]).name if arguments else ""
    if program.startswith("gunicorn"):
        return _EVERYTHING
    if program not in {"flask", "__main__.py"}:
        return _STORES
    command = _command(arguments)
    if command is None or command in _LOOKING or "--help" in arguments:
        return _NOTHING
    return _EVERYTHING if command in _ASKING else _STORES


def _command(arguments: Sequence[str]) -> str | None:
    """Return the command in a command line of ``flask``."""
    words = iter(arguments[1:])
    for word in words:
        if word in _WITH_VALUE:
            next(words, None)
        elif not word.startswith("-"):
            return word
    return None


def _start(
    parts: frozenset[Part], folder: Path, environment: Mapping[str, str]
) -> dict[Part, Server]:
    """Start those of ``parts`` that do not run yet."""
    records = Records(folder)
    records.stop_leftovers()
    started = {}
    for part in sorted(parts, key=ORDER.index):
        if records.find(part) is None:
            server = embedded(part, folder, environment)
            server.begin()
            records.write(part, server)
            atexit.register(_end, server, part, records)
            started[part] = server
    for server in started.values():
        server.wait_ready()
    return started


def _end(server: Server, part: Part, records: Records) -> None:
    # A forked child of this process is not the one that started it.
    found = records.find(part)
    if found is not None and found.owner == os.getpid():
        server.stop()
        records.forget(part)


def _running_urls(parts: Sequence[Part], folder: Path) -> dict[Part, str]:
    found = {part: Records(folder).find(part) for part in parts}
    return {part: record.url for part, record in found.items() if record is not None}


def _prepare(environment: Mapping[str, str], folder: Path) -> None:
    steps = ["migrations", "initial-data"]
    if signs_own_tokens(environment):
        steps.append("tokens")
    tokens = Preparation(environment, folder / "logs" / "prepare.log").run(steps)
    if tokens:
        say_tokens(tokens, folder)
