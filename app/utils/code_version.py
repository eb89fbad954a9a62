"""The version of the code: one hash over all of it, since an image has no repository in it."""

from functools import cache
from hashlib import sha256
from pathlib import Path

_ROOT = Path(__file__).parent.parent


@cache
def code_version() -> str:
    """Return 16 hexadecimal digits that change when any line of the application does."""
    total = sha256()
    for path in sorted(_ROOT.rglob("*.py")):
        content = path.read_bytes()
        total.update(f"{path.relative_to(_ROOT).as_posix()}:{len(content)}:".encode())
        total.update(content)
    return total.hexdigest()[:16]
