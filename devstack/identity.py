"""Who PostgreSQL runs as: it refuses to be root, and a checkout may be closed."""

import os
import pwd
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from devstack.errors import PartError

LAUNCH = Path(__file__).with_name("launch.py")
# No account is made for this: the first of these that the machine has is used.
_ACCOUNTS = ("pgserver", "postgres", "nobody")


@dataclass(frozen=True, slots=True)
class Identity:
    """The user that owns the files, and the options of launch.py that lead there."""

    user: int
    group: int
    options: tuple[str, ...] = ()


def unprivileged(initdb: Path, folder: Path, *, owner: int) -> Identity:
    """Return who can run PostgreSQL's programs in ``folder`` without being root.

    ``owner`` is the user id that owns what is kept there; it goes first if it can.
    Raises PartError when nobody can.
    """
    for identity in _candidates(owner):
        if _works(identity, initdb, folder):
            return identity
    message = (
        "PostgreSQL refuses to run as root, and no other user can enter "
        f"{folder} or run {initdb}: use a plain user, or a folder open to all"
    )
    raise PartError(message)


def launcher(identity: Identity, *options: str) -> list[str]:
    """Return the command that comes before the one to run."""
    start = [sys.executable, "-I", "-S", str(LAUNCH)]
    return [*start, *identity.options, *options, "--"]


def _candidates(owner: int) -> Iterator[Identity]:
    user, group = os.geteuid(), os.getegid()
    if user != 0:
        if _account(user) is not None:
            yield Identity(user, group)
        else:
            # initdb demands that its user has a name; containers may run without one.
            yield _namespaced(user, group)
        return
    account = _account(owner) or _first_account()
    if account is not None:
        who = ("--user", str(account.pw_uid), "--group", str(account.pw_gid))
        yield Identity(account.pw_uid, account.pw_gid, who)
        yield Identity(account.pw_uid, account.pw_gid, (*who, "--override"))
    yield _namespaced(user, group)


def _namespaced(user: int, group: int) -> Identity:
    account = _first_account()
    inner = account.pw_uid if account else user
    return Identity(user, group, ("--namespace", str(inner)))


def _first_account() -> pwd.struct_passwd | None:
    known = {entry.pw_name: entry for entry in pwd.getpwall() if entry.pw_uid != 0}
    return next((known[name] for name in _ACCOUNTS if name in known), None)


def _account(user: int) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwuid(user) if user != 0 else None
    except KeyError:
        return None


def _works(identity: Identity, initdb: Path, folder: Path) -> bool:
    """Have initdb look for the other programs, without making anything."""
    if not identity.options:
        return True
    look = [str(initdb), "--show", "-D", str(folder / "data")]
    command = [*launcher(identity, "--folder", str(folder)), *look]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
