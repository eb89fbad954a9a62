"""A route may lead to servers of models, and neither to credentials nor to nobody."""

import pytest

from app.domain.model_url import may_reach, url_fault

NEVER = [
    *("169.254.169.254", "169.254.170.2", "fe80::1", "fe80::1%eth0", "fd00:ec2::254"),
    *("100.100.100.200", "192.0.0.192", "168.63.129.16"),
    *("0.0.0.0", "::", "224.0.0.1", "ff02::1"),
    *("::ffff:169.254.169.254", "2002:a9fe:a9fe::", "64:ff9b::a9fe:a9fe"),
    *("", "localhost", "1.2.3", "not an address"),
]
PRIVATE = [
    *("127.0.0.1", "127.8.8.8", "::1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "fd12::1"),
    *("100.64.0.1", "192.0.0.8", "198.18.0.1", "192.0.2.1", "240.0.0.1", "255.255.255.255"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::", "64:ff9b::7f00:1", "64:ff9b:1::1"),
    *("2001:db8::1", "fec0::1", "5f00::1", "3fff::1"),
]
PUBLIC = ["8.8.8.8", "104.18.7.192", "2606:4700::6810:84e5", "::ffff:8.8.8.8", "64:ff9b::808:808"]


@pytest.mark.parametrize("address", NEVER)
def test_an_address_of_credentials_or_nobody_is_never_reached(address):
    assert not may_reach(address, allow_private=True)
    assert not may_reach(address, allow_private=False)


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_is_reached_where_the_operator_allows_it(address):
    assert may_reach(address, allow_private=True)
    assert not may_reach(address, allow_private=False)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_reached(address):
    assert may_reach(address, allow_private=True)
    assert may_reach(address, allow_private=False)


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:11434",
        "http://vllm:8000/v1",
        "https://api.openai.com/v1",
        "http://10.0.0.5:8080/",
        "http://[::1]:8000/v1",
        "https://[2606:4700::1]/v1",
    ],
)
def test_a_server_beside_us_or_far_away_has_a_url(url):
    assert url_fault(url, allow_private=True) is None


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("", "http"),
        ("api.openai.com", "http"),
        ("ftp://api.openai.com", "http"),
        ("file:///etc/passwd", "http"),
        ("http://", "http"),
        ("http://:80", "http"),
        ("http://host:0", "http"),
        ("http://host:99999", "read"),
        ("http://[::1", "read"),
        ("http://user@host", "user name"),
        ("http://user:secret@host", "user name"),
        ("http://@host", "user name"),
        ("http://host/?key=1", "query"),
        ("http://host/#x", "query"),
        ("http://ho st", "printable"),
        ("http://host\r\nX: y", "printable"),
        ("http://hos\u0442", "printable"),
        ("http://host\\@other", "printable"),
        ("http://host/" + "x" * 2000, "printable"),
        ("http://169.254.169.254/latest", "may not be reached"),
        ("http://[fe80::1]/", "may not be reached"),
    ],
)
def test_anything_else_is_told_apart(url, fault):
    assert fault in url_fault(url, allow_private=True)


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("http://api.openai.com/v1", "https"),
        ("https://127.0.0.1/v1", "may not be reached"),
        ("https://[::ffff:10.0.0.1]/v1", "may not be reached"),
    ],
)
def test_without_private_addresses_only_the_public_is_left(url, fault):
    assert fault in url_fault(url, allow_private=False)
    assert url_fault("https://api.openai.com/v1", allow_private=False) is None
