"""R18: nobody gets past the limit: not by several workers, nor by saying to be somebody else."""

from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest
from urllib3 import connection_from_url

from tests.faults.caller import Caller

LIMIT = 100
ASKED = 150
WORKERS = 4
# The contract allows two in a hundred over the limit.
MOST = LIMIT + LIMIT // 50
_spoofed = count(1)


def serving(running, **settings):
    web = running.another_web(
        RATE_LIMIT=f"{LIMIT} per day", WEB_WORKERS=str(WORKERS), WEB_THREADS="8", **settings
    )
    web.begin()
    web.wait_ready()
    return web


@pytest.fixture(scope="module")
def limited(running):
    web = serving(running)
    yield web
    web.stop()


@pytest.fixture(scope="module")
def behind_a_proxy(running):
    web = serving(running, TRUSTED_PROXIES="1")
    yield web
    web.stop()


def ask(web, path, headers=None):
    """Ask on a connection of its own, so that every web process gets its share."""
    pool = connection_from_url(web.url, retries=False, timeout=15)
    with pool:
        return pool.request("GET", path, headers={"Connection": "close", **(headers or {})})


def spoofed():
    """Return an address that nobody else has said to have."""
    number = next(_spoofed)
    return f"198.51.{number // 250}.{number % 250 + 1}"


def many(send):
    with ThreadPoolExecutor(8) as people:
        return list(people.map(lambda _: send(), range(ASKED)))


def held(answers, accepted):
    statuses = [answer.status for answer in answers]
    assert set(statuses) == {accepted, 429}
    assert LIMIT <= statuses.count(accepted) <= MOST
    assert all(int(one.headers["Retry-After"]) >= 1 for one in answers if one.status == 429)


def test_r18_a_person_gets_the_limit_and_no_more(installation, limited):
    person = Caller(limited.url, "r18-person")
    held(many(lambda: person.call("GET", "/interactions", keep=False)), 200)
    other = Caller(limited.url, "r18-other")
    assert other.get("/interactions").status == 200


def test_r18_a_stranger_gets_the_limit_and_no_more(installation, limited):
    held(many(lambda: ask(limited, "/interactions", {"X-Forwarded-For": spoofed()})), 401)
    # A wrong token or key is no other stranger, and a path that is not there no other place.
    for path, headers in (
        ("/interactions", {"Authorization": "Bearer no.such.token"}),
        ("/interactions", {"X-API-Key": "guessed"}),
        ("/nothing", {}),
    ):
        assert ask(limited, path, {**headers, "X-Forwarded-For": spoofed()}).status == 429
    # Who proves who it is has a limit of its own.
    assert Caller(limited.url, "r18-known").get("/interactions").status == 200
    assert ask(limited, "/health").status == 200


def test_r18_behind_a_proxy_only_what_the_proxy_says_counts(installation, behind_a_proxy):
    def forwarded(address):
        return ask(behind_a_proxy, "/nothing", {"X-Forwarded-For": f"{spoofed()}, {address}"})

    held(many(lambda: forwarded("203.0.113.7")), 404)
    assert forwarded("203.0.113.8").status == 404
