"""An estimate of tokens says that it is one, and errs on the safe side."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import token_count
from app.domain.token_count import ESTIMATE, EstimatedTokens, RememberedCounts

ESTIMATED = EstimatedTokens()
texts = st.text() | st.text("aB1 .\né人가😀", max_size=60)

# The true numbers are those of SmolLM2's tokenizer, whose vocabulary is English.
MEASURED = {
    "The quick brown fox jumps over the lazy dog, and nobody minds.": 14,
    "人工智能模型站在人与模型之间。它记录每一个提示和响应。": 42,
    "今日はとてもいい天気ですね。公園へ散歩に行きましょう。": 47,
    "오늘은 날씨가 매우 좋습니다. 공원에 산책하러 갑시다.": 63,
    "Сегодня очень хорошая погода.": 23,
    "2026-11-21": 10,
    "😀🎉🚀": 9,
}


def test_it_says_that_it_is_an_estimate():
    assert ESTIMATE.is_estimate
    assert ESTIMATE.name == "estimate"


@pytest.mark.parametrize(("text", "tokens"), MEASURED.items())
def test_it_is_not_below_an_english_vocabulary_nor_far_above(text, tokens):
    assert tokens <= ESTIMATED.count(text) <= 1.6 * tokens


def test_no_text_has_no_tokens_and_any_text_has_some():
    assert ESTIMATED.count("") == 0
    assert ESTIMATED.count(" ") == 1


def test_a_character_of_chinese_has_two():
    assert ESTIMATED.count("记录") == 4


def test_half_a_character_is_counted_as_well():
    assert ESTIMATED.count("\ud800") > 0


@given(texts, texts)
def test_a_longer_text_never_has_fewer(first, second):
    assert ESTIMATED.count(first + second) >= ESTIMATED.count(first)


@given(texts, texts)
def test_texts_set_apart_have_at_least_as_many(first, second):
    apart = ESTIMATED.count(first) + ESTIMATED.count(second)
    assert ESTIMATED.count(first + second) <= apart + 1


class Counted:
    """A counter that notes what it was asked."""

    name = "counted"
    is_estimate = False

    def __init__(self):
        self.asked = []

    def count(self, text):
        self.asked.append(text)
        return len(text)


def test_a_text_is_counted_once():
    counter = Counted()
    remembered = RememberedCounts(counter)
    assert [remembered.count(text) for text in ("four", "four", "three")] == [4, 4, 5]
    assert counter.asked == ["four", "three"]
    assert (remembered.name, remembered.is_estimate) == ("counted", False)


def test_what_is_remembered_stays_small(monkeypatch):
    monkeypatch.setattr(token_count, "_MOST_REMEMBERED", 2)
    counter = Counted()
    remembered = RememberedCounts(counter)
    for text in ("a", "bb", "ccc", "a"):
        remembered.count(text)
    assert counter.asked == ["a", "bb", "ccc", "a"]
