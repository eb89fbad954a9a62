"""A real worker that does what there is to do, and people who are told of it."""

import asyncio
from dataclasses import replace

import pytest

from app.db import transaction
from app.jobs import worker


class Told:
    """A User Profile Service that remembers what it was told, or refuses to listen."""

    def __init__(self):
        self.events = []
        self.listens = True

    def expertise(self, _user_id):
        return None

    def tell(self, user_id, event):
        if self.listens:
            self.events.append((user_id, dict(event)))
        return self.listens


@pytest.fixture
def told(app, monkeypatch):
    """Have a User Profile Service in the settings, and see what it is told."""
    side = Told()
    extensions = app.extensions
    settings = replace(extensions["settings"], user_service_url="http://users.invalid")
    monkeypatch.setitem(extensions, "settings", settings)
    monkeypatch.setitem(extensions, "remotes", replace(extensions["remotes"], profiles=side))
    return side


@pytest.fixture
def queue(app, told):
    return worker.make(app, app.extensions["settings"], app.extensions["remotes"])


@pytest.fixture
def work(queue, monkeypatch):
    """Let a worker of procrastinate's own do all that is due, but for its schedules, and end."""
    return lambda: _do_all(queue, monkeypatch)


@pytest.fixture
def work_elsewhere(app, told, monkeypatch):
    """Let a second worker do so, also while the first one is at work."""
    other = worker.make(app, app.extensions["settings"], app.extensions["remotes"])
    return lambda: _do_all(other, monkeypatch)


def _do_all(queue, monkeypatch):
    async def run():
        async with queue.open_async():
            await queue.run_worker_async(
                wait=False, listen_notify=False, install_signal_handlers=False
            )

    with monkeypatch.context() as patched:
        patched.setattr(queue.periodic_registry, "periodic_tasks", {})
        asyncio.run(run())


@pytest.fixture
def defer(queue):
    """Put a task into the queue by its name, as its schedule would."""

    async def put(name, arguments):
        async with queue.open_async():
            return await queue.configure_task(name).defer_async(**arguments)

    return lambda name, **arguments: asyncio.run(put(name, arguments))


@pytest.fixture
def defer_again(app):
    """Put a job's task into the queue once more, as a second try of it."""

    def put(name, job_id):
        with app.app_context(), transaction() as session:
            app.extensions["remotes"].queue.defer(
                session, task=name, arguments={"job_id": job_id}, queue="messages"
            )

    return put


@pytest.fixture
def dump(sql):
    """Return every row of every table as text, or those that hold ``word``."""
    tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"

    def find(word):
        return [
            (table, row)
            for (table,) in sql(tables)
            for (row,) in sql(f'SELECT CAST(t AS text) FROM "{table}" t')
            if word in row or word.encode().hex() in row
        ]

    return find
