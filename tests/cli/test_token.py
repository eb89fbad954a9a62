"""flask token: for development, and refused wherever real tokens come from elsewhere."""

import jwt
import pytest

from tests.world import SECRET


@pytest.fixture
def make(flask_with):
    def run(*words, **changes):
        made = flask_with("token", *words, development_tokens=True, **changes)
        assert made.exit_code == 0, made.output
        return made.stdout.strip()

    return run


def claims(token, **options):
    return jwt.decode(token, SECRET, ["HS256"], **options)


def test_without_leave_it_makes_none(flask):
    refused = flask("token")
    assert refused.exit_code == 1
    assert "does not make tokens" in refused.output
    assert "eyJ" not in refused.output


def test_with_leave_it_makes_one_that_the_service_takes(client, make):
    header = {"Authorization": f"Bearer {make()}"}
    assert client.get("/interactions", headers=header).status_code == 200
    assert client.get("/dataset/stats", headers=header).status_code == 403


def test_it_says_who_and_in_which_roles(client, make):
    token = make("--user", "vera", "--role", "user", "--role", "validator")
    made = claims(token)
    assert (made["sub"], made["roles"]) == ("vera", ["user", "validator"])
    header = {"Authorization": f"Bearer {token}"}
    assert client.get("/dataset/stats", headers=header).status_code == 200


def test_it_ends_after_so_many_hours(make):
    made = claims(make("--hours", "2"))
    assert made["exp"] - made["iat"] == 2 * 3600


def test_it_names_issuer_and_audience_where_they_are_asked_for(make):
    token = make(jwt_issuer="us", jwt_audience="them")
    made = claims(token, issuer="us", audience="them")
    assert (made["iss"], made["aud"]) == ("us", "them")


@pytest.mark.parametrize(
    "words", [("--role", "root"), ("--hours", "0"), ("--hours", "721"), ("--user",)]
)
def test_what_cannot_be_is_refused(flask_with, words):
    assert flask_with("token", *words, development_tokens=True).exit_code == 2
