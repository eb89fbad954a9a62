"""R11: no token that is wrong in anything gets in, and none breaks anything."""

import time

import pytest

from tests.authorisation import probes
from tests.authorisation.callers import api_key, bearer
from tests.authorisation.issuer import claims, key_pair, sealed
from tests.authorisation.probes import Door
from tests.world import SECRET, Person, problem

PATH = "/feedback/user"


@pytest.fixture(params=["HS256", "RS256", "ES256", "EdDSA"])
def door(request, app, realms):
    if request.param == "HS256":
        return Door(app, "HS256", SECRET)
    realms[request.param].forget()
    return Door(realms[request.param].app, request.param, key_pair(request.param))


def knock(door, token):
    return door.app.test_client().get(PATH, headers=bearer(token))


def let_in(door, tokens, refusals=frozenset({401})):
    """Return what is not refused by a problem document, by name."""
    found = {}
    for name, token in tokens.items():
        answer = knock(door, token)
        if answer.status_code not in refusals or answer.mimetype != "application/problem+json":
            found[name] = (answer.status_code, answer.text)
    return found


def test_r11_a_good_token_is_let_in(door):
    assert knock(door, door.token()).status_code == 200
    for kind in ("at+jwt", "application/at+jwt", "jwt"):
        assert knock(door, door.token({**door.header, "typ": kind})).status_code == 200
    within = int(time.time()) - 5
    assert knock(door, door.token(payload=claims(exp=within))).status_code == 200


def test_r11_odd_claims_are_refused(door):
    assert let_in(door, probes.spoiled_claims(door, probes.CLAIMS)) == {}


def test_r11_odd_roles_are_forbidden(door):
    assert let_in(door, probes.spoiled_claims(door, probes.ROLES), {403}) == {}


def test_r11_tokens_for_others_are_refused(realm):
    door = Door(realm.app, realm.algorithm, key_pair(realm.algorithm))
    assert let_in(door, probes.spoiled_claims(door, probes.ISSUED)) == {}


def test_r11_of_a_token_for_others_is_said_only_which_claim_it_is(realm):
    door = Door(realm.app, realm.algorithm, key_pair(realm.algorithm))
    for claim, said in (("aud", "its aud is not ours"), ("iss", "issuer (iss) that is not")):
        detail = problem(knock(door, door.token(payload=claims(**{claim: "evil"}))), 401)["detail"]
        assert said in detail
        assert "interaction-service" not in detail
        assert "issuer.test" not in detail


def test_r11_odd_headers_are_refused(door):
    tokens = probes.spoiled_headers(door)
    if door.algorithm == "HS256":
        # Without a key set the key id says nothing, as long as it is one.
        tokens["kid null"] = tokens["kid a number"]
    assert let_in(door, tokens) == {}


def test_r11_odd_payloads_are_refused(door):
    assert let_in(door, probes.spoiled_payloads(door)) == {}


def test_r11_broken_tokens_are_refused(door):
    assert let_in(door, probes.broken(door)) == {}


def test_r11_forged_tokens_are_refused(door):
    assert let_in(door, probes.forged(door)) == {}


def test_r11_there_are_many_of_them(door):
    tables = (probes.CLAIMS, probes.ROLES, probes.HEADERS, probes.WHOLE_HEADERS, probes.PAYLOADS)
    made = (probes.broken(door), probes.forged(door), probes.WHOLE_PAYLOADS)
    assert sum(map(len, tables)) + sum(map(len, made)) >= 60


@pytest.mark.parametrize(
    "value",
    ["Bearer", "Bearer ", "Bearer  \t", "Basic YWxpY2U6YQ==", "Token {}", "JWT {}", "{}",
     "Bearer {} {}", "Bearer\t{}", "Bearer={}", 'Bearer "{}"', "Digest {}", ""],
)  # fmt: skip
def test_r11_the_header_has_one_form(door, value):
    headers = {"Authorization": value.replace("{}", door.token())}
    problem(door.app.test_client().get(PATH, headers=headers), 401)


def test_r11_a_token_has_one_place(door):
    token, client = door.token(), door.app.test_client()
    for headers in ({"X-API-Key": token}, {"X-Auth-Token": token}, {"Cookie": f"token={token}"},
                    {"X-User-ID": "alice", "X-Roles": "admin"}):  # fmt: skip
        problem(client.get(PATH, headers=headers), 401)
    problem(client.get(PATH, query_string={"access_token": token}), 401)


def test_r11_an_api_key_is_no_bearer_token(door):
    key = api_key(door.app, ["feedback:read"])["X-API-Key"]
    assert door.app.test_client().get(PATH, headers={"X-API-Key": key}).status_code == 200
    problem(knock(door, key), 401)


@pytest.mark.parametrize("key", ["", " ", "ifs_", "ifs_x", "ü", "a" * 8000, "' OR 1=1--", "null"])
def test_r11_odd_api_keys_are_refused(app, key):
    problem(app.test_client().get(PATH, headers={"X-API-Key": key}), 401)


def test_r11_what_a_token_says_does_not_widen_it(client):
    for claim in ({"permissions": ["*"]}, {"permissions": ["admin"]}, {"permissions": {"a": 1}},
                  {"scope": "dataset:read"}, {"is_admin": True}, {"role": "admin"}):  # fmt: skip
        person = Person(client, "alice", "user", **claim)
        problem(person.get("/dataset/stats"), 403, "forbidden")


def test_r11_a_second_kind_of_signature_is_refused(realms, app):
    realm = realms["RS256"]
    realm.forget()
    door = Door(realm.app, "RS256", key_pair("RS256"))
    header = {**door.header, "alg": "PS256"}
    probabilistic = sealed(header, claims(), "PS256", door.key)
    lying = probabilistic.replace(probabilistic.split(".")[0], door.token().split(".")[0])
    assert let_in(door, {"named": probabilistic, "lying": lying}) == {}
