"""Rate limits: so many requests a person, and a clear answer to the next one."""

import pytest

from tests.world import Person, problem


@pytest.fixture
def strict_client(another, redis):
    strict = another(rate_limit="3 per minute")
    strict.extensions["rate_limiter"].reset()
    yield strict.test_client()
    strict.extensions["rate_limiter"].reset()


def test_the_request_over_the_limit_is_refused_and_told_when_to_come_back(strict_client):
    carol = Person(strict_client, "carol", "user")
    for _ in range(3):
        assert carol.get("/interactions").status_code == 200
    refused = carol.get("/interactions")
    problem(refused, 429, "too_many_requests")
    assert 0 < int(refused.headers["Retry-After"]) <= 60


def test_off_nothing_is_counted_or_told(another):
    free = another(rate_limit="").test_client()
    answers = [Person(free, "carol", "user").get("/interactions")]
    answers += [free.get("/interactions", headers={"X-API-Key": "guessed"}), free.get("/nothing")]
    assert [answer.status_code for answer in answers] == [200, 401, 404]
    told = {name for answer in answers for name, _ in answer.headers}
    assert not {name for name in told if "RateLimit" in name}


def test_one_person_s_limit_is_not_another_s(strict_client):
    dave, erin = Person(strict_client, "dave", "user"), Person(strict_client, "erin", "user")
    for _ in range(4):
        dave.get("/interactions")
    assert dave.get("/interactions").status_code == 429
    assert erin.get("/interactions").status_code == 200


@pytest.mark.parametrize("path", ["/", "/health", "/ready", "/metrics", "/openapi.json", "/docs"])
def test_what_is_public_is_never_limited(strict_client, path):
    assert {strict_client.get(path).status_code for _ in range(8)} == {200}


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/interactions", {}, 401),
        ("/interactions", {"Authorization": "Bearer no.such.token"}, 401),
        ("/interactions", {"X-API-Key": "guessed"}, 401),
        ("/nothing", {}, 404),
    ],
)
def test_who_has_not_said_who_it_is_is_limited_by_its_address(strict_client, path, headers, status):
    address = {"REMOTE_ADDR": "192.0.2.1"}
    for number in range(3):
        # Said by anybody: no proxy is trusted.
        spoofed = {**headers, "X-Forwarded-For": f"198.51.100.{number}"}
        answer = strict_client.get(path, headers=spoofed, environ_overrides=address)
        assert answer.status_code == status
    refused = strict_client.get(path, headers=headers, environ_overrides=address)
    problem(refused, 429, "too_many_requests")
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    frank = Person(strict_client, "frank", "user")
    assert frank.get("/interactions", environ_overrides=address).status_code == 200
