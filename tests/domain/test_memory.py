"""What goes to the model again, by a budget of tokens."""

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.memory import Budget, Question, Recall, Source, Turn, select_memory
from app.domain.token_count import ANSWER_START_TOKENS, ESTIMATE, MESSAGE_TOKENS
from app.errors import Invalid


class Letters:
    """A tokenizer to which each letter is a token."""

    name = "letters"
    is_estimate = False

    def count(self, text):
        return len(text)


def room_for(tokens, **changes):
    """Return a budget whose messages have so many tokens."""
    context = tokens + ANSWER_START_TOKENS
    return Budget(counter=Letters(), context_tokens=context, answer_tokens=0, **changes)


def identified(number):
    return UUID(int=number)


def turn(sequence, prompt="ask", answer="answer", *, pinned=False):
    ids = identified(2 * sequence), identified(2 * sequence + 1)
    return Turn(prompt, answer, *ids, sequence, pinned)


def tokens_of(*texts):
    return sum(len(text) + MESSAGE_TOKENS for text in texts)


def contents(selection):
    return [message["content"] for message in selection.messages]


TURN = tokens_of("ask", "answer")
NEW = tokens_of("new")
QUESTION = Question(content="new", id=identified(999))


def test_everything_goes_in_order_while_it_fits_and_says_where_it_came_from():
    selection = select_memory(
        turns=[turn(1, "one", "1"), turn(2, "two", "2")],
        question=replace(QUESTION, system_prompt="Count."),
        budget=room_for(1000),
    )
    assert selection.messages == [
        {"role": "system", "content": "Count."},
        {"role": "user", "content": "one"},
        {"role": "assistant", "content": "1"},
        {"role": "user", "content": "two"},
        {"role": "assistant", "content": "2"},
        {"role": "user", "content": "new"},
    ]
    assert selection.sources == [
        Source("system", None),
        Source("prompt", identified(2)),
        Source("response", identified(3)),
        Source("prompt", identified(4)),
        Source("response", identified(5)),
        Source("prompt", identified(999)),
    ]
    assert selection.tokens == tokens_of("Count.", "one", "1", "two", "2", "new")
    assert (selection.dropped_turns, selection.dropped_tokens) == (0, 0)


def test_the_oldest_turns_are_left_out_and_counted():
    selection = select_memory(
        turns=[turn(1), turn(2), turn(3)], question=QUESTION, budget=room_for(2 * TURN + NEW)
    )
    assert [source.id for source in selection.sources[:-1:2]] == [identified(4), identified(6)]
    assert (selection.dropped_turns, selection.dropped_tokens) == (1, TURN)


def test_one_token_too_few_leaves_a_whole_turn_out():
    budget = room_for(2 * TURN + NEW - 1)
    selection = select_memory(turns=[turn(1), turn(2)], question=QUESTION, budget=budget)
    assert len(selection.messages) == 3


def test_a_turn_that_does_not_fit_ends_the_memory_even_if_an_older_one_would_fit():
    turns = [turn(1, "a", "b"), turn(2, "long" * 100)]
    selection = select_memory(turns=turns, question=QUESTION, budget=room_for(100))
    assert contents(selection) == ["new"]
    assert selection.dropped_turns == 2


def test_the_answer_and_its_opening_have_their_part_of_the_context():
    context = TURN + NEW + 10 + ANSWER_START_TOKENS
    budget = Budget(counter=Letters(), context_tokens=context, answer_tokens=10)
    assert len(select_memory(turns=[turn(1)], question=QUESTION, budget=budget).messages) == 3
    budget = replace(budget, answer_tokens=11)
    assert len(select_memory(turns=[turn(1)], question=QUESTION, budget=budget).messages) == 1


def test_a_pinned_turn_stays_in_its_place_however_old():
    turns = [turn(1, "first", pinned=True), turn(2), turn(3), turn(4, "last")]
    budget = room_for(tokens_of("first", "answer", "last", "answer", "new"))
    selection = select_memory(turns=turns, question=QUESTION, budget=budget)
    assert contents(selection) == ["first", "answer", "last", "answer", "new"]
    assert selection.dropped_turns == 2


