"""Imports: what is asked beside the lines, and what came of them."""

from marshmallow import fields

from app.api.schemas.fields import In, ModelId, Out, words


class ImportQuery(In):
    """What holds for lines that do not say it themselves."""

    model_id = ModelId()
    training_consent = fields.String(
        validate=words(("true", "false")),
        metadata={
            "description": "Whether models may be trained on it; the installation has a default."
        },
    )


class LineProblemOut(Out):
    """Why a line was refused, as a problem document would say it."""

    code = fields.String(required=True)
    detail = fields.String(required=True)
    errors = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        metadata={"description": "Messages by the path of the field."},
    )


class RefusedLineOut(Out):
    """A line that was refused, counted from one; of events, the line that began with them."""

    line = fields.Integer(required=True)
    problem = fields.Nested(LineProblemOut, required=True)


class ImportReportOut(Out):
    """What came of an import; of many refusals the first 1,000 are listed."""

    accepted = fields.Integer(
        required=True, metadata={"description": "Conversations that are new here."}
    )
    repeated = fields.Integer(
        required=True, metadata={"description": "Conversations that were imported before."}
    )
    refused_count = fields.Integer(required=True)
    refused = fields.List(fields.Nested(RefusedLineOut), required=True)
