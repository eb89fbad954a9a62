"""Previews of exports, out."""

from marshmallow import fields

from app.api.schemas.fields import Out


class NamedCountOut(Out):
    """How many of something that has a name."""

    name = fields.String(required=True)
    count = fields.Integer(required=True)


class PartOut(Out):
    """How many there are, how many are selected, and how many each condition leaves out."""

    there = fields.Integer(required=True)
    selected = fields.Integer(required=True)
    excluded = fields.List(
        fields.Nested(NamedCountOut),
        required=True,
        metadata={"description": "By what is asked; what several leave out counts at each."},
    )


class PreviewOut(Out):
    """What an export would hold."""

    model_id = fields.String(required=True)
    shape = fields.String(required=True)
    entries = fields.Nested(PartOut, required=True)
    preferences = fields.Nested(PartOut, required=True)
    prompts = fields.Integer(required=True)
    records = fields.Integer(
        required=True, metadata={"description": "How many records the file would have."}
    )
    dropped = fields.List(
        fields.Nested(NamedCountOut),
        required=True,
        metadata={
            "description": "What is selected and makes no record, by the reason: `no_target` "
            "(nothing good to learn), `undecided`, `no_scores`, `tie`, `equal_pair`, "
            "`duplicate_pair`, `contradiction`, `prompts_differ`, `no_pair`."
        },
    )
    people = fields.Integer(required=True)
    contributors = fields.List(
        fields.Nested(NamedCountOut),
        required=True,
        metadata={"description": "Who gave feedback and preferences, most first, at most 100."},
    )
