"""Who failed is left alone for a while, and then tried by one caller."""

import pytest

from app.clients.circuit import Circuit


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def circuit(clock):
    return Circuit(3.0, clock=clock)


def test_everybody_is_let_through_at_first(circuit):
    assert [circuit.lets_through() for _ in range(3)] == [True, True, True]


def test_nobody_is_let_through_after_a_failure(circuit, clock):
    circuit.failed()
    clock.now += 2.9
    assert [circuit.lets_through() for _ in range(3)] == [False, False, False]


def test_one_is_let_through_to_try_when_the_rest_is_over(circuit, clock):
    circuit.failed()
    clock.now += 3
    assert [circuit.lets_through() for _ in range(3)] == [True, False, False]


def test_the_next_may_try_where_the_first_never_came_back(circuit, clock):
    circuit.failed()
    clock.now += 3
    circuit.lets_through()
    clock.now += 3
    assert circuit.lets_through()


def test_a_success_lets_everybody_through_again(circuit, clock):
    circuit.failed()
    clock.now += 3
    assert circuit.lets_through()
    circuit.succeeded()
    assert [circuit.lets_through() for _ in range(3)] == [True, True, True]


def test_a_failed_try_begins_the_rest_anew(circuit, clock):
    circuit.failed()
    clock.now += 3
    assert circuit.lets_through()
    clock.now += 1
    circuit.failed()
    clock.now += 2.9
    assert not circuit.lets_through()
