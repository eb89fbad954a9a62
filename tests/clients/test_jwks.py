"""Keys follow the issuer's, an outage changes nothing for a while, and nobody can cause a flood."""

import json
import threading

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from app.clients.jwks import JwksKeySource, KeyUnavailable, UnknownKey
from app.errors import AppError
from tests.clients.loopback import reply

RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC = ec.generate_private_key(ec.SECP256R1())
ED = ed25519.Ed25519PrivateKey.generate()


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


class Issuer:
    """Publishes what a test says, and counts how often it is asked."""

    def __init__(self):
        self.document = {"keys": [published("one")]}
        self.fetches = 0
        self.says = None
        self.may_answer = threading.Event()
        self.may_answer.set()

    def __call__(self, visit):
        while visit.request() is not None:
            self.fetches += 1
            self.may_answer.wait(20)
            visit.send(self.says or reply(self.document))
            if self.says:
                return


def published(kid, key=RSA, algorithm=RSAAlgorithm, **more):
    return {**json.loads(algorithm.to_jwk(key.public_key())), "kid": kid, **more}


def token(kid="one", key=RSA, algorithm="RS256", **headers):
    return jwt.encode({"sub": "u"}, key, algorithm=algorithm, headers={"kid": kid, **headers})


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def issuer():
    return Issuer()


@pytest.fixture
def source(serve, issuer, clock):
    return JwksKeySource(f"{serve(issuer).url}/keys.json?tenant=1", clock=clock)


@pytest.mark.parametrize(
    ("key", "algorithm", "name"),
    [(RSA, RSAAlgorithm, "RS256"), (EC, ECAlgorithm, "ES256"), (ED, OKPAlgorithm, "EdDSA")],
)
def test_a_token_is_checked_by_the_key_it_names(source, issuer, key, algorithm, name):
    issuer.document["keys"].append(published("two", key, algorithm))
    signed = token("two", key, name)
    assert jwt.decode(signed, source.key_for(signed), algorithms=[name])["sub"] == "u"


def test_the_key_set_is_asked_for_at_its_own_place(serve, clock):
    seen = []

    def handle(visit):
        seen.append(visit.request().split()[1])
        visit.send(reply({"keys": [published("one")]}))

    JwksKeySource(f"{serve(handle).url}/a/keys.json?tenant=1#x", clock=clock).key_for(token())
    assert seen == [b"/a/keys.json?tenant=1"]


def test_the_keys_are_fetched_once_for_many_tokens(source, issuer):
    for _ in range(50):
        source.key_for(token())
    assert issuer.fetches == 1


@pytest.mark.parametrize(
    "odd",
    [
        "",
        "a.b.c",
        "x" * 10_000,
        jwt.encode({}, "k" * 32, algorithm="HS256"),
        jwt.encode({}, "k" * 32, algorithm="HS256", headers={"kid": ""}),
        jwt.utils.base64url_encode(b'{"kid":' + b"[" * 100_000).decode() + ".e30.e30",
        jwt.utils.base64url_encode(b'{"alg":"RS256","kid":5}').decode() + ".e30.e30",
        "\ud800",
        None,
        5,
    ],
)
def test_a_token_that_names_no_key_is_refused_without_asking(source, issuer, odd):
    with pytest.raises(UnknownKey):
        source.key_for(odd)
    assert issuer.fetches == 0


@pytest.mark.parametrize("kid", ["' OR 1=1 --", "../../etc/passwd", "http://evil.invalid/", "one "])
def test_a_key_id_is_a_name_and_nothing_else(source, kid):
    with pytest.raises(UnknownKey):
        source.key_for(token(kid, jku="http://evil.invalid/"))


class TestAFloodOfUnknownKeys:
    def test_asks_the_issuer_once_in_thirty_seconds(self, source, issuer, clock):
        source.key_for(token())
        for number in range(1000):
            clock.now += 0.06
            with pytest.raises(UnknownKey):
                source.key_for(token(f"unknown-{number}"))
        assert issuer.fetches <= 1 + 60 / 30

    def test_locks_nobody_out_while_the_issuer_is_down(self, source, issuer, clock):
        source.key_for(token())
        issuer.says = reply({}, 503)
        for number in range(300):
            clock.now += 0.2
            with pytest.raises(UnknownKey):
                source.key_for(token(f"unknown-{number}"))
            assert source.key_for(token()).key_id == "one"
        assert issuer.fetches <= 1 + 60 / 30

    def test_keeps_nobody_with_a_known_key_waiting(self, source, issuer, clock):
        source.key_for(token())
        clock.now += 31
        issuer.may_answer.clear()

        def ask():
            with pytest.raises(UnknownKey):
                source.key_for(token("unknown"))

        stranger = threading.Thread(target=ask)
        stranger.start()
        while issuer.fetches < 2:
            stranger.join(0.01)
        assert source.key_for(token()).key_id == "one"
        with pytest.raises(UnknownKey):
            source.key_for(token("another"))
        assert stranger.is_alive()
        issuer.may_answer.set()
        stranger.join()


