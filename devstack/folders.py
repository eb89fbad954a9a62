"""Where the embedded default keeps what it makes, and where its sockets fit."""

import hashlib
import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from devstack.errors import PartError

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / (os.environ.get("DATA_DIR") or ".devstack")

# A socket's path has 108 bytes on Linux and 104 on macOS, its end marker included.
_SOCKET_BYTES = 103
# Characters that neither a URL nor PostgreSQL's list of folders gives a meaning.
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/_.-")
_SHORT = "devstack-"
_LOG_BYTES = 5_000_000


def data_folder() -> Path:
    """Return the folder of this checkout's data, made and ignored by git."""
    DATA.mkdir(parents=True, exist_ok=True)
    ignore = DATA / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", encoding="utf-8")
    return DATA


def socket_folder(folder: Path, name: str, *, owner: int) -> Path:
    """Return a folder where a socket ``name`` fits: ``folder``, or a short private one.

    The short one depends on ``folder`` alone, so a restart finds it again, and only
    the user id ``owner`` can enter it.
    """
    if _fits(folder / name):
        return folder
    digest = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:16]
    short = _temporary(name) / f"{_SHORT}{digest}"
    _make_private(short, owner)
    return short


def release_socket(folder: Path, name: str) -> None:
    """Remove a socket that nobody listens on, and the short folder made for it."""
    (folder / name).unlink(missing_ok=True)
    if folder.name.startswith(_SHORT):
        with suppress(OSError):
            folder.rmdir()


def open_log(path: Path) -> BinaryIO:
    """Open a log to append to; one that has grown large makes room first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > _LOG_BYTES:
        path.replace(path.with_suffix(".old"))
    return path.open("ab")


def _fits(path: Path) -> bool:
    encoded = os.fsencode(path)
    return len(encoded) <= _SOCKET_BYTES and _PLAIN.issuperset(str(path))


def _temporary(name: str) -> Path:
    for place in (tempfile.gettempdir(), "/tmp"):  # noqa: S108  # Made private below.
        if _fits(Path(place) / f"{_SHORT}{'0' * 16}" / name):
            return Path(place)
    message = "no folder for temporary files has a path short enough for a socket"
    raise PartError(message)


def _make_private(folder: Path, owner: int) -> None:
    try:
        folder.mkdir(mode=0o700)
        if owner != os.geteuid():
            os.chown(folder, owner, -1)
    except FileExistsError:
        found = folder.lstat()
        # Anybody may make a folder there first; one that is not ours is not used.
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner:
            message = f"{folder} is in the way and not ours; remove it"
            raise PartError(message) from None
        folder.chmod(0o700)
