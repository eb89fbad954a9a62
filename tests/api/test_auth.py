"""Who is asking: what a token says, refined by neighbours where there are some."""

from dataclasses import replace
from datetime import timedelta

import jwt
import pytest

from app.clients.auth_service import NoAuthService
from app.clients.profiles import NoProfiles
from app.utils import clock
from tests.world import SECRET, Person, problem, token


class AuthService(NoAuthService):
    """Says of every token and person what a test wants said."""

    def __init__(self, *, valid=None, permissions=None):
        self.valid, self.granted = valid, permissions

    def is_valid(self, _token):
        return self.valid

    def permissions(self, _user_id, _token):
        return self.granted


class Profiles(NoProfiles):
    """Knows of one person's expertise."""

    def __init__(self, *areas):
        self.areas, self.asked = areas, []

    def expertise(self, user_id):
        self.asked.append(user_id)
        return [dict(area) for area in self.areas]


@pytest.fixture
def neighbours(app, monkeypatch):
    """Put other neighbours beside the service."""

    def choose(**remotes):
        changed = replace(app.extensions["remotes"], **remotes)
        monkeypatch.setitem(app.extensions, "remotes", changed)

    return choose


def person(client, *roles, **claims):
    return Person(client, "kim", *roles, **claims)


def status(someone, path="/interactions"):
    return someone.get(path).status_code


@pytest.mark.parametrize(
    "claims", [{"roles": ["validator"]}, {"roles": "validator"}, {"role": "validator"}]
)
def test_a_role_may_be_a_text_or_a_list(client, claims):
    whole = {"sub": "kim", "exp": clock.now() + timedelta(minutes=1), **claims}
    header = {"Authorization": f"Bearer {jwt.encode(whole, SECRET, 'HS256')}"}
    assert client.get("/dataset/stats", headers=header).status_code == 200


def test_one_known_role_among_unknown_ones_is_enough(client):
    someone = person(client, "root", "user", "superuser")
    assert status(someone) == 200
    assert status(someone, "/dataset/stats") == 403


@pytest.mark.parametrize("roles", [[], ["root"], [5], ["Admin"]])
def test_without_a_known_role_nothing_is_open(client, roles):
    problem(person(client, *roles).get("/interactions"), 403, "no_role")


def test_permissions_in_a_token_add_to_its_roles(client):
    someone = person(client, "user", permissions=["dataset:read", "everything", 5])
    assert status(someone, "/dataset/stats") == 200
    told = problem(someone.get("/events"), 403, "forbidden")
    assert told["needed"] == "events:read"


def test_permissions_that_are_no_list_give_nothing(client):
    someone = person(client, "user", permissions="dataset:read")
    assert status(someone, "/dataset/stats") == 403


@pytest.mark.parametrize("subject", ["", " ", "x" * 256, "a\nb", "a\x00b"])
def test_a_subject_is_printable_and_of_a_bounded_length(client, subject):
    problem(person(client, "user", sub=subject).get("/interactions"), 401, "unauthenticated")


def test_a_subject_is_any_such_text(client):
    for subject in ("x" * 255, "kim@example.org", "Κίμ", "a b|c/d"):
        made = person(client, "user", sub=subject).interaction()
        assert made["user_id"] == subject


def test_without_proof_nothing_is_open(client):
    answer = client.get("/interactions")
    problem(answer, 401, "unauthenticated")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def told(client, token):
    """Return what is said of a token that is refused, the same in body and header."""
    answer = client.get("/interactions", headers={"Authorization": f"Bearer {token}"})
    found = problem(answer, 401)
    assert answer.headers["WWW-Authenticate"] == (
        f'Bearer error="invalid_token", error_description="{found["detail"]}"'
    )
    return found["code"], found["detail"]


def test_of_an_expired_token_is_said_since_when(client):
    code, detail = told(client, token(exp=1_700_000_000))
    assert (code, detail) == ("token_expired", "the token expired at 2023-11-14T22:13:20Z")
    assert told(client, token(exp=-(2**53)))[1] == "the token expired"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (token(secret="another-secret-of-more-than-32-bytes"), "signature does not match"),
        (f"{token().rpartition('.')[0]}.{token('bob').rpartition('.')[2]}", "signature does not"),
        ("rubbish", "malformed: expected header.payload.signature"),
        ("a.b.c", "malformed: expected header.payload.signature"),
        (token(nbf=2**40), "is not in force yet"),
        (token(exp=...), "lacks the claim exp"),
        (token(sub=...), "lacks the claim sub"),
        (token(jti=5), "a header or a claim of it is not as expected"),
        (token(nbf=True), "expected nbf in the token to be a number of seconds"),
        (token(sub=" "), "expected a sub of 1 to 255 printable characters"),
        (jwt.encode({"sub": "kim"}, SECRET * 2, "HS512"), "an algorithm that is not accepted"),
        (jwt.encode({"sub": "kim"}, None, "none"), "an algorithm that is not accepted"),
        ("x" * 8193, "expected a token of at most 8192 characters"),
    ],
)
def test_of_a_wrong_token_is_said_what_is_wrong(client, wrong, said):
    code, detail = told(client, wrong)
    assert code == "unauthenticated"
    assert said in detail
    assert "Error" not in detail


def test_two_proofs_at_once_are_none(client, alice):
    both = {**alice.headers, "X-API-Key": "guessed"}
    problem(client.get("/interactions", headers=both), 401, "unauthenticated")


def test_proof_is_asked_for_before_a_body_is_looked_at(client):
    answer = client.post("/interactions", data=b"{", content_type="text/plain")
    problem(answer, 401, "unauthenticated")


def test_a_token_that_the_auth_service_refuses_opens_nothing(client, alice, neighbours):
    neighbours(auth_service=AuthService(valid=False))
    problem(alice.get("/interactions"), 401, "token_revoked")


@pytest.mark.parametrize("valid", [True, None])
def test_a_token_that_it_accepts_or_does_not_know_of_is_good(alice, neighbours, valid):
    neighbours(auth_service=AuthService(valid=valid))
    assert status(alice) == 200
    assert status(alice, "/dataset/stats") == 403


def test_what_the_auth_service_grants_adds_to_the_token(alice, neighbours):
    neighbours(auth_service=AuthService(permissions=["events:read", "fly"]))
    assert status(alice) == status(alice, "/events") == 200
    assert status(alice, "/dataset/stats") == 403


def test_a_validation_expert_is_a_validator(alice, vera, neighbours):
    given = vera.feedback(vera.response()["id"])
    profiles = Profiles({"name": "validation", "level": "EXPERT"})
    neighbours(profiles=profiles)
    assert alice.verdict(given["id"])["validator_id"] == "alice"
    assert set(profiles.asked) == {"alice"}
    problem(alice.get("/events"), 403, "forbidden")


@pytest.mark.parametrize(
    "area",
    [
        {"name": "validation", "level": "BEGINNER"},
        {"name": "cooking", "level": "EXPERT"},
        {"name": "Validation", "level": "EXPERT"},
    ],
)
def test_no_other_expertise_makes_one(alice, neighbours, area):
    neighbours(profiles=Profiles(area))
    assert status(alice, "/feedback/pending") == 403


def test_expertise_is_not_asked_for_where_it_makes_no_difference(alice, neighbours):
    profiles = Profiles({"name": "validation", "level": "EXPERT"})
    neighbours(profiles=profiles)
    assert status(alice) == 200
    assert profiles.asked == []
