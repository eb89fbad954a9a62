"""A limit acts when it is over, and never after."""

import os
import subprocess
import sys
import threading
import time

import pytest

from app.utils import watchdog
from tests.architecture.sources import ROOT

SOON = 0.02
LONG = 60.0
AGES = 10.0


def test_a_limit_that_is_over_acts_once_and_says_so():
    acted = threading.Event()
    calls = []
    with watchdog.limit(SOON, on_expiry=lambda: (calls.append(1), acted.set())) as timer:
        assert acted.wait(AGES)
    assert timer.expired
    assert calls == [1]


def test_a_block_that_ends_in_time_is_left_alone():
    calls = []
    with watchdog.limit(SOON, on_expiry=lambda: calls.append("late")) as timer:
        pass
    later = threading.Event()
    with watchdog.limit(2 * SOON, on_expiry=later.set):
        assert later.wait(AGES)
    assert calls == []
    assert not timer.expired


def test_a_limit_found_over_just_when_its_block_ends_does_nothing():
    calls = []
    with watchdog.limit(LONG, on_expiry=lambda: calls.append("late")) as timer:
        pass
    timer.expire()
    assert calls == []
    assert not timer.expired


def test_a_limit_without_time_acts_at_once():
    acted = threading.Event()
    with watchdog.limit(0, on_expiry=acted.set):
        assert acted.wait(AGES)


def test_a_short_limit_does_not_wait_for_a_long_one():
    acted = threading.Event()
    with watchdog.limit(LONG, on_expiry=lambda: None) as long_one:
        with watchdog.limit(SOON, on_expiry=acted.set) as short_one:
            assert acted.wait(AGES)
        assert short_one.expired
        assert not long_one.expired


def test_limits_act_in_the_order_of_their_ends():
    acted = []
    done = threading.Event()
    with (
        watchdog.limit(5 * SOON, on_expiry=lambda: (acted.append("last"), done.set())),
        watchdog.limit(SOON, on_expiry=lambda: acted.append("first")),
        watchdog.limit(3 * SOON, on_expiry=lambda: acted.append("middle")),
    ):
        assert done.wait(AGES)
    assert acted == ["first", "middle", "last"]


def test_an_exception_passes_through_the_block():
    with (
        pytest.raises(ValueError, match="mine"),
        watchdog.limit(LONG, on_expiry=lambda: None) as timer,
    ):
        raise ValueError("mine")
    assert not timer.expired


def test_an_action_that_fails_is_logged_and_harms_no_other(caplog):
    def fail():
        raise RuntimeError("broken action")

    acted = threading.Event()
    with (
        watchdog.limit(SOON, on_expiry=fail),
        watchdog.limit(2 * SOON, on_expiry=acted.set),
    ):
        assert acted.wait(AGES)
    assert "broken action" in caplog.text


def test_a_block_is_not_left_while_its_action_runs():
    started, may_end, ended = threading.Event(), threading.Event(), threading.Event()

    def act():
        started.set()
        may_end.wait(AGES)
        ended.set()

    def leave():
        with watchdog.limit(SOON, on_expiry=act):
            started.wait(AGES)
        assert ended.is_set()
        left.append(True)

    left = []
    leaver = threading.Thread(target=leave)
    leaver.start()
    assert started.wait(AGES)
    assert not left
    may_end.set()
    leaver.join(AGES)
    assert left == [True]


def test_many_limits_that_ended_in_time_do_not_pile_up():
    dog = watchdog._Watchdog()
    waiting = watchdog.Timer(LONG, lambda: None)
    dog.watch(time.monotonic() + LONG, waiting)
    for _ in range(5000):
        timer = watchdog.Timer(LONG, lambda: None)
        dog.watch(time.monotonic() + LONG, timer)
        with timer._lock:
            timer._action = None
    assert len(dog._limits) <= 2 * watchdog._FEW
    assert any(each is waiting for _, _, each in dog._limits)


def test_many_threads_are_each_stopped_at_their_own_limit():
    late = []

    def work(number):
        acted = threading.Event()
        with watchdog.limit(SOON * (1 + number % 5), on_expiry=acted.set):
            if not acted.wait(AGES):
                late.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert late == []


def test_it_watches_in_a_forked_process_as_well():
    program = """
import os, sys, threading
from app.utils import watchdog

def acts():
    acted = threading.Event()
    with watchdog.limit(0.02, on_expiry=acted.set):
        return acted.wait(10)

assert acts()
child = os.fork()
if child == 0:
    os._exit(0 if acts() else 1)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run([sys.executable, "-c", program], env=environment, check=False)
    assert ran.returncode == 0
