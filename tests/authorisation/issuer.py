"""An issuer of tokens: its keys, the key set it publishes on loopback, and what it signs."""

import hashlib
import hmac
import json
import threading
import time
from base64 import urlsafe_b64encode
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt import get_algorithm_by_name

ISSUER = "https://issuer.test/realm"
AUDIENCE = "interaction-service"
_MAKERS = {
    "RS256": lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048),
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate,
}


def key_pair(algorithm: str, number: int = 0) -> Any:
    """Return a private key; ``number`` tells several apart."""
    return _made(algorithm, number)


@cache
def _made(algorithm: str, _: int) -> Any:
    return _MAKERS[algorithm]()


def public_bytes(key: Any, encoding: Encoding = Encoding.PEM) -> bytes:
    whole: bytes = key.public_key().public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo)
    return whole


def part(value: Any) -> str:
    """Return a part of a token: ``value`` as it is where it is bytes, else as JSON."""
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def sealed(header: Any, payload: Any, algorithm: str, key: Any) -> str:
    """Return a token of any header and payload, properly signed."""
    signer = get_algorithm_by_name(algorithm)
    text = f"{part(header)}.{part(payload)}"
    return f"{text}.{part(signer.sign(text.encode(), signer.prepare_key(key)))}"


def hmac_sealed(header: Any, payload: Any, secret: bytes) -> str:
    """Return a token with an HS256 signature by any bytes, which libraries refuse to make."""
    text = f"{part(header)}.{part(payload)}"
    return f"{text}.{part(hmac.digest(secret, text.encode(), hashlib.sha256))}"


def claims(user: str = "alice", role: str = "user", **changes: Any) -> dict[str, Any]:
    """Return good claims with ``changes``; ``...`` takes one away."""
    now = int(time.time())
    whole = {"sub": user, "roles": [role], "iat": now, "exp": now + 600}
    whole |= {"iss": ISSUER, "aud": AUDIENCE, **changes}
    return {name: value for name, value in whole.items() if value is not ...}


class Issuer:
    """Publishes its keys over HTTP, counts who asks, and can be ill in several ways."""

    def __init__(self, algorithm: str) -> None:
        self.algorithm = algorithm
        self.asked = 0
        self.published: dict[str, int] = {"first": 0}
        self.extra: list[Any] = []
        self.reply: tuple[int, bytes] | None = None
        self._port = 0
        self.start()
        self.url = f"http://127.0.0.1:{self._port}/keys"

    def start(self) -> None:
        """Listen; after a stop at the same place as before."""
        handler = type("Handler", (_Handler,), {"issuer": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), handler)
        self._server.daemon_threads = True
        self._port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def token(self, kid: str = "first", number: int = 0, **changes: Any) -> str:
        """Return a token signed with the key of that number."""
        header = {"typ": "JWT", "alg": self.algorithm, "kid": kid}
        return sealed(header, claims(**changes), self.algorithm, key_pair(self.algorithm, number))

    def key_set(self) -> bytes:
        algorithm = get_algorithm_by_name(self.algorithm)
        keys = [
            {
                **algorithm.to_jwk(key_pair(self.algorithm, number).public_key(), as_dict=True),
                "kid": kid,
                "use": "sig",
                "alg": self.algorithm,
            }
            for kid, number in self.published.items()
        ]
        return json.dumps({"keys": [*self.extra, *keys]}).encode()


class _Handler(BaseHTTPRequestHandler):
    issuer: Issuer

    def log_message(self, *_: Any) -> None:
        """Keep quiet."""

    def do_GET(self) -> None:
        self.issuer.asked += 1
        status, body = self.issuer.reply or (200, self.issuer.key_set())
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
