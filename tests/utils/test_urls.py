"""URLs are taken apart without surprises, and few are trusted."""

import pytest

from app.utils.urls import is_trustworthy, url_parts


def test_the_parts_of_a_url():
    parts = url_parts("https://user@host:8443/path?x=1")
    assert (parts.scheme, parts.hostname, parts.port, parts.path) == (
        "https",
        "host",
        8443,
        "/path",
    )


@pytest.mark.parametrize(
    "text", ["http://[::1", "http://host:port", "http://host:99999", "http://host:0"]
)
def test_what_cannot_be_read_has_none(text):
    assert url_parts(text) is None


@pytest.mark.parametrize(
    ("text", "trusted"),
    [
        ("https://auth.example/keys", True),
        ("http://localhost:9000/keys", True),
        ("http://127.0.0.1/keys", True),
        ("http://[::1]/keys", True),
        ("http://auth.example/keys", False),
        ("http://localhost.example/keys", False),
        ("ftp://localhost/keys", False),
        ("https:///keys", False),
        ("keys", False),
        ("http://[::1", False),
    ],
)
def test_only_encrypted_or_local_ones_are_trusted(text, trusted):
    assert is_trustworthy(url_parts(text)) is trusted
