"""Feedback imports: what is asked beside the lines."""

from marshmallow import fields

from app.api.schemas.fields import In, ModelId, QueryText, words
from app.services.feedback_lines import FORMS, JSONL

_LONGEST_DIMENSION = 100
_LONGEST_PERSON = 255
_NAMED = r"^[^\u0000-\u001f\u007f]{{1,{}}}$"


class FeedbackImportQuery(In):
    """What the lines are, and what holds for those that do not say it themselves."""

    format = fields.String(
        load_default=JSONL,
        validate=words(FORMS),
        metadata={"description": "Which form the lines have."},
    )
    dimension = QueryText(
        _NAMED.format(_LONGEST_DIMENSION),
        "a name without control characters",
        metadata={"description": "What the scores of other systems are scores on."},
    )
    model_id = ModelId()
    user_id = QueryText(
        _NAMED.format(_LONGEST_PERSON),
        "an id without control characters",
        metadata={"description": "Who rated, where a line does not say."},
    )
