"""Makes the embedded parts of one data folder, not yet started."""

from collections.abc import Mapping
from pathlib import Path

from devstack.environment import Part
from devstack.model_service import ModelServer
from devstack.postgres import PostgresServer
from devstack.redis import RedisServer
from devstack.server import Server

_NEVER_ASKED = "http://127.0.0.1:8001"


def embedded(part: Part, folder: Path, environment: Mapping[str, str]) -> Server:
    """Return the server for a part, with its data and log below ``folder``."""
    place, log = folder / part, folder / "logs" / f"{part}.log"
    if part is Part.POSTGRES:
        return PostgresServer(place, log=log)
    if part is Part.REDIS:
        return RedisServer(place, log=log)
    variant = environment.get("LOCAL_MODEL_SERVICE_VARIANT", "").strip().lower()
    return ModelServer(place, variant=variant or "b", log=log)


def resting_url(part: Part, folder: Path, environment: Mapping[str, str]) -> str:
    """Return where a part would be; nobody connects to one that does not run."""
    if part is Part.MODEL_SERVICE:
        return _NEVER_ASKED
    return embedded(part, folder, environment).url
