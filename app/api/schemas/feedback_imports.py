"""Feedback imports: what is asked beside the lines."""

from marshmallow import fields

from app.api.schemas.fields import In, ModelId, Text, words
from app.services.feedback_lines import FORMS, JSONL

_LONGEST_DIMENSION = 100
_LONGEST_PERSON = 255


class FeedbackImportQuery(In):
    """What the lines are, and what holds for those that do not say it themselves."""

    format = fields.String(
        load_default=JSONL,
        validate=words(FORMS),
        metadata={"description": "Which form the lines have."},
    )
    dimension = Text(
        longest=_LONGEST_DIMENSION,
        metadata={"description": "What the scores of other systems are scores on."},
    )
    model_id = ModelId()
    user_id = Text(
        longest=_LONGEST_PERSON, metadata={"description": "Who rated, where a line does not say."}
    )
