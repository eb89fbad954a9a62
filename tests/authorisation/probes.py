"""Tokens that nobody may get in with: each differs from a good one in one thing."""

import json
import time
from dataclasses import dataclass
from typing import Any

from flask import Flask

from tests.authorisation.issuer import claims, hmac_sealed, key_pair, part, public_bytes, sealed
from tests.world import SECRET

BEFORE, AFTER = int(time.time()) - 300, int(time.time()) + 300


@dataclass(frozen=True)
class Door:
    """An application, and how a good token for it is signed."""

    app: Flask
    algorithm: str
    key: Any

    @property
    def header(self) -> dict[str, Any]:
        return {"typ": "JWT", "alg": self.algorithm, "kid": "first"}

    def token(self, header: Any = None, payload: Any = None) -> str:
        """Return a token with a right signature over any header and payload."""
        header = self.header if header is None else header
        return sealed(header, claims() if payload is None else payload, self.algorithm, self.key)


# Claims of a well signed token; "..." takes one away.
CLAIMS: dict[str, dict[str, Any]] = {
    "no exp": {"exp": ...},
    "exp null": {"exp": None},
    "exp in digits": {"exp": str(AFTER)},
    "exp a date": {"exp": "2100-01-01T00:00:00Z"},
    "exp a list": {"exp": [AFTER]},
    "exp an object": {"exp": {"$gt": 0}},
    "exp true": {"exp": True},
    "exp false": {"exp": False},
    "exp zero": {"exp": 0},
    "exp negative": {"exp": -1},
    "exp 5 minutes ago": {"exp": BEFORE},
    "exp just past the leeway": {"exp": int(time.time()) - 11},
    "exp a number of 400 digits": {"exp": 10**400},
    "nbf in 5 minutes": {"nbf": AFTER},
    "nbf in digits": {"nbf": "0"},
    "nbf a list": {"nbf": [0]},
    "nbf true": {"nbf": True},
    "nbf null": {"nbf": None},
    "iat in 5 minutes": {"iat": AFTER},
    "iat in digits": {"iat": "0"},
    "iat a list": {"iat": []},
    "iat null": {"iat": None},
    "jti a number": {"jti": 5},
    "no sub": {"sub": ...},
    "sub null": {"sub": None},
    "sub empty": {"sub": ""},
    "sub of white space": {"sub": " \t "},
    "sub with NUL": {"sub": "alice\0"},
    "sub with a line break": {"sub": "alice\r\nX-Role: admin"},
    "sub with an escape": {"sub": "\x1b[2Jalice"},
    "sub with a bidi override": {"sub": "\u202ealice"},
    "sub with a lone surrogate": {"sub": "alice\ud800"},
    "sub of 256 characters": {"sub": "a" * 256},
    "sub a number": {"sub": 1},
    "sub true": {"sub": True},
    "sub a list": {"sub": ["alice"]},
    "sub an object": {"sub": {"id": "alice"}},
}
ROLES: dict[str, dict[str, Any]] = {
    "no roles": {"roles": ...},
    "roles null": {"roles": None},
    "roles empty": {"roles": []},
    "roles an object": {"roles": {"admin": True}},
    "roles a number": {"roles": 2},
    "roles true": {"roles": True},
    "roles nested": {"roles": [["admin"]]},
    "roles of objects": {"roles": [{"name": "admin"}]},
    "roles of null": {"roles": [None]},
    "an unknown role": {"roles": ["root"]},
    "a role in capitals": {"roles": ["ADMIN"]},
    "a role with a space": {"roles": ["admin "]},
    "roles in one text": {"roles": "user,admin"},
    "role empty": {"roles": ..., "role": ""},
    "role an object": {"roles": ..., "role": {"$ne": ""}},
    "roles null beside a role": {"roles": None, "role": "admin"},
}
ISSUED: dict[str, dict[str, Any]] = {
    "no aud": {"aud": ...},
    "aud null": {"aud": None},
    "aud empty": {"aud": ""},
    "aud another": {"aud": "another-service"},
    "aud the start of ours": {"aud": "interaction"},
    "aud in capitals": {"aud": "INTERACTION-SERVICE"},
    "aud an empty list": {"aud": []},
    "aud a list of others": {"aud": ["a", "b"]},
    "aud a list with a number": {"aud": ["interaction-service", 1]},
    "aud an object": {"aud": {"interaction-service": True}},
    "aud a number": {"aud": 7},
    "no iss": {"iss": ...},
    "iss null": {"iss": None},
    "iss another": {"iss": "https://evil.test/realm"},
    "iss the start of ours": {"iss": "https://issuer.test"},
    "iss with more": {"iss": "https://issuer.test/realm/"},
    "iss a list": {"iss": ["https://issuer.test/realm"]},
    "iss a number": {"iss": 1},
}
# Payloads as text, after which good claims follow where there is room for them.
PAYLOADS: dict[str, bytes] = {
    "exp of 1e400": b'{"exp":1e400,',
    "exp of -1e400": b'{"exp":-1e400,',
    "exp NaN": b'{"exp":NaN,',
    "exp Infinity": b'{"exp":Infinity,',
    "exp of 5,000 digits": b'{"exp":' + b"9" * 5000 + b",",
    "nbf of 1e400": b'{"nbf":1e400,',
    "iat NaN": b'{"iat":NaN,',
    "sub twice": b'{"sub":"mallory",',
    "roles twice": b'{"roles":["admin"],',
    "exp twice": b'{"exp":1,',
    "a name twice inside": b'{"x":{"a":1,"a":2},',
}
WHOLE_PAYLOADS: dict[str, bytes] = {
    "payload empty": b"",
    "payload a list": b"[]",
    "payload a text": b'"alice"',
    "payload null": b"null",
    "payload a number": b"1e3",
    "payload no JSON": b"{sub:alice}",
    "payload cut off": b'{"sub":"alice"',
    "payload with trailing garbage": b'{"sub":"alice"} x',
    "payload a depth bomb": b"[" * 3000,
    "payload an object bomb": b'{"a":' * 1000 + b"1" + b"}" * 1000,
    "payload of bytes": b"\xff\xfe\x00\x01",
}
HEADERS: dict[str, dict[str, Any]] = {
    "typ refresh": {"typ": "refresh+jwt"},
    "typ of an id token": {"typ": "id+jwt"},
    "typ of a proof": {"typ": "dpop+jwt"},
    "typ a logout token": {"typ": "logout+jwt"},
    "typ a number": {"typ": 0},
    "typ a list": {"typ": ["JWT"]},
    "typ empty": {"typ": ""},
    "typ null": {"typ": None},
    "crit unknown": {"crit": ["exp"]},
    "crit unknown and there": {"crit": ["x"], "x": 1},
    "crit empty": {"crit": []},
    "crit a text": {"crit": "exp"},
    "crit with a number": {"crit": [1]},
    "crit b64 that is not there": {"crit": ["b64"]},
    "b64 false": {"b64": False},
    "b64 false and critical": {"b64": False, "crit": ["b64"]},
    "alg none": {"alg": "none"},
    "alg None": {"alg": "None"},
    "alg nOnE": {"alg": "nOnE"},
    "alg empty": {"alg": ""},
    "alg null": {"alg": None},
    "alg missing": {"alg": ...},
    "alg a list": {"alg": ["HS256", "RS256", "ES256", "EdDSA"]},
    "alg an object": {"alg": {}},
    "alg in lower case": {"alg": "hs256"},
    "alg with a line break": {"alg": "HS256\n"},
    "alg another of the family": {"alg": "HS512"},
    "alg of another family": {"alg": "PS256"},
    "alg of keys": {"alg": "dir"},
    "kid a number": {"kid": 1},
    "kid a list": {"kid": ["first"]},
    "kid null": {"kid": None},
}
WHOLE_HEADERS: dict[str, bytes] = {
    "header empty": b"",
    "header a list": b"[]",
    "header null": b"null",
    "header no JSON": b"{alg:HS256}",
    "header of bytes": b"\xff\xfe",
    "header a depth bomb": b"[" * 3000,
    "header a bigger depth bomb": b"[" * 100_000,
    "header of 64 kB": b'{"alg":"HS256","x":"' + b"a" * 65_536 + b'"}',
    "header with 1e400": b'{"alg":"HS256","kid":1e400}',
}
# What hides in a key id, under a signature by a key of the forger's own.
KEY_IDS = [
    "' OR '1'='1",
    "first' UNION SELECT 'key'--",
    "../../../../../../dev/null",
    "/etc/passwd",
    "file:///dev/null",
    "http://127.0.0.1:1/keys",
    "first\0",
    "first\r\n",
    "",
    " first",
    "FIRST",
    "__proto__",
    "{{7*7}}",
    "%s%n",
    "k" * 4000,
    "|ls",
]


