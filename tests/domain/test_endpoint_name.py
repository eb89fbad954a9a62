"""Names of endpoints tell which model ids cannot be meant."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.endpoint_name import likely_names, name_body
from devstack.model_service.naming import endpoint_name

MADE_AT = datetime(2025, 6, 11, 8, 20, tzinfo=UTC)
ids = st.text(st.sampled_from("abcXYZ019-_./"), min_size=1, max_size=90).filter(
    lambda text: name_body(text) != ""
)
digits = st.text(st.sampled_from("0123456789abcdef"), min_size=8, max_size=8)


@pytest.mark.parametrize(
    ("model_id", "body"),
    [
        ("gpt2", "gpt2"),
        ("google-bert/bert-base-uncased", "google-bert--bert-base-uncased"),
        ("deepset/roberta_base.v2", "deepset--roberta-basev2"),
        ("a" * 60, "a" * 50),
        ("a." * 40, "a" * 40),
    ],
)
def test_the_rule_for_the_models_part(model_id, body):
    assert name_body(model_id) == body


@pytest.mark.parametrize(
    ("name", "model_id"),
    [
        ("gpt2-2931c134-202506110820", "gpt2"),
        ("google-bert--bert-base-uncased-0a1b2c3d-202506110820", "google-bert/bert-base-uncased"),
        # Of 45 characters leave four digits of eight, of 50 none.
        ("a" * 45 + "-0a1b-202506110820", "a" * 45),
        ("a" * 50 + "-202506110820", "a" * 50),
        ("a" * 50 + "-202506110820", "a" * 70),
        ("a" * 49 + "--202506110820", "a" * 49),
        ("GPT2-2931c134-202506110820", "gpt2"),
        # Chosen by a person.
        ("gpt2", "gpt2"),
        ("gpt2-production", "gpt2"),
        ("gpt2-202506110820", "gpt2"),
    ],
)
def test_a_name_that_may_serve_the_model(name, model_id):
    assert likely_names([name], model_id=model_id) == [name]


@pytest.mark.parametrize(
    ("name", "model_id"),
    [
        ("distilgpt2-2931c134-202506110820", "gpt2"),
        ("gpt-2931c134-202506110820", "gpt2"),
        ("", "gpt2"),
        ("-202506110820", "."),
        ("anything", ""),
    ],
)
def test_a_name_that_cannot_serve_the_model(name, model_id):
    assert likely_names([name], model_id=model_id) == []


def test_names_by_the_rule_come_first_and_the_latest_of_them_before_the_others():
    names = [
        "gpt2-medium-2931c134-202601010000",
        "gpt2-production",
        "gpt2-2931c134-202501010000",
        "other-2931c134-202601010000",
        "gpt2-0123abcd-202506110820",
    ]
    assert likely_names(names, model_id="gpt2") == [
        "gpt2-0123abcd-202506110820",
        "gpt2-2931c134-202501010000",
        "gpt2-medium-2931c134-202601010000",
        "gpt2-production",
    ]


@pytest.mark.parametrize(
    "name",
    [
        "gpt2-2931c13-202506110820",
        "gpt2-2931c1345-202506110820",
        "gpt2-2931c13g-202506110820",
        "gpt2-2931c134-20250611082",
    ],
)
def test_what_only_looks_like_the_rule_comes_after_it(name):
    by_rule = "gpt2-00000000-200001010000"
    assert likely_names([name, by_rule], model_id="gpt2") == [by_rule, name]


@given(model_id=ids, unique=digits)
def test_every_name_made_by_the_rule_is_found_before_a_name_a_person_chose(model_id, unique):
    name = endpoint_name(model_id, unique=unique, made_at=MADE_AT)
    chosen = f"{name_body(model_id)}-zzz"
    assert likely_names([chosen, name], model_id=model_id)[0] == name


@given(names=st.lists(st.text(max_size=70)), model_id=st.text(max_size=70))
def test_it_takes_any_text_and_makes_up_nothing(names, model_id):
    assert set(likely_names(names, model_id=model_id)) <= set(names)
