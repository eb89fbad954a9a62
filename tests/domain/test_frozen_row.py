"""Questions come apart into rows and come together again, and rows have the same bytes always."""

from dataclasses import replace

import orjson

from app.domain.frozen_row import framed, leaf, pieces, row_of
from tests.domain.shapes.rows import answer, choice, judged, row

CONTEXT = ({"role": "system", "content": "Be brief."},)


def question():
    asked = row(
        answer("Four.", judged(rating="like", places={"accuracy": 1.0}), judged("bob")),
        answer("Five.", judged("vera", correction="Four."), context=CONTEXT),
        answer("Six."),
        choices=[choice("Four.", "Six."), choice("Five.", "Four.", rater="bob")],
    )
    ordered = sorted(asked.answers, key=lambda one: one.response_id)
    return replace(asked, answers=tuple(ordered), tags=("maths",), language="en")


def test_pieces_of_a_question_make_the_question_again():
    asked = question()
    found = [orjson.loads(piece.content) for piece in pieces(asked)]
    assert len(found) == 5
    assert row_of(found) == asked


def test_pieces_are_in_the_order_of_their_ids_entries_first():
    kinds = [orjson.loads(piece.content)["kind"] for piece in pieces(question())]
    assert kinds == ["entry"] * 3 + ["preference"] * 2
    ids = [piece.source_id for piece in pieces(question())]
    assert ids[:3] == sorted(ids[:3])


def test_what_is_not_selected_is_no_piece():
    asked = row(answer("Four.", judged(), replace(judged("bob"), selected=False)))
    assert [piece.rater for piece in pieces(asked)] == ["alice"]


def test_a_question_without_some_of_its_pieces_is_a_question_still():
    asked = question()
    _, *others = [orjson.loads(piece.content) for piece in pieces(asked)]
    made = row_of(others)
    assert sum(len(one.judgements) for one in made.answers) == 2


def test_the_order_of_what_comes_in_changes_no_byte():
    asked = question()
    turned = replace(asked, answers=asked.answers[::-1], choices=asked.choices[::-1])
    assert list(pieces(asked)) == list(pieces(turned))


def test_a_leaf_is_of_the_salt_the_content_and_the_split():
    salt, content = b"s" * 32, b"{}"
    hashed = leaf(framed(content, "train"), salt)
    assert hashed != leaf(framed(content, "test"), salt)
    assert hashed != leaf(framed(content, "train"), b"t" * 32)
    assert orjson.loads(framed(content, "train")) == {"content": {}, "split": "train"}
