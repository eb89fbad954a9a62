"""Commands run in the application, or in one whose settings differ."""

import pytest


@pytest.fixture
def flask(app):
    """Run a command of the application and return what came of it."""
    return lambda *words: app.test_cli_runner().invoke(args=words)


@pytest.fixture
def flask_with(another):
    """Run a command of an application with other settings."""
    return lambda *words, **changes: another(**changes).test_cli_runner().invoke(args=words)
