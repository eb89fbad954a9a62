"""Settings: frozen, typed, read once from the environment, complete or refused."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from limits import parse_many

from app.errors import ConfigurationError
from app.utils.env import EnvironmentReader
from app.utils.urls import is_trustworthy, url_parts

_SECRET_BYTES = 32
_WEB = frozenset({"http", "https"})
_REDIS = frozenset({"redis", "rediss", "unix"})
_LEVELS = frozenset({"DEBUG", "INFO", "WARNING", "ERROR"})
_DISCONNECT = frozenset({"record", "cancel"})
_ASYMMETRIC = frozenset({"RS256", "ES256", "EdDSA"})
# Passwords out of manuals and examples: whoever has one never chose it.
_EXAMPLE_PASSWORDS = frozenset(
    {
        *("admin", "changeme", "change-me", "change_me", "example", "pass", "password"),
        *("passw0rd", "postgres", "root", "secret", "tiger", "your-password"),
    }
)
# What stands in long example keys and in no random one.
_EXAMPLE_PHRASES = (
    *("change-me", "change_me", "changeme"),
    *("replace-me", "your-secret", "your_secret"),
)
_LARGEST_PORT = 65_535
_COUNTS = (
    *("db_pool_size", "web_workers", "web_threads", "worker_concurrency", "port"),
    *("max_body_bytes", "model_max_bytes", "chat_context_tokens", "model_failures"),
    *("import_max_bytes", "messages_concurrency", "messages_pending_per_conversation"),
)
# Nought would be no limit at all to PostgreSQL, and no time at all elsewhere.
_DURATIONS = (
    *("db_pool_seconds", "db_statement_seconds", "model_connect_seconds", "body_seconds"),
    *("model_deadline_seconds", "neighbour_seconds", "idempotency_hours"),
    *("stream_deadline_seconds", "stream_idle_seconds", "model_rest_seconds"),
    "import_seconds",
)
# A debugger in the browser runs code for whoever meets an error.
_DEBUGGING = ("DEBUG", "FLASK_DEBUG")


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Every setting of the service; a field is the environment's name in lower case."""

    database_url: str = field(repr=False)
    redis_url: str = field(default="", repr=False)
    db_pool_size: int = 10
    db_max_overflow: int = 10
    db_pool_seconds: float = 3.0
    db_statement_seconds: float = 15.0

    jwt_secret_key: str = field(default="", repr=False)
    jwt_jwks_url: str = ""
    jwt_algorithm: str = "HS256"
    jwt_issuer: str = ""
    jwt_audience: str = ""
    jwt_leeway_seconds: float = 10.0
    development_tokens: bool = False

    model_service_url: str = "http://model-service:8000"
    model_service_chat_by_query: bool = False
    model_connect_seconds: float = 5.0
    model_deadline_seconds: float = 60.0
    model_max_bytes: int = 10_485_760
    stream_deadline_seconds: float = 300.0
    stream_idle_seconds: float = 60.0
    stream_on_disconnect: str = "record"
    model_endpoint_cache_seconds: int = 60
    model_private_addresses: bool = False
    model_failures: int = 5
    model_rest_seconds: float = 3.0
    chat_context_tokens: int = 2048
    chat_summaries: bool = False
    tokenizers_folder: str = ""
    pending_grace_seconds: float = 30.0

    auth_service_url: str = ""
    user_service_url: str = ""
    neighbour_seconds: float = 2.0

    training_consent_default: bool = True
    rate_limit: str = "30000 per minute"
    user_concurrency: int = 64
    daily_tokens: int = 0
    max_body_bytes: int = 8_388_608
    body_seconds: float = 10.0
    import_max_bytes: int = 1_073_741_824
    import_seconds: float = 3600.0
    idempotency_hours: float = 24.0
    trusted_proxies: int = 0
    metrics_token: str = field(default="", repr=False)
    log_level: str = "INFO"

    bind_host: str = "0.0.0.0"  # noqa: S104  # A container's port is published by its runtime.
    port: int = 8000
    web_workers: int = 2
    web_threads: int = 400
    graceful_seconds: float = 75.0
    worker_concurrency: int = 4
    upkeep_seconds: int = 10
    messages_concurrency: int = 4
    messages_pending_per_conversation: int = 100

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
        faults += [*reader.faults, *_database_faults(config), *_token_faults(config)]
        faults += [*_url_faults(config), *_range_faults(config)]
        if faults:
            raise ConfigurationError(faults)
        return config

    @property
    def sqlalchemy_url(self) -> str:
        """The database URL with the driver this service uses named in it."""
        return "postgresql+psycopg2://" + self.database_url.split("://", 1)[1]


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