def spoiled_claims(door: Door, probes: dict[str, dict[str, Any]]) -> dict[str, str]:
    return {name: door.token(payload=claims(**changes)) for name, changes in probes.items()}


def spoiled_headers(door: Door) -> dict[str, str]:
    found = {}
    for name, changes in HEADERS.items():
        whole = {**door.header, **changes}
        found[name] = door.token({key: value for key, value in whole.items() if value is not ...})
    found |= {name: door.token(raw) for name, raw in WHOLE_HEADERS.items()}
    return found


def spoiled_payloads(door: Door) -> dict[str, str]:
    found = {name: door.token(payload=raw) for name, raw in WHOLE_PAYLOADS.items()}
    for name, start in PAYLOADS.items():
        given = {"exp", "nbf", "iat"} & {start[2:5].decode()} if "twice" not in name else set()
        rest = json.dumps(claims(**dict.fromkeys(given, ...)))
        found[name] = door.token(payload=start + rest[1:].encode())
    found["payload in UTF-16"] = door.token(payload=json.dumps(claims()).encode("utf-16"))
    found["payload after a BOM"] = door.token(
        payload=b"\xef\xbb\xbf" + json.dumps(claims()).encode()
    )
    return found


def broken(door: Door) -> dict[str, str]:
    """Return good tokens with something missing, changed or added."""
    good = door.token()
    header, payload, signature = good.split(".")
    other = door.token(payload=claims("mallory", "admin"))
    flipped = ("B" if signature[0] == "A" else "A") + signature[1:]
    return {
        "no signature": f"{header}.{payload}.",
        "two parts": f"{header}.{payload}",
        "one part": header,
        "four parts": f"{good}.{signature}",
        "five parts": f"{header}.{payload}.{payload}.{payload}.{signature}",
        "dots": "...",
        "signature cut off": good[:-4],
        "signature of another": f"{header}.{payload}.{other.split('.')[2]}",
        "payload of another": f"{header}.{other.split('.')[1]}.{signature}",
        "a bit flipped": f"{header}.{payload}.{flipped}",
        "signature of zeros": f"{header}.{payload}.{part(bytes(64))}",
        "a foreign character": f"{header}.{payload}.{signature[:5]}!{signature[5:]}",
        "a space inside": f"{header}. {payload}.{signature}",
        "garbage behind": good + "AAAA",
        "as JSON": json.dumps({"protected": header, "payload": payload, "signature": signature}),
        "two tokens": f"{good}, {good}",
        "not ASCII": f"{header}.{payload}.\xfc\xff",
        "too long": "a" * 70_000,
    }


