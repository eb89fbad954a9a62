"""Everybody who may knock: the columns of the matrix, and what each of them sends."""

import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from flask import Flask

from app.db import transaction
from app.domain.access import Permission
from app.services import api_keys
from tests.authorisation.issuer import (
    Issuer,
    claims,
    hmac_sealed,
    key_pair,
    public_bytes,
    sealed,
)
from tests.world import SECRET, token

Headers = dict[str, str]
_HEADER = {"typ": "JWT", "alg": "HS256"}


def bearer(text: str) -> Headers:
    return {"Authorization": f"Bearer {text}"}


def _spoiled(header: dict[str, Any] | None = None, algorithm: str = "HS256") -> Headers:
    body = {"sub": "alice", "roles": ["user"], "exp": int(time.time()) + 600}
    return bearer(sealed({**_HEADER, **(header or {})}, body, algorithm, SECRET))


def _without_role() -> str:
    return sealed(_HEADER, {"sub": "alice", "exp": int(time.time()) + 600}, "HS256", SECRET)


def _unsigned() -> Headers:
    text = _spoiled({"alg": "none"})["Authorization"]
    return {"Authorization": text.rsplit(".", 1)[0] + "."}


# Callers of an application whose tokens are signed with a secret; ``owner`` is Alice.
_BY_SECRET: dict[str, Callable[[], Headers]] = {
    "proof.none": dict,
    "token.expired": lambda: bearer(token(exp=int(time.time()) - 60)),
    "token.not_yet_valid": lambda: bearer(token(nbf=int(time.time()) + 60)),
    "token.wrong_algorithm": lambda: _spoiled({"alg": "HS512"}, "HS512"),
    "token.alg_none": _unsigned,
    "token.wrong_type": lambda: _spoiled({"typ": "refresh+jwt"}),
    "role.missing": lambda: bearer(_without_role()),
    "role.unknown": lambda: bearer(token(roles=["root"])),
    "person.owner": lambda: bearer(token("alice", ["user"])),
    "person.other": lambda: bearer(token("bob", ["user"])),
    "person.validator": lambda: bearer(token("vera", ["validator"])),
    "person.admin": lambda: bearer(token("adam", ["admin"])),
}


def by_secret(app: Flask, scope: str | None) -> dict[str, Headers]:
    """Return what each caller sends; ``scope`` is what the route asks of API keys."""
    others = [name.value for name in Permission if name.value != scope]
    headers = {name: make() for name, make in _BY_SECRET.items()}
    headers["api_key.with_scope"] = api_key(app, [scope or "events:read"])
    headers["proof.both"] = headers["person.owner"] | headers["api_key.with_scope"]
    headers["api_key.without_scope"] = api_key(app, others)
    headers["api_key.revoked"] = api_key(app, list(Permission), revoked=True)
    return headers


def api_key(app: Flask, scopes: list[str], *, revoked: bool = False) -> Headers:
    """Make an API key and return the header that shows it."""
    name = uuid4().hex
    with app.app_context(), transaction() as session:
        key = api_keys.create(session, name=name, scopes=scopes)
        if revoked:
            api_keys.revoke(session, name=name)
    return {"X-API-Key": key}


def by_issuer(issuer: Issuer) -> dict[str, Headers]:
    """Return callers of an application whose tokens come from ``issuer``."""
    forged = hmac_sealed(
        {**_HEADER, "kid": "first"}, claims(), public_bytes(key_pair(issuer.algorithm))
    )
    return {
        "issued.good": bearer(issuer.token()),
        "issued.wrong_audience": bearer(issuer.token(aud="another-service")),
        "issued.wrong_issuer": bearer(issuer.token(iss="https://issuer.test")),
        "issued.unknown_kid": bearer(issuer.token(kid="second")),
        "issued.public_key_as_secret": bearer(forged),
    }
