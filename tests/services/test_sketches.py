"""Sketches propose whom to compare, in one order, however few are held in memory at a time."""

import pytest

from app.services.frozen import sketches
from app.services.frozen.sketches import Sketches

SAID = [
    "The treaty was signed in a castle by two kings who had never met before that day.",
    "Bread rises because yeast eats sugar and breathes out a gas that is caught in dough.",
    "A prime has no divisors but one and itself, and there is no greatest one among them.",
    "Bats sleep head down in caves through the winter and wake when insects come again.",
    "Glass is neither a crystal nor a liquid: its atoms stand still and in no order at all.",
]
TEXTS = [SAID[number % 5] for number in range(30)]
EXPECTED = [
    (newer, older)
    for newer in range(29, -1, -1)
    for older in [one for one in range(newer + 1, 30) if TEXTS[one] == TEXTS[newer]][-4:]
]


@pytest.mark.parametrize("stretch", [20_000, 7, 1])
def test_each_text_is_to_be_compared_with_the_oldest_like_it(monkeypatch, stretch):
    monkeypatch.setattr(sketches, "_STRETCH", stretch)
    with Sketches() as made:
        for begin in range(0, 30, 4):
            made.add(TEXTS[begin : begin + 4])
        assert made.size == 30
        assert list(made.pairs()) == EXPECTED


def test_of_nothing_there_is_nothing_to_compare():
    with Sketches() as made:
        assert (made.size, list(made.pairs())) == (0, [])
