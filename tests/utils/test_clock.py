"""There is one clock, and it is in UTC."""

from datetime import UTC, timedelta

import time_machine

from app.utils import clock


def test_the_time_is_aware_and_in_utc():
    assert clock.now().tzinfo is UTC
    assert clock.now().utcoffset() == timedelta(0)


def test_the_time_is_the_walls():
    with time_machine.travel("2031-02-03T04:05:06+02:00", tick=False):
        assert clock.now().isoformat() == "2031-02-03T02:05:06+00:00"
