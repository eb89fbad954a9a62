"""R11: keys come and go, the issuer falls ill, and strangers invent key ids."""

import pytest

from tests.authorisation.callers import bearer
from tests.authorisation.issuer import claims, hmac_sealed, part
from tests.sizes import size
from tests.world import problem

PATH = "/feedback/user"


def knock(realm, token):
    return realm.app.test_client().get(PATH, headers=bearer(token))


def status(realm, token):
    return knock(realm, token).status_code


def flood(realm, tokens):
    for number in range(tokens):
        problem(knock(realm, realm.issuer.token(kid=f"invented-{number}")), 401)


def test_r11_unknown_key_ids_cause_one_fetch_in_30_seconds(realm):
    assert status(realm, realm.issuer.token()) == 200
    assert realm.issuer.asked == 1
    for period in range(1, 4):
        realm.clock.now += 31
        flood(realm, size(20, 350))
        assert realm.issuer.asked == 1 + period


def test_r11_a_flood_before_anybody_came_causes_one_fetch(realm):
    flood(realm, size(20, 1000))
    assert realm.issuer.asked == 1
    assert status(realm, realm.issuer.token()) == 200


def test_r11_a_new_key_works_within_35_seconds(realm):
    assert status(realm, realm.issuer.token()) == 200
    realm.issuer.published["second"] = 1
    token = realm.issuer.token("second", 1)
    realm.clock.now += 1
    problem(knock(realm, token), 401)
    realm.clock.now += 33
    assert status(realm, token) == 200
    assert status(realm, realm.issuer.token()) == 200


def test_r11_a_removed_key_is_refused_within_305_seconds(realm):
    token = realm.issuer.token()
    assert status(realm, token) == 200
    realm.issuer.published = {"second": 1}
    realm.clock.now += 304
    problem(knock(realm, token), 401)
    assert status(realm, realm.issuer.token("second", 1)) == 200


def test_r11_a_key_id_that_changes_hands_means_the_new_key(realm):
    assert status(realm, realm.issuer.token()) == 200
    realm.issuer.published = {"first": 1}
    realm.clock.now += 304
    problem(knock(realm, realm.issuer.token("first", 0)), 401)
    assert status(realm, realm.issuer.token("first", 1)) == 200


@pytest.mark.parametrize(
    "reply",
    [(503, b""), (500, b"<html>"), (200, b"not json"), (200, b"[]"), (200, b'{"keys": 5}'),
     (200, b"[" * 100_000), (200, b" " * 300_000), (404, b'{"keys": []}'), (204, b"")],
)  # fmt: skip
def test_r11_known_keys_work_while_the_issuer_is_ill(realm, reply):
    token = realm.issuer.token()
    assert status(realm, token) == 200
    realm.issuer.reply = reply
    for _ in range(20):
        realm.clock.now += 30
        problem(knock(realm, realm.issuer.token(kid="invented")), 401)
        assert status(realm, token) == 200
    realm.issuer.reply = None
    realm.issuer.published["second"] = 1
    realm.clock.now += 31
    assert status(realm, realm.issuer.token("second", 1)) == 200


def test_r11_known_keys_work_while_the_issuer_cannot_be_reached(realm):
    token = realm.issuer.token()
    assert status(realm, token) == 200
    realm.issuer.stop()
    try:
        realm.clock.now += 600
        assert status(realm, token) == 200
        problem(knock(realm, realm.issuer.token(kid="invented")), 401)
    finally:
        realm.issuer.start()


def test_r11_without_any_key_yet_it_is_not_the_callers_fault(realm):
    realm.issuer.reply = (503, b"")
    answer = knock(realm, realm.issuer.token())
    problem(answer, 503, "keys_unavailable")
    assert int(answer.headers["Retry-After"]) >= 1
    problem(realm.app.test_client().get(PATH), 401)
    realm.issuer.reply = None
    realm.clock.now += 3
    assert status(realm, realm.issuer.token()) == 200


def test_r11_odd_keys_take_no_good_one_with_them(realm):
    realm.issuer.extra = [
        None,
        "first",
        [],
        {},
        {"kid": "a"},
        {"kty": "RSA", "kid": "b"},
        {"kty": "RSA", "kid": "c", "n": "AA", "e": "AQAB"},
        {"kty": "EC", "kid": "d", "crv": "P-256", "x": "AA", "y": "AA"},
        {"kty": "oct", "kid": "e", "k": part(b"0" * 64)},
        {"kty": "nonsense", "kid": "f"},
        {"kty": "RSA", "kid": ["g"], "n": 1, "e": 2},
    ]
    assert status(realm, realm.issuer.token()) == 200
    for odd in "abcdefg":
        problem(knock(realm, realm.issuer.token(kid=odd)), 401)


def test_r11_a_secret_in_the_key_set_signs_nothing(realm):
    secret = b"0123456789abcdef" * 4
    realm.issuer.extra = [{"kty": "oct", "kid": "shared", "k": part(secret), "alg": "HS256"}]
    for algorithm in ("HS256", realm.algorithm):
        header = {"typ": "JWT", "alg": algorithm, "kid": "shared"}
        payload = claims()
        problem(knock(realm, hmac_sealed(header, payload, secret)), 401)


def test_r11_where_a_token_says_its_keys_are_nobody_looks(realm, realms):
    other = next(one for one in realms.values() if one is not realm)
    other.forget()
    payload = claims()
    for name in ("jku", "x5u", "jwks_uri", "iss"):
        header = {"typ": "JWT", "alg": realm.algorithm, "kid": "elsewhere", name: other.issuer.url}
        problem(knock(realm, hmac_sealed(header, payload, b"x" * 32)), 401)
    header = {"typ": "JWT", "alg": realm.algorithm, "kid": other.issuer.url}
    problem(knock(realm, hmac_sealed(header, payload, b"x" * 32)), 401)
    assert other.issuer.asked == 0
