"""What is asked of the dataset: which part of it, in which shape and as which file."""

import re
from datetime import datetime
from typing import Any

from marshmallow import ValidationError, fields

from app.api.schemas.fields import Form, Id, In, QueryText, words
from app.api.schemas.pages import PageQuery
from app.domain.selection_form import EXCLUDE, INCLUDE
from app.domain.visible import UNSEEN
from app.services.encodings.catalogue import COMPRESSIONS, FORMATS
from app.services.exports import ENTRIES, SHAPE_NAMES

_SHARE = r"(?:0(?:\.[0-9]{1,6})?|1(?:\.0{1,6})?)"
_NAME = rf"[^/{UNSEEN}]{{1,100}}"
_SCORES = rf"^{_NAME}:{_SHARE}(?:,{_NAME}:{_SHARE}){{0,19}}$"
_SCORE = re.compile(rf"(.+?):({_SHARE})(?:,|$)")
_WORD = r"[^,\u0000-\u001f\u007f]{1,100}"
_TIME = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{5,15}(?:Z|[+-][0-9]{2}:[0-9]{2})$"


class Share(QueryText):
    """A number from 0 to 1, in a query."""

    def __init__(self, about: str, **kwargs: Any) -> None:
        metadata = {"description": f"{about} From 0 to 1."}
        super().__init__(rf"^{_SHARE}$", "a number from 0 to 1", metadata=metadata, **kwargs)

    def deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        """Return the number."""
        found = super().deserialize(value, *args, **kwargs)
        return float(found) if isinstance(found, str) else found


class Time(QueryText):
    """A moment in ISO 8601 with its zone, in a query."""

    def __init__(self, about: str) -> None:
        metadata = {"description": about, "example": "2026-11-21T12:00:00Z"}
        super().__init__(_TIME, "an ISO 8601 time with its zone", metadata=metadata)

    def deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        """Return the moment."""
        found = super().deserialize(value, *args, **kwargs)
        try:
            return datetime.fromisoformat(found) if isinstance(found, str) else found
        except ValueError as error:
            raise ValidationError("expected an ISO 8601 time with its zone") from error


class Scores(QueryText):
    """Dimensions with the least that is asked of each, in a query."""

    def __init__(self) -> None:
        metadata = {
            "description": "The least mean score of dimensions, as `name:share` with commas "
            "between: 0 is the lowest score of the scale, 1 the highest.",
            "example": "accuracy:0.75,clarity:0.5",
        }
        super().__init__(_SCORES, "name:share of 0 to 1, with commas between", metadata=metadata)

    def deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        """Return the pairs."""
        found = super().deserialize(value, *args, **kwargs)
        if not isinstance(found, str):
            return found
        return tuple((name, float(share)) for name, share in _SCORE.findall(found))


class Tags(QueryText):
    """Tags that all have to be there, in a query."""

    def __init__(self) -> None:
        metadata = {
            "description": "`tags` of the interaction's metadata that all have to be there, with "
            "commas between.",
            "example": "billing,urgent",
        }
        pattern = rf"^{_WORD}(?:,{_WORD}){{0,19}}$"
        super().__init__(pattern, "tags with commas between", metadata=metadata)

    def deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        """Return the tags."""
        found = super().deserialize(value, *args, **kwargs)
        return tuple(found.split(",")) if isinstance(found, str) else found


class Raters(fields.Integer):
    """A number of people, in a query."""

    def __init__(self) -> None:
        metadata = {
            "description": "At least so many people whose validated feedback is on the answer.",
            "minimum": 1,
            "maximum": 9999,
        }
        super().__init__(metadata=metadata)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        Form(r"[1-9][0-9]{0,3}", "a number from 1 to 9999")(str(value))
        return super()._deserialize(value, attr, data, **kwargs)


class SelectionQuery(In):
    """Which part of the dataset; everything that is asked has to hold.

    Conversations whose person does not consent to training are never part of it.
    """

    model_version = QueryText(
        r"^[^\u0000-\u001f\u007f]{1,200}$",
        "a model's version",
        metadata={"description": "The version of the model that answered."},
    )
    since = Time("Validated at that time or later.")
    until = Time("Validated before that time.")
    min_score = Scores()
    min_agreement = Share("The least agreement among the raters of an answer, who are two or more.")
    min_raters = Raters()
    min_reliability = Share(
        "How far the person who rated or chose is relied upon at least; who is unknown is not."
    )
    language = QueryText(
        r"^[a-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,3}$",
        "a language as ISO 639 names it",
        metadata={
            "description": "`language` of the interaction's metadata, else the language that the "
            "question was found to be in; `und` where that cannot be told. A new entry's is found "
            "within the minute.",
            "example": "en",
        },
    )
    tags = Tags()
    intent = QueryText(
        rf"^{_WORD}$",
        "an intent",
        metadata={"description": "`intent` of the interaction's metadata."},
    )
    interaction_id = Id(metadata={"description": "Of this conversation."})
    response_id = Id(metadata={"description": "Of this answer."})
    feedback_id = Id(metadata={"description": "Made of this feedback."})
    preferences = fields.String(
        load_default=INCLUDE,
        validate=words((INCLUDE, EXCLUDE)),
        metadata={
            "description": "Whether preferences, which nobody validates, are a source where a "
            "shape makes something of them. Where `min_score` or `min_agreement` is asked they are "
            "none: they have neither."
        },
    )


class EntriesQuery(SelectionQuery, PageQuery):
    """Which entries, and from where."""


class RulesQuery(In):
    """In which shape."""

    shape = fields.String(
        load_default=ENTRIES,
        validate=words(SHAPE_NAMES),
        metadata={"description": "What a record is; the route says more."},
    )
    threshold = Share("The mean score from which an answer is good.", load_default=0.75)
    margin = Share("By how much a better answer's score is better.", load_default=0.1)
    turns = fields.String(
        load_default="messages",
        validate=words(("messages", "text")),
        metadata={
            "description": "Whether prompts and answers of `sft`, `preference` and `kto` are "
            "lists of messages or texts; as texts, answers begin with a space, since trainers "
            "put the two together as they are."
        },
    )


class FileQuery(In):
    """As which file."""

    format = fields.String(load_default="json", validate=words(FORMATS))
    compress = fields.String(
        validate=words(COMPRESSIONS),
        metadata={"description": "Packs the file; `parquet` and `hf` are packed inside."},
    )


class ShapeQuery(SelectionQuery, RulesQuery):
    """Which part, in which shape."""


class ExportQuery(ShapeQuery, FileQuery):
    """Which part, in which shape, as which file."""
