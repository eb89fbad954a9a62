"""An issuer for each algorithm, and the application that takes its tokens."""

from dataclasses import replace

import pytest

from app import create_app
from app.clients.connect import connect
from app.clients.jwks import JwksKeySource
from app.db import db
from tests.authorisation.issuer import AUDIENCE, ISSUER, Issuer


class Clock:
    """A clock that a test moves on."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


class Realm:
    """An issuer, and the application that trusts it, whose sense of time a test decides."""

    def __init__(self, config, algorithm):
        self.algorithm = algorithm
        self.issuer = Issuer(algorithm)
        self._config = replace(
            config,
            jwt_secret_key="",
            jwt_jwks_url=self.issuer.url,
            jwt_algorithm=algorithm,
            jwt_issuer=ISSUER,
            jwt_audience=AUDIENCE,
        )
        self.app = create_app(self._config)
        self.forget()

    def forget(self):
        """Go back to the start: keys never fetched, an issuer in good health."""
        self.clock = Clock()
        keys = JwksKeySource(self.issuer.url, clock=self.clock)
        self.app.extensions["remotes"] = replace(connect(self._config), keys=keys)
        self.issuer.published, self.issuer.extra, self.issuer.reply = {"first": 0}, [], None
        self.issuer.asked = 0

    def close(self):
        self.issuer.stop()
        with self.app.app_context():
            db.engine.dispose()


@pytest.fixture(scope="session")
def realms(config):
    made = {algorithm: Realm(config, algorithm) for algorithm in ("RS256", "ES256", "EdDSA")}
    yield made
    for realm in made.values():
        realm.close()


@pytest.fixture(params=["RS256", "ES256", "EdDSA"])
def realm(request, realms, app):
    """The application on empty tables, with the tokens of an issuer."""
    found = realms[request.param]
    found.forget()
    return found
