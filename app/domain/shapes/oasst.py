"""Open-Assistant's message trees: what came before a question above it, its answers below."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from app.domain.shapes.lineage import rounded
from app.domain.shapes.row import Answer, Message, Row
from app.domain.shapes.shape import Drop, Made, Plain, Reason, Rules, Shape
from app.domain.shapes.standing import Standing, standing_of

Json = dict[str, Any]
_ROLES = {"assistant": "assistant"}
_COLUMNS = (("message_tree_id", Plain.TEXT), ("tree_state", Plain.TEXT), ("prompt", Plain.JSON))


def _make(row: Row, rules: Rules) -> Iterator[Made]:
    """Yield one tree for the answers that had been told the same before the question."""
    groups: dict[str, list[Answer]] = {}
    for answer in row.answers:
        groups.setdefault(str(answer.context), []).append(answer)
    if not groups:
        yield Drop(Reason.NO_TARGET, row.prompt_id)
    for number, answers in enumerate(groups.values()):
        tree_id = row.prompt_id if not number else answers[0].response_id
        root = _chain(row, answers[0], tree_id)
        _last(root)["replies"] = list(_replies(row, answers, rules))
        yield {"message_tree_id": tree_id, "tree_state": "ready_for_export", "prompt": root}


def _chain(row: Row, answer: Answer, tree_id: str) -> Json:
    """Return what came before with the question below it, one message below the other."""
    told: list[Message] = row.question(answer)
    ids = [f"{tree_id}:{place}" for place in range(len(told) - 1)] + [row.prompt_id]
    parents = [None, *ids[:-1]]
    chain = [
        _message(id_, parent, one, language=row.language)
        for id_, parent, one in zip(ids, parents, told, strict=True)
    ]
    for upper, lower in pairwise(chain):
        upper["replies"] = [lower]
    return chain[0]


def _last(message: Json) -> Json:
    while message["replies"]:
        message = message["replies"][0]
    return message


def _replies(row: Row, answers: list[Answer], rules: Rules) -> Iterator[Json]:
    standings = [(answer, standing_of(answer)) for answer in answers]
    places = sorted({of.mean for _, of in standings if of.mean is not None}, reverse=True)
    for answer, standing in standings:
        said = {"role": "assistant", "content": answer.content}
        reply = _message(answer.response_id, row.prompt_id, said, language=None)
        rank = places.index(standing.mean) if standing.mean is not None else None
        judged = standing.is_good(rules.threshold) if answer.judgements else None
        reply |= {"rank": rank, "review_result": judged, "review_count": standing.raters}
        reply |= {"synthetic": True, "model_name": answer.model_id, "labels": _labels(standing)}
        yield reply
        for number, text in enumerate(standing.corrections):
            said = {"role": "assistant", "content": text}
            id_ = f"{answer.response_id}:correction:{number}"
            reply = _message(id_, row.prompt_id, said, language=None)
            yield reply | {"review_result": True, "review_count": 1}


def _labels(standing: Standing) -> Json:
    return {
        one.dimension: {"value": rounded(one.mean), "count": one.raters}
        for one in standing.aggregates
    }


def _message(id_: str, parent: str | None, said: Message, *, language: str | None) -> Json:
    return {
        "message_id": id_,
        "parent_id": parent,
        "text": said["content"],
        "role": _ROLES.get(said["role"], "prompter"),
        "lang": language,
        "review_count": 0,
        "review_result": None,
        "rank": None,
        "synthetic": False,
        "model_name": None,
        "labels": {},
        "replies": [],
    }


OASST = Shape(
    name="oasst",
    about="Open-Assistant message trees: a tree for each question with its answers.",
    columns=lambda _: _COLUMNS,
    make=_make,
)
