"""Settings are complete and safe, or refused with every fault named at once."""

from dataclasses import FrozenInstanceError

import pytest

from app.config import Config
from app.errors import ConfigurationError

KEY = "tests-only-0123456789-abcdefghij-KLMNOP"
LEAST = {"DATABASE_URL": "postgresql://user:chosen@host/name", "JWT_SECRET_KEY": KEY}
KEY_SET = {
    "JWT_SECRET_KEY": "",
    "JWT_JWKS_URL": "https://auth.example/keys",
    "JWT_ISSUER": "https://auth.example",
    "JWT_AUDIENCE": "interactions",
}


def read(**changes):
    return Config.from_environment({**LEAST, **changes})


def faults(**changes):
    with pytest.raises(ConfigurationError) as refused:
        read(**changes)
    assert refused.value.message == "configuration refused: " + "; ".join(refused.value.faults)
    return list(refused.value.faults)


def test_a_database_and_a_key_are_enough():
    config = read()
    assert config == Config(
        database_url=LEAST["DATABASE_URL"],
        jwt_secret_key=KEY,
    )
    assert (config.jwt_algorithm, config.redis_url, config.development_tokens) == (
        "HS256",
        "",
        False,
    )


def test_the_environment_says_every_setting_by_its_name():
    config = read(
        PORT="9000",
        MODEL_DEADLINE_SECONDS="12.5",
        TRAINING_CONSENT_DEFAULT="no",
        REDIS_URL="redis://cache",
        LOG_LEVEL="DEBUG",
    )
    assert (config.port, config.model_deadline_seconds) == (9000, 12.5)
    assert config.training_consent_default is False
    assert (config.redis_url, config.log_level) == ("redis://cache", "DEBUG")


def test_a_secret_may_come_from_a_file(tmp_path):
    (tmp_path / "key").write_text(KEY + "\n", encoding="utf-8")
    (tmp_path / "url").write_text(LEAST["DATABASE_URL"], encoding="utf-8")
    config = Config.from_environment(
        {
            "JWT_SECRET_KEY_FILE": str(tmp_path / "key"),
            "DATABASE_URL_FILE": str(tmp_path / "url"),
        }
    )
    assert config == read()


def test_settings_do_not_change_and_secrets_are_not_shown():
    config = read(METRICS_TOKEN="a-metrics-token", REDIS_URL="redis://:canary@cache")
    with pytest.raises(FrozenInstanceError):
        config.port = 1
    for secret in (KEY, "chosen", "a-metrics-token", "canary"):
        assert secret not in repr(config)


@pytest.mark.parametrize("scheme", ["postgresql", "postgres"])
def test_the_database_url_names_its_driver_for_the_library(scheme):
    config = read(DATABASE_URL=f"{scheme}://user:chosen@host:5432/name?host=/run")
    expected = "postgresql+psycopg2://user:chosen@host:5432/name?host=/run"
    assert config.sqlalchemy_url == expected


@pytest.mark.parametrize("word", ["off", "OFF", "none", "None"])
def test_the_rate_limit_can_be_off(word):
    assert read(RATE_LIMIT=word).rate_limit == ""


def test_an_empty_setting_is_one_that_is_not_set():
    assert read(RATE_LIMIT="", PORT=" ", JWT_ALGORITHM="") == read()


