"""Insights: what is asked, and how much there was, what scores say, how long it took."""

from datetime import timedelta
from typing import Any, ClassVar

from marshmallow import ValidationError, fields, post_load

from app.api.schemas.fields import In, ModelId, Out, words
from app.api.schemas.moments import Moment
from app.domain.scope import Scope, Step
from app.utils import clock

_LONGEST = timedelta(days=1_100)
_WEEKS = {"description": "Where the part of the period begins: a day, a Monday, a first."}
CARRIED = {"description": "Of the scores, those carried from older scales."}
LEFT_OUT = {"description": "Scores on older scales from which no mapping leads here."}


class InsightQuery(In):
    """Which period and model; the last twelve weeks and all models unless said."""

    DEFAULT: ClassVar[timedelta] = timedelta(days=84)

    since = Moment(
        data_key="from",
        about="Where the period begins; by default a Monday, so that weeks are whole.",
    )
    until = Moment(data_key="to", about="Where it ends, itself outside; by default now.")
    model_id = ModelId()
    format = fields.String(
        validate=words(("json", "csv")),
        metadata={"description": "Before what Accept says."},
    )

    @post_load
    def _value(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        now = clock.now()
        end = data.pop("until", None) or now
        start = data.pop("since", None) or _monday(end - self.DEFAULT)
        if not timedelta() < end - start <= _LONGEST:
            message = f"expected a period of at most {_LONGEST.days} days that ends after it begins"
            raise ValidationError({"from": [message]})
        scope = Scope(start=start, end=end, model_id=data.pop("model_id", None))
        return {**data, "scope": scope, "as_of": now}


def _monday(moment: Any) -> Any:
    day = moment - timedelta(days=moment.weekday())
    return day.replace(hour=0, minute=0, second=0, microsecond=0)


class PartsQuery(InsightQuery):
    """Which period and model, and how long its parts are."""

    by = fields.String(load_default=str(Step.WEEK), validate=words(Step))


class ScoresQuery(InsightQuery):
    """Which period and model, and how long its parts are."""

    by = fields.String(
        load_default=str(Step.WEEK),
        validate=words((*Step, "total")),
        metadata={"description": "`total`: the period as a whole."},
    )


class AgreementQuery(InsightQuery):
    """Which period and model; a CSV holds one of the tables."""

    part = fields.String(
        load_default="items",
        validate=words(("items", "pairs", "preferences", "preference_pairs")),
        metadata={"description": "Which table a CSV holds; JSON has all."},
    )


class BacklogQuery(InsightQuery):
    """Which days the rates are taken from, the last four weeks unless said, and which model."""

    DEFAULT: ClassVar[timedelta] = timedelta(days=28)


class InsightOut(Out):
    """What holds for the whole answer."""

    start = fields.AwareDateTime(required=True, data_key="from")
    end = fields.AwareDateTime(required=True, data_key="to")
    model_id = fields.String(required=True, allow_none=True)
    as_of = fields.AwareDateTime(
        required=True, metadata={"description": "When this was counted: for this answer."}
    )
    truncated = fields.Boolean(
        required=True, metadata={"description": "There are more rows than the 10,000 here."}
    )


class VolumeOut(Out):
    """How much began in a part of the period, with one model."""

    begins = fields.Date(required=True, metadata=_WEEKS)
    model_id = fields.String(required=True)
    interactions = fields.Integer(required=True)
    responses = fields.Integer(required=True)
    feedback = fields.Integer(required=True)
    preferences = fields.Integer(required=True)
    verdicts = fields.Integer(required=True)


class VolumesOut(InsightOut):
    """How much there was."""

    items = fields.List(fields.Nested(VolumeOut), required=True)


class ScoreCountOut(Out):
    """How often a score was given; of a scale of very many scores, its hundredth."""

    score = fields.Raw(
        required=True,
        metadata={"oneOf": [{"type": "number"}, {"type": "boolean"}, {"type": "string"}]},
    )
    n = fields.Integer(required=True)


class ScoreOut(Out):
    """Scores of a model's version on a dimension; words have neither mean nor spread."""

    begins = fields.Date(required=True, allow_none=True, metadata=_WEEKS)
    model_id = fields.String(required=True)
    model_version = fields.String(required=True, allow_none=True)
    dimension_id = fields.UUID(required=True)
    dimension_name = fields.String(required=True)
    dimension_version = fields.Integer(required=True)
    n = fields.Integer(required=True)
    mean = fields.Float(required=True, allow_none=True)
    spread = fields.Float(
        required=True, allow_none=True, metadata={"description": "Standard deviation."}
    )
    distribution = fields.List(fields.Nested(ScoreCountOut), required=True)
    carried = fields.Integer(required=True, metadata=CARRIED)
    left_out = fields.Integer(required=True, metadata=LEFT_OUT)


class ScoresOut(InsightOut):
    """What scores say."""

    items = fields.List(fields.Nested(ScoreOut), required=True)


class VerdictTimeOut(Out):
    """How long verdicts took from the submission on."""

    begins = fields.Date(required=True, metadata=_WEEKS)
    model_id = fields.String(required=True)
    verdicts = fields.Integer(required=True)
    mean_seconds = fields.Float(required=True)
    median_seconds = fields.Float(required=True)
    p90_seconds = fields.Float(required=True)


class VerdictTimesOut(InsightOut):
    """How long verdicts took, by when they were given."""

    items = fields.List(fields.Nested(VerdictTimeOut), required=True)
