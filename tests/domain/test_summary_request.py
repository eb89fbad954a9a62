"""What a model is asked to sum up."""

from app.domain.memory import Budget, Turn
from app.domain.summary_request import shortened, summary_request


class Words:
    """A tokenizer to which each word is a token."""

    name = "words"
    is_estimate = False

    def count(self, text):
        return len(text.split())


def budget(tokens):
    return Budget(counter=Words(), context_tokens=tokens, answer_tokens=tokens // 4)


def turn(sequence, words=10):
    text = f"turn{sequence} " * words
    return Turn(text.strip(), "fine", sequence=sequence)


def asked(request):
    return request.messages[1]["content"]


def test_the_oldest_turns_are_summed_up_and_the_newest_half_stays():
    request = summary_request([turn(place) for place in range(1, 21)], budget=budget(400))
    assert request.up_to_sequence == 14
    assert asked(request).startswith("User: turn1 ")
    assert "turn14" in asked(request)
    assert "turn15" not in asked(request)
    assert "at most 37 words" in request.messages[0]["content"]
    assert request.longest_tokens == 50


def test_what_was_summed_up_before_goes_along():
    turns = [turn(place) for place in range(14, 34)]
    request = summary_request(turns, budget=budget(400), earlier="They met.")
    assert asked(request).startswith("Summary so far: They met.\nUser: turn14 ")


def test_there_is_nothing_to_sum_up_while_all_of_it_stays():
    assert summary_request([turn(1), turn(2)], budget=budget(400)) is None
    assert summary_request([], budget=budget(400)) is None


def test_what_the_model_cannot_read_at_once_is_left_for_the_next_time():
    turns = [turn(place, words=60) for place in range(1, 21)]
    request = summary_request(turns, budget=budget(400))
    assert request.up_to_sequence == 4
    assert Words().count(asked(request)) + Words().count(request.messages[0]["content"]) < 350


def test_a_turn_that_is_too_long_alone_is_cut():
    request = summary_request([turn(1, words=1000), turn(2)], budget=budget(400), earlier="Met.")
    assert request.up_to_sequence == 1
    assert 100 < Words().count(asked(request)) < 350


def test_a_long_summary_leaves_room_for_what_is_new():
    request = summary_request([turn(1, words=300)], budget=budget(400), earlier="so " * 500)
    assert "turn1" in asked(request)


def test_a_text_is_cut_from_its_end():
    assert shortened("one two three four", 2, Words()) in {"one two", "one tw", "one"}
    assert shortened("one", 1, Words()) == "one"
    assert shortened("one", -1, Words()) == ""
