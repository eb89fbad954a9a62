"""Settings: frozen, typed, read once from the environment, complete or refused."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from app.config.rules import faults_of
from app.config.settings import Settings
from app.errors import ConfigurationError
from app.utils.env import EnvironmentReader

# A debugger in the browser runs code for whoever meets an error.
_DEBUGGING = ("DEBUG", "FLASK_DEBUG")


@dataclass(frozen=True, slots=True, kw_only=True)
class Config(Settings):
    """Settings that keep every rule, once they are read from the environment."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Config":
        """Read every setting.

        Raises ConfigurationError that names every missing, malformed or unsafe one.
        """
        reader = EnvironmentReader(environment)
        values: dict[str, Any] = {
            item.name: _read(reader, item.name, item.default) for item in fields(cls)
        }
        if not reader.text("JWT_ALGORITHM") and values["jwt_jwks_url"]:
            values["jwt_algorithm"] = "RS256"
        config = cls(**values)
        debugging = [name for name in _DEBUGGING if reader.flag(name, default=False)]
        faults = [f"{name} must not be set" for name in debugging]
        faults += [*reader.faults, *faults_of(config)]
        if faults:
            raise ConfigurationError(faults)
        return config


def _read(reader: EnvironmentReader, name: str, default: object) -> object:
    key = name.upper()
    if isinstance(default, bool):
        return reader.flag(key, default=default)
    if isinstance(default, int):
        return reader.whole(key, default)
    if isinstance(default, float):
        return reader.number(key, default)
    value = reader.text(key, default if isinstance(default, str) else "")
    return value if name != "rate_limit" else _rate(value)


def _rate(value: str) -> str:
    return "" if value.lower() in {"off", "none"} else value
