"""Rows that leave for training: masked as the policy says, with what was covered."""

import pytest

from app.clients.masking import mask
from app.domain.privacy import Pii
from app.services.pii import protect

ROW = {
    "prompt": "Mail a@example.com or b@example.com.",
    "context": [{"role": "user", "content": "Call +49 30 901820, please."}],
    "score": 4,
    "correction": None,
}


@pytest.mark.parametrize(
    "number", ["+49 30 901820", "(415) 555-2671", "020 7946 0958", "+1 415-555-2671"]
)
def test_phone_numbers_of_many_countries_are_found(number):
    text, (found,) = mask(f"Call {number} now")
    assert (text, found.kind) == ("Call [PHONE] now", "phone")


@pytest.mark.parametrize("text", ["", "Nothing here.", "Order 12345678 of 2024-10-11", "10000000"])
def test_other_numbers_are_no_phone_numbers(text):
    assert mask(text) == (text, [])


def test_texts_are_covered_wherever_they_stand_and_it_is_written_down():
    done = protect(ROW, pii=Pii.MASK)
    assert done.value == {
        "prompt": "Mail [EMAIL] or [EMAIL].",
        "context": [{"role": "user", "content": "Call [PHONE], please."}],
        "score": 4,
        "correction": None,
    }
    assert done.masks == [
        {"field": "context.content", "kind": "phone", "count": 1},
        {"field": "prompt", "kind": "email", "count": 2},
    ]
    assert ROW["prompt"].startswith("Mail a@")


def test_a_row_may_stay_instead():
    done = protect(ROW, pii=Pii.DROP)
    assert (done.value, len(done.masks)) == (None, 2)
    assert protect({"prompt": "Hello"}, pii=Pii.DROP).value == {"prompt": "Hello"}


def test_without_a_policy_nothing_is_looked_at():
    done = protect(ROW, pii=Pii.OFF)
    assert (done.value, done.masks) == (ROW, [])
