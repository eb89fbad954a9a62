"""A whole installation that a test may break: stores of its own, web and worker."""

from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from flask_migrate import upgrade

from app import create_app
from app.config import Config
from app.db import db, transaction
from app.services import dimensions
from devstack.postgres import PostgresServer
from devstack.redis import RedisServer
from tests.faults.caller import Caller
from tests.faults.load import Load
from tests.faults.processes import Web, Worker
from tests.waiting import eventually
from tests.world import SECRET

# Short, so that what a crash leaves behind is found while a test waits for it.
SETTINGS = {
    "JWT_SECRET_KEY": SECRET,
    "MODEL_DEADLINE_SECONDS": "2",
    "PENDING_GRACE_SECONDS": "4",
    "UPKEEP_SECONDS": "1",
    "BODY_SECONDS": "1",
    "GRACEFUL_SECONDS": "20",
    "WEB_WORKERS": "2",
    "WEB_THREADS": "16",
    "RATE_LIMIT": "off",
    "LOG_LEVEL": "WARNING",
}
_MARKED = {
    "interaction": "SELECT title, count(*) FROM interactions WHERE title LIKE %s GROUP BY 1",
    "prompt": "SELECT content, count(*) FROM prompts WHERE content LIKE %s GROUP BY 1",
    "feedback": (
        "SELECT overall_comment, count(*) FROM feedback WHERE overall_comment LIKE %s GROUP BY 1"
    ),
}


class Installation:
    """Stores that are running and migrated, and processes that a test starts."""

    def __init__(
        self,
        folder: Path,
        *,
        postgres: PostgresServer,
        redis: RedisServer,
        urls: Mapping[str, str],
    ) -> None:
        self.folder = folder
        self.postgres = postgres
        self.redis = redis
        self.storage = folder / "storage"
        self.settings = {
            **SETTINGS,
            **urls,
            "DATABASE_URL": postgres.url,
            "REDIS_URL": redis.url,
            "STORAGE_URL": self.storage.as_uri(),
        }
        self.web = Web(self.settings, log=folder / "web.log")
        self.worker = Worker(self.settings, log=folder / "worker.log")
        self._others = count(1)

    def migrate(self) -> None:
        application = create_app(Config.from_environment(self.settings))
        with application.app_context():
            upgrade()
            with transaction() as session:
                dimensions.set_up(session)
            db.engine.dispose()

    def start(self) -> None:
        self.web.begin()
        self.worker.begin()
        self.web.wait_ready()

    def stop(self) -> None:
        self.web.stop()
        self.worker.stop()

    def another_web(self, **settings: str) -> Web:
        """Return a second web process on the same stores, with other settings."""
        log = self.folder / f"another-web-{next(self._others)}.log"
        return Web({**self.settings, **settings}, log=log)

    def caller(self, name: str, *roles: str, seconds: float = 15.0) -> Caller:
        return Caller(self.web.url, name, *roles, seconds=seconds)

    def rows(self, query: Any, *values: Any) -> list[tuple[Any, ...]]:
        """Ask the database itself."""
        with closing(psycopg.connect(self.postgres.url, autocommit=True)) as connection:
            return connection.execute(query, values).fetchall()

    def execute(self, statement: Any, *values: Any) -> None:
        with closing(psycopg.connect(self.postgres.url, autocommit=True)) as connection:
            connection.execute(statement, values)

    def stray_files(self) -> set[str]:
        """Return what is in the storage and is no part of a version that the database knows."""
        there = {str(file.relative_to(self.storage)) for file in self.storage.rglob("*.zst*")}
        known = self.rows("SELECT key FROM dataset_version_files")
        return there - {key for (key,) in known}

    def stored(self, load: Load) -> dict[str, int]:
        """Return how often each mark of a load is in the tables."""
        return {
            mark: times
            for kind, query in _MARKED.items()
            for mark, times in self.rows(query, f"{kind}:{load.run}:%")
        }

    def shown(self, load: Load) -> dict[str, int]:
        """Return how often the service shows each mark of a load to the one who made it."""
        seen: Counter[str] = Counter()
        for person in load.callers:
            caller = self.caller(person.name)
            interactions = caller.every("/interactions")
            seen.update(item["title"] for item in interactions)
            seen.update(item["overall_comment"] for item in caller.every("/feedback/user"))
            for item in interactions:
                history = caller.found(f"/interactions/{item['id']}/history")["messages"]
                seen.update(said["content"] for said in history if said["role"] == "user")
        return dict(seen)

    def nothing_stays_open(self, *, seconds: float = 30) -> None:
        """Wait until no response waits for an answer that cannot come any more."""
        eventually(lambda: not self.open_responses(), seconds=seconds)

    def open_responses(self) -> list[tuple[Any, ...]]:
        return self.rows("SELECT id FROM responses WHERE status IN ('pending', 'streaming')")

    def answers_given_twice(self, load: Load) -> list[tuple[Any, ...]]:
        """Return the prompts of a load that a model answered more than once."""
        return self.rows(
            "SELECT p.content FROM prompts p JOIN responses r ON r.prompt_id = p.id "
            "WHERE p.content LIKE %s AND r.status = 'complete' GROUP BY 1 HAVING count(*) > 1",
            f"prompt:{load.run}:%",
        )
