"""Receipts: signed by this installation, and checked by whoever has its public key.

A receipt is a JWS (RFC 7515) by Ed25519 (RFC 8037), in its compact form.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm

from app.config import Config

_ALGORITHM = "EdDSA"
_TYPE = "erasure-receipt+jwt"
_PURPOSE = b"receipts of erasures"


class Signer:
    """Signs with a key made from RECEIPT_KEY, or from JWT_SECRET_KEY where that is not set."""

    def __init__(self, config: Config) -> None:
        secret = config.receipt_key or config.jwt_secret_key
        seed = hmac.digest(secret.encode(), _PURPOSE, hashlib.sha256)
        self._key = Ed25519PrivateKey.from_private_bytes(seed) if secret else None

    def sign(self, content: Mapping[str, Any]) -> str | None:
        """Return the receipt, None where there is no key to sign with."""
        if self._key is None:
            return None
        return jwt.encode(dict(content), self._key, _ALGORITHM, headers={"typ": _TYPE})

    def public_key(self) -> dict[str, Any] | None:
        """Return the key that anybody may check receipts with, as a JWK."""
        return OKPAlgorithm.to_jwk(self._key.public_key(), as_dict=True) if self._key else None


def verified(receipt: str, key: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what a receipt says, None where it was not signed by the holder of ``key``."""
    try:
        public: Any = OKPAlgorithm.from_jwk(json.dumps(dict(key)))
        return jwt.decode(receipt, public, [_ALGORITHM], options={"verify_iat": False})
    except (jwt.PyJWTError, ValueError):
        return None
