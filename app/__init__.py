"""AI Model Interaction and Feedback Service: composition and nothing else."""

import os
import sys
from pathlib import Path

from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import Migrate
from werkzeug.middleware.proxy_fix import ProxyFix

from app import api, cli
from app.clients.connect import connect
from app.clients.remotes import Remotes
from app.config import Config
from app.db import db, engine_options
from app.errors import ConfigurationError
from app.utils import logs

MIGRATIONS = Path(__file__).parent.parent / "migrations"


def create_app(config: Config | None = None, remotes: Remotes | None = None) -> Flask:
    """Return the application; without ``config`` it is read from the environment.

    Ends the process with one line that names every fault of an unsafe or incomplete
    configuration.
    """
    config = config or _from_environment()
    logs.configure(config.log_level)
    app = Flask(__name__, static_folder=None)
    app.config.update(
        SQLALCHEMY_DATABASE_URI=config.sqlalchemy_url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(
            pool_size=config.db_pool_size,
            max_overflow=config.db_max_overflow,
            pool_seconds=config.db_pool_seconds,
            statement_seconds=config.db_statement_seconds,
        ),
    )
    db.init_app(app)
    Migrate(app, db, directory=str(MIGRATIONS))
    app.extensions["expected_revision"] = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    if config.trusted_proxies:
        proxies = config.trusted_proxies
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies
        )
    api.register(app, config, remotes or connect(config))
    cli.register(app)
    return app


def _from_environment() -> Config:
    try:
        return Config.from_environment(os.environ)
    except ConfigurationError as error:
        sys.exit(error.message)
