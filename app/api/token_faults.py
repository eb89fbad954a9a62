"""What is wrong with a token, in words for whoever sent it; nothing of it helps to forge one."""

from datetime import UTC, datetime

import jwt

from app.errors import InvalidToken

_MALFORMED = (
    "the token is malformed: expected header.payload.signature in base64url, and claims of the "
    "kinds that JWT has"
)
# The first that fits; the library's own words would name its classes and our settings.
_WORDS: tuple[tuple[type[jwt.PyJWTError], str], ...] = (
    (jwt.ImmatureSignatureError, "the token is not in force yet: its nbf or iat lies ahead"),
    (
        jwt.InvalidSignatureError,
        "the token's signature does not match: another key made it, or it was changed since",
    ),
    (jwt.InvalidAlgorithmError, "the token is signed with an algorithm that is not accepted here"),
    (jwt.InvalidAudienceError, "the token is meant for another service: its aud is not ours"),
    (jwt.InvalidIssuerError, "the token comes from an issuer (iss) that is not accepted here"),
    (jwt.DecodeError, _MALFORMED),
)
_OTHER = "the token is not valid: a header or a claim of it is not as expected"


def described(error: jwt.PyJWTError, token: str) -> InvalidToken:
    """Return the error that says what is wrong with ``token``."""
    if isinstance(error, jwt.ExpiredSignatureError):
        return InvalidToken(f"the token expired{_moment(token)}", code="token_expired")
    if isinstance(error, jwt.MissingRequiredClaimError):
        return InvalidToken(f"the token lacks the claim {error.claim}")
    return InvalidToken(next((said for kind, said in _WORDS if isinstance(error, kind)), _OTHER))


def _moment(token: str) -> str:
    """Return when a token expired, which is asked once its signature is known to be right."""
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
        moment = datetime.fromtimestamp(int(claims["exp"]), UTC)
    except (jwt.PyJWTError, ValueError, OverflowError, OSError):
        return ""
    return f" at {moment:%Y-%m-%dT%H:%M:%SZ}"
