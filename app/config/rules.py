"""What settings must not be: each rule names every fault that it finds."""

from limits import parse_many

from app.config.settings import Settings
from app.utils.urls import is_storage, is_trustworthy, url_parts

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
    *("compared_votes", "signals_days"),
)
# Nought would be no limit at all to PostgreSQL, and no time at all elsewhere.
_DURATIONS = (
    *("db_pool_seconds", "db_statement_seconds", "model_connect_seconds", "body_seconds"),
    *("model_deadline_seconds", "neighbour_seconds", "idempotency_hours"),
    *("stream_deadline_seconds", "stream_idle_seconds", "stream_send_seconds"),
    "model_rest_seconds",
    "import_seconds",
    *("reliability_half_life_days", "reliability_prior_right", "reliability_prior_wrong"),
)


def faults_of(config: Settings) -> list[str]:
    """Return what is missing, malformed or unsafe, in words for whoever set it."""
    faults = [*_database_faults(config), *_token_faults(config)]
    return [*faults, *_url_faults(config), *_range_faults(config)]


def _database_faults(config: Settings) -> list[str]:
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


def _token_faults(config: Settings) -> list[str]:
    if config.jwt_secret_key and config.jwt_jwks_url:
        return ["JWT_SECRET_KEY and JWT_JWKS_URL are both set; tokens have one key source"]
    if config.jwt_jwks_url:
        return _key_set_faults(config)
    if not config.jwt_secret_key:
        return ["JWT_SECRET_KEY or JWT_JWKS_URL is missing; nobody could sign in"]
    return _secret_faults(config)


def _key_set_faults(config: Settings) -> list[str]:
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


def _secret_faults(config: Settings) -> list[str]:
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


def _url_faults(config: Settings) -> list[str]:
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
    if not is_storage(url_parts(config.storage_url)):
        faults.append("STORAGE_URL must be file:///folder or s3://bucket/prefix")
    return faults


def _range_faults(config: Settings) -> list[str]:
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
