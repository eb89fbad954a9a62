"""Model ids are names with slashes, as Hugging Face writes them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.model_id import MODEL_ID_PATTERN, model_id_fault


@pytest.mark.parametrize(
    "model_id",
    [
        "gpt2",
        "google-bert/bert-base-uncased",
        "HuggingFaceTB/SmolLM2-135M-Instruct",
        "a/b/c/d",
        "export/model",
        "versions/one",
        "acme/exporter",
        "Export",
        "modèle/ünïcode",
        "x" * 255,
    ],
)
def test_names_with_and_without_slashes_are_model_ids(model_id):
    assert model_id_fault(model_id) is None


@pytest.mark.parametrize("model_id", ["", "x" * 256])
def test_the_length_is_bounded_and_the_fault_names_it(model_id):
    assert model_id_fault(model_id) == f"expected 1 to 255 characters, found {len(model_id)}"


@pytest.mark.parametrize("model_id", ["/", "/a", "a/", "a//b", "a/ /b", " ", "a/\t"])
def test_no_segment_is_empty(model_id):
    assert model_id_fault(model_id) == "expected no empty segment between slashes"


@pytest.mark.parametrize("word", ["export", "versions"])
@pytest.mark.parametrize("before", ["", "acme/"])
def test_the_last_segment_is_no_word_that_paths_of_ours_end_in(before, word):
    assert model_id_fault(before + word) == f"expected a last segment other than '{word}'"


@pytest.mark.parametrize("unseen", ["\t", "\x00", "\x7f", "\xa0", "\u200b", "\u202e", "\ufeff"])
def test_every_character_can_be_seen_and_turns_nothing_around(unseen):
    assert model_id_fault(f"acme/a{unseen}b") == "expected printable characters"


@given(st.text(st.sampled_from("ab /\t\u200bexport") | st.characters(), max_size=12))
def test_the_pattern_of_the_document_says_the_same(text):
    assert bool(re.fullmatch(MODEL_ID_PATTERN, text)) == (model_id_fault(text) is None)


@pytest.mark.parametrize("model_id", ["a\0", "a\nb", "\x1b[2J", "a/b\u202e", "a\ufeff"])
def test_what_cannot_be_printed_is_in_no_id(model_id):
    assert model_id_fault(model_id) == "expected printable characters"
