"""Rows for tests of shapes, with no more in them than a test says."""

from itertools import count

from app.domain.shapes.row import Answer, Choice, Judgement, Row, Score

_number = count()


def judged(rater="alice", **said):
    number = next(_number)
    scores = tuple(
        Score(dimension=name, version=1, score=place, place=place)
        for name, place in said.pop("places", {}).items()
    )
    return Judgement(
        entry_id=f"entry-{number}",
        feedback_id=f"feedback-{number}",
        rater=rater,
        created_at="2026-11-21T10:00:00+00:00",
        scores=scores,
        **said,
    )


def answer(content, *judgements, context=()):
    return Answer(
        response_id=f"response of {content}",
        model_id="acme/echo-1",
        model_version="1.0",
        content=content,
        context=context,
        judgements=judgements,
    )


def choice(*ranking, rater="alice", verdict=None, weight=1.0):
    ranks = {
        f"response of {content}": rank
        for rank, group in enumerate(ranking, 1)
        for content in ([group] if isinstance(group, str) else group)
    }
    return Choice(
        preference_id=f"preference-{next(_number)}",
        rater=rater,
        ranks=ranks,
        verdict=verdict,
        weight=weight,
    )


def row(*answers, choices=()):
    return Row(
        prompt_id="prompt",
        interaction_id="interaction",
        model_id="acme/echo-1",
        prompt="Why?",
        answers=answers,
        choices=tuple(choices),
    )