def test_every_fault_is_named_at_once():
    with pytest.raises(ConfigurationError) as refused:
        Config.from_environment(
            {"PORT": "http", "LOG_LEVEL": "LOUD", "DEVELOPMENT_TOKENS": "perhaps"}
        )
    assert list(refused.value.faults) == [
        "DEVELOPMENT_TOKENS must be true or false, found 'perhaps'",
        "PORT must be a number >= 0, found 'http'",
        "DATABASE_URL is missing (postgresql://user:password@host/name)",
        "JWT_SECRET_KEY or JWT_JWKS_URL is missing; nobody could sign in",
        "LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR",
    ]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"DATABASE_URL": "mysql://a/b"}, "DATABASE_URL must start with postgresql://"),
        ({"DATABASE_URL": "sqlite:///x"}, "DATABASE_URL must start with postgresql://"),
        ({"DATABASE_URL": "postgresql://[::1/x"}, "DATABASE_URL cannot be read"),
        ({"DATABASE_URL": "postgresql://a:99999/x"}, "DATABASE_URL cannot be read"),
        ({"DATABASE_URL": "postgresql://a:b@c:x/y"}, "DATABASE_URL cannot be read"),
        ({"DATABASE_URL": "postgresql://u:Password@c/y"}, "out of an example"),
        ({"REDIS_URL": "http://cache"}, "REDIS_URL must start with redis://"),
        ({"REDIS_URL": "redis://[cache"}, "REDIS_URL must start with redis://"),
        ({"STORAGE_URL": "http://bucket"}, "STORAGE_URL must be file:///folder or s3://"),
        ({"STORAGE_URL": "s3:///prefix"}, "STORAGE_URL must be file:///folder or s3://"),
        ({"STORAGE_URL": "s3://key@bucket"}, "STORAGE_URL must be file:///folder or s3://"),
        ({"STORAGE_URL": "file://host/x"}, "STORAGE_URL must be file:///folder or s3://"),
        ({"STORAGE_URL": "file:///x?y"}, "STORAGE_URL must be file:///folder or s3://"),
        ({"STORAGE_URL": "s3://[x"}, "STORAGE_URL must be file:///folder or s3://"),
        ({"JWT_SECRET_KEY": "a-short-key"}, "at least 32 bytes"),
        ({"JWT_SECRET_KEY": "abcabcab" * 5}, "too uniform"),
        ({"JWT_SECRET_KEY": f"your-secret-{KEY}"}, "out of an example"),
        ({"JWT_ALGORITHM": "RS256"}, "JWT_ALGORITHM must be HS256"),
        ({"JWT_ALGORITHM": "none"}, "JWT_ALGORITHM must be HS256"),
        ({**KEY_SET, "JWT_SECRET_KEY": KEY}, "tokens have one key source"),
        ({**KEY_SET, "JWT_ALGORITHM": "HS256"}, "JWT_ALGORITHM must be RS256"),
        ({**KEY_SET, "JWT_ISSUER": ""}, "JWT_ISSUER is missing"),
        ({**KEY_SET, "JWT_AUDIENCE": ""}, "JWT_AUDIENCE is missing"),
        ({**KEY_SET, "JWT_JWKS_URL": "http://auth.example"}, "JWT_JWKS_URL must be https"),
        ({**KEY_SET, "JWT_JWKS_URL": "https://[auth"}, "JWT_JWKS_URL must be https"),
        ({**KEY_SET, "DEVELOPMENT_TOKENS": "1"}, "DEVELOPMENT_TOKENS needs JWT_SECRET_KEY"),
        ({"MODEL_SERVICE_URL": "ftp://models"}, "MODEL_SERVICE_URL must be an http://"),
        ({"MODEL_SERVICE_URL": "http://"}, "MODEL_SERVICE_URL must be an http://"),
        ({"MODEL_SERVICE_URL": "http://[::1"}, "MODEL_SERVICE_URL must be an http://"),
        ({"AUTH_SERVICE_URL": "auth:8000"}, "AUTH_SERVICE_URL must be an http://"),
        ({"USER_SERVICE_URL": "http://a:b@users"}, "USER_SERVICE_URL must not carry"),
        ({"LOG_LEVEL": "info"}, "LOG_LEVEL must be"),
        ({"STREAM_ON_DISCONNECT": "stop"}, "STREAM_ON_DISCONNECT must be record or cancel"),
        ({"RATE_LIMIT": "lots"}, "RATE_LIMIT must be like"),
        ({"PORT": "0"}, "PORT must be at least 1"),
        ({"PORT": "65536"}, "PORT must be at most 65535"),
        ({"DB_POOL_SIZE": "0"}, "DB_POOL_SIZE must be at least 1"),
        ({"DB_POOL_SIZE": "1.5"}, "DB_POOL_SIZE must be a whole number"),
        ({"WEB_WORKERS": "0"}, "WEB_WORKERS must be at least 1"),
        ({"WEB_THREADS": "0"}, "WEB_THREADS must be at least 1"),
        ({"WORKER_CONCURRENCY": "0"}, "WORKER_CONCURRENCY must be at least 1"),
        ({"MAX_BODY_BYTES": "0"}, "MAX_BODY_BYTES must be at least 1"),
        ({"MODEL_MAX_BYTES": "0"}, "MODEL_MAX_BYTES must be at least 1"),
        ({"DB_STATEMENT_SECONDS": "0"}, "DB_STATEMENT_SECONDS must be more than 0"),
        ({"DB_POOL_SECONDS": "0"}, "DB_POOL_SECONDS must be more than 0"),
        ({"MODEL_DEADLINE_SECONDS": "0"}, "MODEL_DEADLINE_SECONDS must be more than 0"),
        ({"MODEL_FAILURES": "0"}, "MODEL_FAILURES must be at least 1"),
        ({"MODEL_REST_SECONDS": "0"}, "MODEL_REST_SECONDS must be more than 0"),
        ({"MODEL_CONNECT_SECONDS": "0"}, "MODEL_CONNECT_SECONDS must be more than 0"),
        ({"NEIGHBOUR_SECONDS": "0"}, "NEIGHBOUR_SECONDS must be more than 0"),
        ({"BODY_SECONDS": "0"}, "BODY_SECONDS must be more than 0"),
        ({"IDEMPOTENCY_HOURS": "0"}, "IDEMPOTENCY_HOURS must be more than 0"),
        ({"UPKEEP_SECONDS": "0"}, "UPKEEP_SECONDS must be from 1 to 59"),
        ({"UPKEEP_SECONDS": "60"}, "UPKEEP_SECONDS must be from 1 to 59"),
        ({"GRACEFUL_SECONDS": "60"}, "GRACEFUL_SECONDS must exceed"),
        ({"DEBUG": "1"}, "DEBUG must not be set"),
        ({"FLASK_DEBUG": "yes"}, "FLASK_DEBUG must not be set"),
    ],
)
def test_what_is_unsafe_is_refused(changes, fault):
    (found,) = faults(**changes)
    assert fault in found


@pytest.mark.parametrize("algorithm", ["", "RS256", "ES256", "EdDSA"])
def test_a_key_set_takes_the_place_of_the_secret(algorithm):
    config = read(**KEY_SET, JWT_ALGORITHM=algorithm)
    assert config.jwt_algorithm == (algorithm or "RS256")
    assert config.jwt_jwks_url == KEY_SET["JWT_JWKS_URL"]


def test_a_key_set_on_this_machine_may_be_plain():
    assert read(**{**KEY_SET, "JWT_JWKS_URL": "http://127.0.0.1:9000/keys"}).jwt_jwks_url


def test_a_debugging_flag_that_says_no_is_no_fault():
    assert read(DEBUG="false", FLASK_DEBUG="0") == read()