def test_a_summary_stands_for_the_turns_before_it_but_not_for_pins():
    turns = [turn(1, "one"), turn(2, "two", pinned=True), turn(3, "three")]
    recall = Recall(content="They met.", up_to_sequence=2, id=identified(7))
    selection = select_memory(
        turns=turns,
        question=replace(QUESTION, system_prompt="Be kind."),
        budget=room_for(1000),
        recall=recall,
    )
    assert contents(selection) == [
        "Be kind.",
        "What was said before, in short:\nThey met.",
        *("two", "answer", "three", "answer", "new"),
    ]
    assert selection.sources[1] == Source("summary", identified(7))
    assert selection.dropped_turns == 0


def test_a_summary_without_room_stands_for_nothing():
    recall = Recall(content="x" * 500, up_to_sequence=2)
    turns = [turn(1), turn(2)]
    budget = room_for(200)
    selection = select_memory(turns=turns, question=QUESTION, budget=budget, recall=recall)
    assert contents(selection) == ["ask", "answer", "ask", "answer", "new"]


def test_what_always_goes_and_does_not_fit_is_refused_by_numbers():
    turns = [turn(1, pinned=True)]
    with pytest.raises(Invalid) as refused:
        select_memory(
            turns=turns,
            question=replace(QUESTION, system_prompt="Hi"),
            budget=room_for(20, is_known=True),
        )
    system = tokens_of("Hi")
    found = system + TURN + NEW
    assert refused.value.reason == "context_too_long"
    assert refused.value.data == {"expected_tokens": 20, "found_tokens": found}
    assert refused.value.message == (
        f"expected at most 20 tokens beside 0 for the answer, found {found}:"
        f" system prompt {system}, pinned turns {TURN}, message {NEW}"
    )


def test_an_answer_longer_than_the_context_leaves_no_room():
    budget = Budget(counter=ESTIMATE, context_tokens=10, answer_tokens=50, is_known=True)
    with pytest.raises(Invalid, match=r"at most 0 tokens beside 50 .* found about 7"):
        select_memory(turns=[], question=QUESTION, budget=budget)


def test_a_context_that_is_a_guess_refuses_no_message():
    selection = select_memory(turns=[turn(1)], question=QUESTION, budget=room_for(1))
    assert contents(selection) == ["new"]


small = st.text("ab é", max_size=12)
conversations = st.lists(st.tuples(small, small, st.booleans()), max_size=8).map(
    lambda parts: [turn(place, *said, pinned=pin) for place, (*said, pin) in enumerate(parts, 1)]
)
recalls = st.none() | st.builds(Recall, content=small, up_to_sequence=st.integers(0, 9))
questions = st.builds(
    Question, content=small, id=st.just(identified(999)), system_prompt=st.none() | small
)


@given(conversations, questions, recalls, st.integers(-50, 300))
def test_what_goes_keeps_every_promise(turns, question, recall, tokens):
    budget = room_for(tokens, is_known=True)
    always = [question.content, *([question.system_prompt] if question.system_prompt else [])]
    pins = [one for one in turns if one.pinned]
    needed = tokens_of(*always, *(text for one in pins for text in (one.prompt, one.answer)))
    if needed > tokens:
        with pytest.raises(Invalid):
            select_memory(turns=turns, question=question, budget=budget, recall=recall)
        return
    selection = select_memory(turns=turns, question=question, budget=budget, recall=recall)
    assert selection.tokens == tokens_of(*contents(selection)) <= tokens
    assert selection.messages[-1] == {"role": "user", "content": question.content}
    kinds = [source.kind for source in selection.sources]
    memory = [kind for kind in kinds[:-1] if kind not in {"system", "summary"}]
    assert memory == ["prompt", "response"] * (len(memory) // 2)
    said = [source.id for source in selection.sources if source.kind == "prompt"][:-1]
    sent = [one for one in turns if one.prompt_id in said]
    assert said == [one.prompt_id for one in sent]
    assert set(pins) <= set(sent)
    covered = recall.up_to_sequence if "summary" in kinds else 0
    open_turns = [one for one in turns if not one.pinned and one.sequence > covered]
    kept = [one for one in open_turns if one in sent]
    assert kept == open_turns[len(open_turns) - len(kept) :]
    assert selection.dropped_turns == len(open_turns) - len(kept)
    if selection.dropped_turns:
        left_out = open_turns[-len(kept) - 1]
        assert selection.tokens + tokens_of(left_out.prompt, left_out.answer) > tokens
