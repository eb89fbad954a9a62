"""The environment is completed where it is silent, and never changed."""

import stat

import pytest

from devstack.environment import Part, complete, missing_parts, port, read
from devstack.errors import PartError

URLS = {
    Part.POSTGRES: "postgresql://embedded",
    Part.REDIS: "unix:///embedded",
    Part.MODEL_SERVICE: "http://127.0.0.1:1",
}
KEY = "0123456789abcdef0123456789abcdef"


def test_every_part_is_missing_from_an_empty_environment():
    assert missing_parts({}) == list(Part)


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("DATABASE_URL", Part.POSTGRES),
        ("REDIS_URL", Part.REDIS),
        ("MODEL_SERVICE_URL", Part.MODEL_SERVICE),
    ],
)
@pytest.mark.parametrize("suffix", ["", "_FILE"])
def test_a_part_with_a_url_is_not_missing(name, part, suffix):
    assert part not in missing_parts({name + suffix: "somewhere"})
    assert len(missing_parts({name + suffix: "somewhere"})) == 2


def test_a_blank_value_counts_as_not_given():
    assert missing_parts({"DATABASE_URL": " "}) == list(Part)


def test_missing_urls_are_filled_in(tmp_path):
    completed = complete({}, URLS, tmp_path)
    assert completed["DATABASE_URL"] == URLS[Part.POSTGRES]
    assert completed["REDIS_URL"] == URLS[Part.REDIS]
    assert completed["MODEL_SERVICE_URL"] == URLS[Part.MODEL_SERVICE]
    assert completed["STORAGE_URL"] == (tmp_path / "storage").as_uri()
    assert completed["BIND_HOST"] == "127.0.0.1"
    assert completed["PORT"] == "8000"


def test_what_is_given_stays(tmp_path):
    given = {
        "DATABASE_URL": "postgresql://mine",
        "REDIS_URL_FILE": "/run/secrets/redis",
        "STORAGE_URL": "s3://mine",
        "BIND_HOST": "0.0.0.0",
        "PORT": "9000",
        "JWT_SECRET_KEY": KEY,
        "DEVELOPMENT_TOKENS": "false",
        "LOG_LEVEL": "DEBUG",
    }
    completed = complete(given, URLS, tmp_path)
    assert completed.items() >= given.items()
    assert "REDIS_URL" not in completed


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path):
    first = complete({}, URLS, tmp_path)["JWT_SECRET_KEY"]
    again = complete({}, URLS, tmp_path)["JWT_SECRET_KEY"]
    assert first == again
    assert len(first) >= 32
    assert stat.S_IMODE((tmp_path / "jwt_secret_key").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "true"),
        ({"JWT_SECRET_KEY": KEY}, "true"),
        ({"JWT_SECRET_KEY_FILE": "/run/secrets/key"}, "true"),
        ({"JWT_JWKS_URL": "https://sign.in/keys"}, None),
        ({"DEVELOPMENT_TOKENS": "false"}, "false"),
    ],
)
def test_development_tokens_need_a_key_of_ours(tmp_path, given, expected):
    assert complete(given, URLS, tmp_path).get("DEVELOPMENT_TOKENS") == expected


def test_no_key_is_made_beside_the_key_set_of_others(tmp_path):
    completed = complete({"JWT_JWKS_URL": "https://sign.in/keys"}, URLS, tmp_path)
    assert "JWT_SECRET_KEY" not in completed
    assert not (tmp_path / "jwt_secret_key").exists()


def test_a_file_in_the_root_completes_the_environment(tmp_path, monkeypatch):
    (tmp_path / ".env").write_text("PORT=8123\nREDIS_URL=redis://mine\n")
    monkeypatch.setenv("PORT", "8456")
    monkeypatch.delenv("REDIS_URL", raising=False)
    environment = read(tmp_path)
    assert environment["PORT"] == "8456"
    assert environment["REDIS_URL"] == "redis://mine"


@pytest.mark.parametrize("value", ["0", "65536", "-1", "eight", "8000.0", "٨"])
def test_a_port_that_is_none_is_named(value):
    with pytest.raises(PartError, match="PORT must be a whole number") as refused:
        port({"PORT": value})
    assert repr(value) in str(refused.value)


def test_the_embedded_model_has_its_tokenizer(tmp_path):
    completed = complete({}, URLS, tmp_path)
    assert completed["TOKENIZERS_FOLDER"] == str(tmp_path / "tokenizers")
    assert complete({"TOKENIZERS_FOLDER": "/mine"}, URLS, tmp_path)["TOKENIZERS_FOLDER"] == "/mine"
    others = {Part.POSTGRES: URLS[Part.POSTGRES]}
    assert "TOKENIZERS_FOLDER" not in complete({}, others, tmp_path)
