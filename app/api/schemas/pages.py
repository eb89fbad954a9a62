"""Queries and answers of lists."""

from functools import cache

from marshmallow import Schema, fields

from app.api.schemas.fields import In, ModelId, Out, QueryText, QueryWhole, words
from app.domain.states import FeedbackStatus, InteractionStatus, JobStatus

_MOST = 100
_DEFAULT = 20


class PageQuery(In):
    """How many items, and from where."""

    limit = QueryWhole(1, _MOST, load_default=_DEFAULT)
    cursor = QueryText(
        r"^[A-Za-z0-9_-]{1,200}$",
        "a next_cursor of this list",
        metadata={"description": "A `next_cursor` of this list; it is opaque."},
    )


class InteractionsQuery(PageQuery):
    """Which of one's own conversations."""

    status = fields.String(validate=words(InteractionStatus))
    model_id = ModelId()


class FeedbackQuery(PageQuery):
    """Which of one's own feedback."""

    status = fields.String(validate=words(FeedbackStatus))


class PendingQuery(PageQuery):
    """Which pending feedback."""

    model_id = ModelId()


class JobsQuery(PageQuery):
    """Which of everybody's jobs."""

    status = fields.String(validate=words(JobStatus))
    kind = QueryText(r"^[a-z][a-z0-9_.]{0,99}$", "the kind of a job")


@cache
def page_of(item: type[Schema], *, is_measured: bool = False) -> Schema:
    """Return the schema of a page of ``item``, of a list that is measured now and then or not."""
    name = item.__name__.removesuffix("Out") + "PageOut"
    made = Out.from_dict(
        {
            "items": fields.List(fields.Nested(item), required=True),
            "next_cursor": fields.String(required=True, allow_none=True),
            **({"as_of": _as_of()} if is_measured else {}),
        },
        name=name,
    )
    made.__doc__ = "A page; `next_cursor` leads to the next one and is null where there is none."
    return made()


def _as_of() -> fields.AwareDateTime:
    about = "When all of this was counted last; null: never yet, so that nothing is here."
    return fields.AwareDateTime(required=True, allow_none=True, metadata={"description": about})
