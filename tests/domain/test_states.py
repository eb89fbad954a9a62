"""The words for states are the contract's, and the database holds the same ones."""

import pytest
from sqlalchemy import CheckConstraint

from app.db import db
from app.domain import states


@pytest.mark.parametrize(
    ("words", "contract"),
    [
        (states.InteractionStatus, "active completed abandoned"),
        (states.ResponseStatus, "pending streaming complete cancelled failed"),
        (states.FeedbackStatus, "pending validated rejected returned tied withdrawn"),
        (states.JobStatus, "queued running succeeded failed"),
        (states.Rating, "like dislike"),
    ],
)
def test_the_words_are_the_contracts(words, contract):
    assert set(words) == set(contract.split())


def test_the_responses_that_are_not_final_are_the_open_ones():
    assert {"pending", "streaming"} == states.OPEN_RESPONSES


@pytest.mark.parametrize(
    ("word", "is_valid"), [("valid", True), ("invalid", False), ("returned", None)]
)
def test_a_verdict_is_the_same_in_words_and_as_it_is_stored(word, is_valid):
    assert states.VerdictWord.of(is_valid=is_valid) == word
    assert states.VerdictWord(word).is_valid is is_valid


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("interactions", states.InteractionStatus),
        ("responses", states.ResponseStatus),
        ("feedback", states.FeedbackStatus),
        ("jobs", states.JobStatus),
    ],
)
def test_the_tables_take_these_words_and_no_others(table, words):
    checks = [
        str(one.sqltext)
        for one in db.metadata.tables[table].constraints
        if isinstance(one, CheckConstraint) and one.name.endswith("_status")
    ]
    listed = ", ".join(f"'{word}'" for word in sorted(words))
    assert checks == [f"status IN ({listed})"]
