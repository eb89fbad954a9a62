"""R25: PostgreSQL is killed under load; what was acknowledged is there when it is back.

SIGKILL shows that a commit has left the process, not that it has reached the disk: the
page cache survives. What a power cut would show is shown by the settings that /ready
and the start demand.
"""

import pytest

from tests.faults.load import Load
from tests.faults.processes import kill_database
from tests.sizes import size

_TOLD = {201, 409, 503}


def _kill_and_start(installation):
    kill_database(installation.postgres)
    installation.postgres.begin()
    installation.postgres.wait_ready()


@pytest.mark.long
def test_r25_database_is_killed_under_load(installation, ledger):
    web_pids = installation.web.worker_pids()
    with Load(installation.web.url, ledger) as load:
        for _ in range(size(3, 50)):
            load.successes(20)
            _kill_and_start(installation)
            load.successes(1, seconds=10)
        load.successes(20)
    installation.nothing_stays_open()
    assert set(load.statuses) <= _TOLD
    assert load.dropped == 0
    stored = ledger.compare(installation.stored(load))
    assert stored.faultless, stored
    assert len(stored.acknowledged) >= size(3, 50) * 20
    assert ledger.compare(installation.shown(load)).faultless
    assert installation.answers_given_twice(load) == []
    assert installation.web.worker_pids() == web_pids


def test_r25_the_checker_sees_what_is_lost_without_synchronous_commit(installation, ledger):
    installation.execute("ALTER SYSTEM SET synchronous_commit = off")
    installation.execute("ALTER SYSTEM SET wal_writer_delay = '10s'")
    installation.execute("SELECT pg_reload_conf()")
    try:
        with Load(installation.web.url, ledger) as load:
            load.successes(60)
            kill_database(installation.postgres)
        findings = ledger.compare(_stored_after_restart(installation, load))
    finally:
        _make_durable_again(installation)
    assert findings.lost
    assert not findings.duplicated


def _stored_after_restart(installation, load):
    installation.postgres.begin()
    installation.postgres.wait_ready()
    return installation.stored(load)


def _make_durable_again(installation):
    installation.execute("ALTER SYSTEM RESET ALL")
    installation.execute("SELECT pg_reload_conf()")
    installation.web.wait_ready()
