"""The application: made of settings, or refused with one line."""

from dataclasses import replace

import pytest
from flask import request

from app import create_app


def test_without_settings_they_come_from_the_environment(environment, monkeypatch):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    made = create_app()
    assert made.extensions["settings"].database_url == environment["DATABASE_URL"]
    assert made.test_client().get("/health").status_code == 200


def test_what_is_unsafe_ends_the_process_with_one_line(monkeypatch):
    for name in ("DATABASE_URL", "JWT_SECRET_KEY", "JWT_JWKS_URL"):
        monkeypatch.setenv(name, "")
    with pytest.raises(SystemExit) as refused:
        create_app()
    assert str(refused.value.code).startswith("configuration refused: DATABASE_URL is missing")
    assert "JWT_SECRET_KEY or JWT_JWKS_URL is missing" in refused.value.code
    assert "\n" not in refused.value.code


def test_it_knows_the_migration_it_was_written_for(app):
    assert app.extensions["expected_revision"].startswith("0")


@pytest.mark.parametrize(
    ("proxies", "remote"), [(0, "127.0.0.1"), (1, "203.0.113.9"), (2, "198.51.100.7")]
)
def test_addresses_are_believed_from_as_many_proxies_as_there_are(config, proxies, remote):
    made = create_app(replace(config, trusted_proxies=proxies))
    seen = []
    made.before_request(lambda: seen.append(request.remote_addr))
    made.test_client().get(
        "/health", headers={"X-Forwarded-For": "192.0.2.1, 198.51.100.7, 203.0.113.9"}
    )
    assert seen == [remote]