def forged(door: Door) -> dict[str, str]:
    """Return tokens that are signed well, with what a forger can have."""
    rsa, elliptic = key_pair("RS256", 9), key_pair("ES256", 9)
    found = {
        "a secret that is known": hmac_sealed({"alg": "HS256"}, claims(), b"secret"),
        "an empty secret": hmac_sealed({"alg": "HS256", "kid": "first"}, claims(), b""),
        "another RSA key": sealed({**door.header, "alg": "RS256"}, claims(), "RS256", rsa),
        "another elliptic key": sealed(
            {**door.header, "alg": "ES256"}, claims(), "ES256", elliptic
        ),
        "a shorter family": sealed({**door.header, "alg": "HS384"}, claims(), "HS384", SECRET * 2),
        "its own key inside": sealed(
            {**door.header, "alg": "RS256", "jwk": {"kty": "RSA", "kid": "first"}},
            claims(),
            "RS256",
            rsa,
        ),
    }
    for number, key_id in enumerate(KEY_IDS):
        header = {"typ": "JWT", "alg": "HS256", "kid": key_id}
        found[f"key id {number}"] = hmac_sealed(header, claims(), b"")
    if door.algorithm != "HS256":
        found |= _with_the_public_key(door)
    return found


def _with_the_public_key(door: Door) -> dict[str, str]:
    """Return tokens whose HMAC secret is the issuer's public key, in every form it has."""
    from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415

    header = {"typ": "JWT", "alg": "HS256", "kid": "first"}
    pem = public_bytes(door.key)
    forms = {
        "PEM": pem,
        "PEM without its last line break": pem.rstrip(b"\n"),
        "DER": public_bytes(door.key, Encoding.DER),
    }
    found = {
        f"public key as secret: {name}": hmac_sealed(header, claims(), secret)
        for name, secret in forms.items()
    }
    lying = {**header, "alg": door.algorithm}
    found["an HMAC under the right name"] = hmac_sealed(lying, claims(), pem)
    return found
