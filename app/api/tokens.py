"""Bearer tokens: which ones are genuine, and what they claim (RFC 8725)."""

import json
from typing import Any, NoReturn

import jwt

from app.api.token_faults import described
from app.clients.jwks import KeySource
from app.config import Config
from app.errors import AppError, InvalidToken

# Kinds of token must not be mistaken for each other; these are kinds of access token.
_KINDS = frozenset({"jwt", "at+jwt", "application/at+jwt"})
_TIMES = ("exp", "nbf", "iat")
_LARGEST_TIME = 2**53


class _StrictReader(jwt.PyJWT):
    """Refuses what the library lets pass: a claim twice, NaN, and text that is not UTF-8."""

    def _decode_payload(self, decoded: dict[str, Any]) -> dict[str, Any]:
        try:
            claims = json.loads(
                decoded["payload"].decode(),
                object_pairs_hook=_unique,
                parse_constant=_refuse_constant,
            )
        except (ValueError, RecursionError) as error:
            raise jwt.DecodeError("the payload is not JSON") from error
        if not isinstance(claims, dict):
            raise jwt.DecodeError("the payload is not an object")
        return claims


_reader = _StrictReader()


def verified_claims(token: str, settings: Config, keys: KeySource | None) -> dict[str, Any]:
    """Return what a genuine token in force claims; raises InvalidToken for all others."""
    try:
        key = keys.key_for(token) if keys else settings.jwt_secret_key
        found = _reader.decode_complete(
            token,
            key,
            algorithms=[settings.jwt_algorithm],
            issuer=settings.jwt_issuer or None,
            audience=settings.jwt_audience or None,
            leeway=settings.jwt_leeway_seconds,
            options=_options(settings),
        )
        _refuse_other_kinds(found["header"])
        _refuse_odd_times(found["payload"])
    except AppError:
        raise
    except jwt.PyJWTError as error:
        raise described(error, token) from error
    except Exception as error:
        # Whatever a hostile token breaks inside the library, it is a token we do not trust.
        raise InvalidToken("the token is not valid") from error
    claims: dict[str, Any] = found["payload"]
    return claims


def _refuse_other_kinds(header: dict[str, Any]) -> None:
    kind = header.get("typ", "JWT")
    if not isinstance(kind, str) or kind.lower() not in _KINDS:
        raise InvalidToken("the token is not an access token: its typ is another")


def _refuse_odd_times(claims: dict[str, Any]) -> None:
    """Refuse dates that are no numbers; the library takes "1", true and 10 ** 400 for some."""
    for name in _TIMES:
        value = claims.get(name, 0)
        if type(value) not in {int, float} or abs(value) > _LARGEST_TIME:
            raise InvalidToken(f"expected {name} in the token to be a number of seconds")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    claims = dict(pairs)
    if len(claims) < len(pairs):
        # Two readers of the token could each believe another one.
        raise ValueError("a name stands there twice")
    return claims


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _options(settings: Config) -> Any:
    required = ["exp", "sub"]
    required += ["iss"] if settings.jwt_issuer else []
    required += ["aud"] if settings.jwt_audience else []
    return {
        "require": required,
        "verify_aud": bool(settings.jwt_audience),
        "enforce_minimum_key_length": True,
    }
