"""The settings themselves: every one with its type and its default."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Every setting of the service; a field is the environment's name in lower case."""

    database_url: str = field(repr=False)
    redis_url: str = field(default="", repr=False)
    db_pool_size: int = 10
    db_max_overflow: int = 10
    db_pool_seconds: float = 3.0
    db_statement_seconds: float = 15.0
    storage_url: str = "file:///var/lib/interaction-service"

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
    stream_send_seconds: float = 20.0
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
    consent_policy_version: str = "1"
    receipt_key: str = field(default="", repr=False)
    rate_limit: str = "30000 per minute"
    user_concurrency: int = 64
    large_reads_of_one: int = 4
    large_reads: int = 8
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

    reliability_half_life_days: float = 90.0
    reliability_prior_right: float = 1.0
    reliability_prior_wrong: float = 1.0
    compared_votes: int = 100_000
    signals_days: int = 30

    @property
    def sqlalchemy_url(self) -> str:
        """The database URL with the driver this service uses named in it."""
        return "postgresql+psycopg2://" + self.database_url.split("://", 1)[1]
