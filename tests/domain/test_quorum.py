"""When a full round validates, rejects, or leaves it to an admin."""

import pytest

from app.domain.quorum import is_refuted, outcome


@pytest.mark.parametrize(
    ("valid", "invalid", "quorum", "expected"),
    [
        (1, 0, 0.5, "validated"),
        (0, 1, 0.5, "rejected"),
        (2, 1, 0.5, "validated"),
        (1, 2, 0.5, "rejected"),
        (1, 1, 0.5, "tied"),
        # Exactly the quorum is not above it.
        (3, 2, 0.6, "tied"),
        (7, 3, 0.7, "tied"),
        (2, 1, 0.66, "validated"),
        (2, 1, 0.67, "tied"),
        (1, 2, 0.67, "tied"),
        # Nothing is above the whole: then an admin decides on all.
        (3, 0, 1.0, "tied"),
    ],
)
def test_a_side_wins_with_a_share_above_the_quorum(valid, invalid, quorum, expected):
    assert outcome(valid=valid, invalid=invalid, quorum=quorum) == expected


@pytest.mark.parametrize(
    ("against", "whole", "quorum", "falls"),
    [
        (1, 1, 0.5, True),
        (1, 2, 0.5, False),
        (2, 3, 0.66, True),
        (2, 3, 0.67, False),
        (2, 2, 1, False),
    ],
)
def test_a_part_falls_when_the_share_against_it_is_above_the_quorum(against, whole, quorum, falls):
    assert is_refuted(against=against, whole=whole, quorum=quorum) == falls
