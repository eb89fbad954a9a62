"""Endpoints are named the way the Model Service names them."""

from datetime import UTC, datetime

import pytest

from devstack.model_service.naming import endpoint_name, lossy_id

MADE = datetime(2025, 6, 11, 8, 20, tzinfo=UTC)
UNIQUE = "2931c134"


@pytest.mark.parametrize(
    ("model_id", "name"),
    [
        ("gpt2", "gpt2-2931c134-202506110820"),
        (
            "google-bert/bert-base-uncased",
            "google-bert--bert-base-uncased-2931c134-202506110820",
        ),
        ("a_b/c.d_e", "a-b--cd-e-2931c134-202506110820"),
        ("x" * 45, f"{'x' * 45}-2931-202506110820"),
        ("x" * 80, f"{'x' * 50}-202506110820"),
    ],
)
def test_a_name_is_made_from_the_model_id(model_id, name):
    assert endpoint_name(model_id, unique=UNIQUE, made_at=MADE) == name
    assert len(name) <= 63


def test_only_simple_ids_come_back_from_a_name():
    assert lossy_id("gpt2-2931c134-202506110820") == "gpt2"
    assert lossy_id("google-bert--bert-base-uncased-2931c134-1") == "google"