class TestRotation:
    def test_a_new_key_is_known_thirty_seconds_after_it_is_published(self, source, issuer, clock):
        source.key_for(token())
        clock.now += 1
        issuer.document["keys"].append(published("two", EC, ECAlgorithm))
        clock.now += 30
        assert source.key_for(token("two", EC, "ES256")).key_id == "two"
        assert source.key_for(token()).key_id == "one"

    def test_a_withdrawn_key_is_refused_after_five_minutes(self, source, issuer, clock):
        source.key_for(token())
        issuer.document["keys"] = [published("two", EC, ECAlgorithm)]
        clock.now += 280
        assert source.key_for(token()).key_id == "one"
        clock.now += 20
        with pytest.raises(UnknownKey):
            source.key_for(token())

    def test_all_keys_can_be_withdrawn(self, source, issuer, clock):
        source.key_for(token())
        issuer.document["keys"] = []
        clock.now += 300
        with pytest.raises(UnknownKey):
            source.key_for(token())


class TestAnOutage:
    @pytest.mark.parametrize(
        "says",
        [
            reply({}, 500),
            reply({}, 404),
            reply({}, 302, Location="https://elsewhere.invalid"),
            reply(b"<html>"),
            reply([]),
            reply({"keys": "none"}),
            reply(b"x" * 300_000),
            b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{",
            b"nonsense",
        ],
    )
    def test_of_ten_minutes_does_not_matter_to_known_keys(self, source, issuer, clock, says):
        source.key_for(token())
        issuer.says = says
        for _ in range(60):
            clock.now += 10
            assert source.key_for(token()).key_id == "one"
        assert issuer.fetches <= 1 + 600 / 30
        issuer.says = None
        issuer.document["keys"] = [published("two", EC, ECAlgorithm)]
        clock.now += 30
        with pytest.raises(UnknownKey):
            source.key_for(token())

    def test_of_more_than_an_hour_ends_the_trust(self, source, issuer, clock):
        source.key_for(token())
        issuer.says = reply({}, 503)
        clock.now += 3601
        with pytest.raises(KeyUnavailable):
            source.key_for(token())

    def test_at_the_start_is_told_apart_from_an_unknown_key(self, source, issuer, clock):
        issuer.says = reply({}, 503)
        for _ in range(100):
            with pytest.raises(KeyUnavailable):
                source.key_for(token())
        assert issuer.fetches == 1
        issuer.says = None
        clock.now += 2
        assert source.key_for(token()).key_id == "one"

    def test_may_be_an_answer_that_never_ends(self, serve, clock, monkeypatch):
        monkeypatch.setattr("app.clients.jwks._FETCH_SECONDS", 0.3)

        def handle(visit):
            visit.request()
            visit.send(b"HTTP/1.1 200 OK\r\n\r\n")
            visit.drip(b" ")

        source = JwksKeySource(serve(handle).url, clock=clock)
        with pytest.raises(KeyUnavailable):
            source.key_for(token())

    def test_may_be_nobody_there(self, clock):
        with pytest.raises(KeyUnavailable):
            JwksKeySource("http://127.0.0.1:1/keys", clock=clock).key_for(token())
        assert not JwksKeySource("http://127.0.0.1:1/keys", clock=clock).answers()


def test_first_callers_wait_for_one_fetch(source, issuer):
    issuer.may_answer.clear()
    found = []
    callers = [
        threading.Thread(target=lambda: found.append(source.key_for(token()).key_id))
        for _ in range(8)
    ]
    for caller in callers:
        caller.start()
    issuer.may_answer.set()
    for caller in callers:
        caller.join()
    assert found == ["one"] * 8
    assert issuer.fetches == 1


def test_keys_that_are_not_for_signatures_or_odd_are_passed_over(source, issuer):
    issuer.document["keys"] = [
        published("encryption", use="enc"),
        {"kid": "empty"},
        {"kid": "odd", "kty": "RSA", "n": 5, "e": []},
        {"kid": "unheard", "kty": "RSA", "alg": "RSA-OAEP"},
        {"kid": 5, "kty": "RSA"},
        {key: value for key, value in published("").items() if key != "kid"},
        "text",
        None,
        published("one"),
    ]
    assert source.key_for(token()).key_id == "one"
    for kid in ("encryption", "empty", "odd", "unheard", "5", "None"):
        with pytest.raises(UnknownKey):
            source.key_for(token(kid))


@pytest.mark.parametrize(
    "url",
    ["http://issuer.example/keys", "file:///etc/passwd", "ftp://127.0.0.1.example/", "keys", ""],
)
def test_keys_come_over_tls_or_from_this_machine(url):
    with pytest.raises(ValueError, match="https"):
        JwksKeySource(url)


def test_its_failures_are_errors_of_the_service():
    assert issubclass(KeyUnavailable, AppError)
    assert issubclass(UnknownKey, AppError)
