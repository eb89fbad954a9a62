"""Commands run in the application, or in one whose settings differ."""

from dataclasses import replace

import pytest

from app import create_app
from app.db import db


@pytest.fixture
def flask(app):
    """Run a command of the application and return what came of it."""
    return lambda *words: app.test_cli_runner().invoke(args=words)


@pytest.fixture
def flask_with(app, config):
    """Run a command of an application with other settings."""
    made = []

    def run(*words, **changes):
        other = create_app(replace(config, **changes))
        made.append(other)
        return other.test_cli_runner().invoke(args=words)

    yield run
    for other in made:
        with other.app_context():
            db.engine.dispose()