def _database_faults(config: Config) -> list[str]:
    if not config.database_url:
        return ["DATABASE_URL is missing (postgresql://user:password@host/name)"]
    url = url_parts(config.database_url)
    if url is None:
        return ["DATABASE_URL cannot be read as a URL"]
    if url.scheme not in {"postgresql", "postgres"}:
        return ["DATABASE_URL must start with postgresql:// (PostgreSQL is the one database)"]
    if (url.password or "").lower() in _EXAMPLE_PASSWORDS:
        return ["DATABASE_URL has a password out of an example; choose one"]
    return []


def _token_faults(config: Config) -> list[str]:
    if config.jwt_secret_key and config.jwt_jwks_url:
        return ["JWT_SECRET_KEY and JWT_JWKS_URL are both set; tokens have one key source"]
    if config.jwt_jwks_url:
        return _key_set_faults(config)
    if not config.jwt_secret_key:
        return ["JWT_SECRET_KEY or JWT_JWKS_URL is missing; nobody could sign in"]
    return _secret_faults(config)


def _key_set_faults(config: Config) -> list[str]:
    faults = []
    if config.jwt_algorithm not in _ASYMMETRIC:
        faults.append("JWT_ALGORITHM must be RS256, ES256 or EdDSA with JWT_JWKS_URL")
    if not config.jwt_issuer:
        faults.append("JWT_ISSUER is missing; JWT_JWKS_URL needs it")
    if not config.jwt_audience:
        faults.append("JWT_AUDIENCE is missing; JWT_JWKS_URL needs it")
    if not is_trustworthy(url_parts(config.jwt_jwks_url)):
        faults.append("JWT_JWKS_URL must be https (plain http is for loopback only)")
    if config.development_tokens:
        faults.append("DEVELOPMENT_TOKENS needs JWT_SECRET_KEY, not JWT_JWKS_URL")
    return faults


def _secret_faults(config: Config) -> list[str]:
    faults = []
    if config.jwt_algorithm != "HS256":
        faults.append("JWT_ALGORITHM must be HS256 with JWT_SECRET_KEY")
    if len(config.jwt_secret_key.encode()) < _SECRET_BYTES:
        faults.append(f"JWT_SECRET_KEY must have at least {_SECRET_BYTES} bytes")
    if any(phrase in config.jwt_secret_key.lower() for phrase in _EXAMPLE_PHRASES):
        faults.append("JWT_SECRET_KEY is out of an example; make one with openssl rand -hex 32")
    if len(set(config.jwt_secret_key)) < 8:
        faults.append("JWT_SECRET_KEY is too uniform to be random; make one with openssl rand")
    return faults


def _url_faults(config: Config) -> list[str]:
    faults = []
    for name in ("model_service_url", "auth_service_url", "user_service_url"):
        value = getattr(config, name)
        url = url_parts(value)
        if value and (url is None or url.scheme not in _WEB or not url.hostname):
            faults.append(f"{name.upper()} must be an http:// or https:// URL")
        elif url and (url.username or url.password):
            faults.append(f"{name.upper()} must not carry a user name or password")
    redis = url_parts(config.redis_url)
    if config.redis_url and (redis is None or redis.scheme not in _REDIS):
        faults.append("REDIS_URL must start with redis://, rediss:// or unix://")
    return faults


def _range_faults(config: Config) -> list[str]:
    faults = [f"{name.upper()} must be at least 1" for name in _COUNTS if getattr(config, name) < 1]
    faults += [
        f"{name.upper()} must be more than 0" for name in _DURATIONS if getattr(config, name) <= 0
    ]
    if config.port > _LARGEST_PORT:
        faults.append(f"PORT must be at most {_LARGEST_PORT}")
    if config.stream_on_disconnect not in _DISCONNECT:
        faults.append("STREAM_ON_DISCONNECT must be record or cancel")
    if config.log_level not in _LEVELS:
        faults.append("LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR")
    if config.rate_limit and not _is_rate(config.rate_limit):
        faults.append("RATE_LIMIT must be like 100 per minute, or off")
    if not 1 <= config.upkeep_seconds <= 59:
        faults.append("UPKEEP_SECONDS must be from 1 to 59")
    if config.graceful_seconds <= config.model_deadline_seconds:
        faults.append(
            "GRACEFUL_SECONDS must exceed MODEL_DEADLINE_SECONDS, "
            "or a stop would cut answers in flight"
        )
    return faults


def _is_rate(value: str) -> bool:
    try:
        parse_many(value)
    except ValueError:
        return False
    return True
