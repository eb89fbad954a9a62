"""The key that signs development tokens: random, made once, readable by its owner."""

import os
import secrets
from pathlib import Path

_BYTES = 32


def signing_key(folder: Path) -> str:
    """Return the key kept in ``folder``, made on first use."""
    path = folder / "jwt_secret_key"
    kept = path.read_text(encoding="ascii").strip() if path.exists() else ""
    if len(kept) >= _BYTES:
        path.chmod(0o600)
        return kept
    key = secrets.token_hex(_BYTES)
    write_private(path, key + "\n")
    return key


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    unfinished.unlink(missing_ok=True)
    number = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(number, "w", encoding="utf-8") as file:
        file.write(text)
    unfinished.replace(path)
