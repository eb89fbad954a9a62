"""R24: gunicorn's processes are killed under load; nothing acknowledged is lost or doubled."""

import random

import pytest

from tests.faults.load import Load
from tests.sizes import size

# What a client may be told: made, or to come again.
_TOLD = {201, 409, 503}
RECOVERS_WITHIN_SECONDS = size(10, 2)


@pytest.mark.long
def test_r24_workers_and_master_are_killed_under_load(installation, ledger):
    web = installation.web
    with Load(web.url, ledger) as load:
        for _ in range(size(2, 50)):
            load.successes(10)
            web.kill_worker(random.choice(web.worker_pids()))
            load.successes(1, seconds=RECOVERS_WITHIN_SECONDS)
        for _ in range(size(1, 10)):
            load.successes(10)
            web.kill()
            web.begin()
            load.successes(1)
        load.successes(10)
    installation.nothing_stays_open()
    assert set(load.statuses) <= _TOLD
    stored = ledger.compare(installation.stored(load))
    assert stored.faultless, stored
    assert stored.acknowledged
    assert ledger.compare(installation.shown(load)).faultless
    assert installation.answers_given_twice(load) == []
