"""R30: Redis is killed, emptied and frozen; requests, data and limits go on."""

import os
import signal
from contextlib import closing

import pytest
from redis import Redis

from tests.faults.caller import Caller
from tests.faults.load import Load
from tests.sizes import size

LIMIT = 40


def _kill(redis):
    redis.kill()


def _empty(redis):
    with closing(Redis.from_url(redis.url)) as connection:
        connection.flushall()


def _freeze(redis):
    os.kill(redis.pid, signal.SIGSTOP)


def _mend(redis):
    if redis.poll() is None:
        os.kill(redis.pid, signal.SIGCONT)
    else:
        redis.begin()
    redis.wait_ready()


@pytest.fixture
def redis(installation):
    yield installation.redis
    _mend(installation.redis)


@pytest.fixture(scope="module")
def limited(running):
    """Web processes that let one person ask so often in a day."""
    web = running.another_web(RATE_LIMIT=f"{LIMIT} per day")
    web.begin()
    web.wait_ready()
    yield web
    web.stop()


@pytest.mark.long
def test_r30_requests_and_data_go_on(installation, redis, ledger):
    with Load(installation.web.url, ledger) as load:
        for number in range(size(3, 50)):
            load.successes(5)
            (_kill, _empty, _freeze)[number % 3](redis)
            load.successes(20)
            _mend(redis)
        load.successes(5)
    assert set(load.statuses) == {201}
    assert load.dropped == 0
    findings = ledger.compare(installation.stored(load))
    assert findings.faultless, findings


@pytest.mark.long
@pytest.mark.parametrize("lose", [_kill, _empty, _freeze])
def test_r30_limits_hold_within_twice(limited, redis, lose):
    person = Caller(limited.url, f"limited-{lose.__name__}")
    statuses = [_status(person) for _ in range(LIMIT // 2)]
    for _ in range(size(2, 17)):
        lose(redis)
        statuses += [_status(person) for _ in range(LIMIT)]
        _mend(redis)
        statuses += [_status(person) for _ in range(LIMIT)]
    assert set(statuses) == {200, 429}
    assert LIMIT <= statuses.count(200) <= 2 * LIMIT


def _status(person):
    # A connection of its own each time, so that every web process gets its share.
    return person.call("GET", "/interactions", keep=False).status
