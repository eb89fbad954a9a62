"""Examples are alike where both what was asked and what was answered are, number for number."""

import pytest

from app.domain.likeness import alike, example

ASKED = "What is a tree, and where in the world does it grow as high as a house?"
SAID = "It is a tall plant with a trunk, and it grows so high nearly everywhere."


def of(asked=ASKED, said=SAID, correction=None, context=()):
    told = [{"role": "user", "content": text} for text in context]
    return example(
        [
            {
                "question": {"prompt": asked},
                "answers": [{"content": said, "context": told}],
                "said": {"correction": correction},
            }
        ]
    )


def test_the_same_is_alike():
    assert alike(of(), of(asked=ASKED.upper() + "  ")) == 1.0


@pytest.mark.parametrize(
    "other",
    [
        of(asked="How old is the universe, and how does anybody know a thing like that at all?"),
        of(said="I do not know, and nobody else here does; ask somebody who has been there once."),
        of(correction="It is no plant at all but a diagram that shows what follows from what."),
        of(context=["Let us talk of something else entirely, of diagrams and their branches."]),
        of(asked=f"{ASKED} Name 3."),
    ],
)
def test_what_differs_in_anything_that_matters_is_not(other):
    assert alike(of(), other) is None


def test_other_numbers_are_another_question():
    one, other = (of(asked=f"{ASKED} Name {number} of them.") for number in (3, 4))
    assert alike(one, other) is None
    assert alike(one, of(asked=f"{ASKED}  Name 3 of them!")) > 0.8
