"""Completes an environment: what is not given comes from the embedded default."""

import os
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

from dotenv import dotenv_values

from devstack.errors import PartError
from devstack.keys import signing_key
from devstack.tokenizer import tokenizers_folder

DEFAULT_PORT = 8000
DEFAULT_HOST = "127.0.0.1"


class Part(StrEnum):
    """A part that can be embedded; the value names its folder and its log."""

    POSTGRES = "postgres"
    REDIS = "redis"
    MODEL_SERVICE = "model_service"


# The setting that makes a part unnecessary.
URL_NAMES: Mapping[Part, str] = {
    Part.POSTGRES: "DATABASE_URL",
    Part.REDIS: "REDIS_URL",
    Part.MODEL_SERVICE: "MODEL_SERVICE_URL",
}


def read(root: Path) -> dict[str, str]:
    """Return the process's environment, completed by a ``.env`` in ``root``."""
    file = dotenv_values(root / ".env") if (root / ".env").is_file() else {}
    return {**{k: v for k, v in file.items() if v is not None}, **os.environ}


def given(environment: Mapping[str, str], name: str) -> bool:
    """Say whether a setting is there: itself, or a file that holds it."""
    values = (environment.get(name, ""), environment.get(f"{name}_FILE", ""))
    return any(value.strip() for value in values)


def missing_parts(environment: Mapping[str, str]) -> list[Part]:
    """Return the parts that nobody gave a URL for."""
    return [part for part, name in URL_NAMES.items() if not given(environment, name)]


def complete(
    environment: Mapping[str, str], urls: Mapping[Part, str], folder: Path
) -> dict[str, str]:
    """Return the environment with ``urls`` and a development key where none is given.

    The key is kept in ``folder``, and so is the embedded model's tokenizer. What is given is
    never changed.
    """
    completed = dict(environment)
    for part, url in urls.items():
        if not given(environment, URL_NAMES[part]):
            completed[URL_NAMES[part]] = url
    completed.update(_tokens(environment, folder))
    if Part.MODEL_SERVICE in urls and not given(environment, "TOKENIZERS_FOLDER"):
        completed["TOKENIZERS_FOLDER"] = str(tokenizers_folder(folder))
    if not given(environment, "STORAGE_URL"):
        completed["STORAGE_URL"] = (folder / "storage").resolve().as_uri()
    completed["BIND_HOST"] = environment.get("BIND_HOST", "").strip() or DEFAULT_HOST
    completed["PORT"] = str(port(environment))
    return completed


def port(environment: Mapping[str, str]) -> int:
    """Return the port to serve on; raises PartError when it is no port."""
    value = environment.get("PORT", "").strip() or str(DEFAULT_PORT)
    if not value.isascii() or not value.isdigit() or not 1 <= int(value) <= 65535:
        message = f"PORT must be a whole number from 1 to 65535, found {value!r}"
        raise PartError(message)
    return int(value)


def signs_own_tokens(environment: Mapping[str, str]) -> bool:
    """Say whether ready-made tokens can be printed: not with a key set of others."""
    flag = environment.get("DEVELOPMENT_TOKENS", "").strip().lower()
    return flag in {"1", "true", "yes", "on"}


def _tokens(environment: Mapping[str, str], folder: Path) -> dict[str, str]:
    if given(environment, "JWT_JWKS_URL"):
        return {}
    made = {} if given(environment, "JWT_SECRET_KEY") else {"JWT_SECRET_KEY": signing_key(folder)}
    if not given(environment, "DEVELOPMENT_TOKENS"):
        made["DEVELOPMENT_TOKENS"] = "true"
    return made
