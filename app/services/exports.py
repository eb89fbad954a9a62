"""Exports: what a selection becomes in a shape, out of the live tables."""

from dataclasses import replace

from sqlalchemy.orm import Session

from app.db import Transactions
from app.domain.selection import Selection
from app.domain.shapes.catalogue import SHAPES, records
from app.domain.shapes.shape import MESSAGES, Fields, Plain, Rules
from app.services import entry_lines, privacy_policies, selectable
from app.services.dataset_rows import iterate_rows
from app.services.encodings.content import Content
from app.services.shielding import shielded

ENTRIES = "entries"
SHAPE_NAMES = (ENTRIES, *SHAPES)
ENTRY = (
    ("id", Plain.TEXT),
    ("model_id", Plain.TEXT),
    ("prompt", Plain.TEXT),
    ("response", Plain.TEXT),
    ("original_response", Plain.TEXT),
    ("context", MESSAGES),
    # Its keys are the dimensions that were scored: no fixed form, so a text in tables.
    ("quality_ratings", Plain.JSON),
    (
        "source",
        Fields(
            tuple(
                (name, Plain.TEXT)
                for name in ("type", "feedback_id", "response_id", "interaction_id")
            )
        ),
    ),
    ("created_at", Plain.TEXT),
)


def about(shape: str) -> str:
    """Return what a record of a shape is."""
    return SHAPES[shape].about if shape in SHAPES else "An entry of the dataset, one a feedback."


def content(
    transactions: Transactions, *, selection: Selection, shape: str, rules: Rules
) -> Content:
    """Return what is exported; it is read as it is written, a batch a transaction.

    The next batch is read on another thread while one is written, so ``transactions`` must open
    on any.
    Personal data are masked, or rows with some left out, as the model's policy says. Raises
    NotFound and Invalid for what is not there to be selected.
    """
    with transactions() as session:
        selectable.check(session, selection=selection)
        pii = privacy_policies.pii_of(session, model_id=selection.model_id)
        known = with_dimensions(session, rules=rules, model_id=selection.model_id)
    return shielded(_content(transactions, selection, shape, known), pii=pii)


def _content(transactions: Transactions, selection: Selection, shape: str, known: Rules) -> Content:
    if shape == ENTRIES:
        lines = entry_lines.iterate_lines(transactions, selection=selection)
        return Content(name=shape, columns=ENTRY, lines=lines)
    chosen = SHAPES[shape]
    rows = iterate_rows(transactions, selection=selection)
    made = records(rows, shape=chosen, rules=known)
    return Content(name=shape, columns=chosen.columns(known), records=made)


def with_dimensions(session: Session, *, rules: Rules, model_id: str) -> Rules:
    """Return the rules with the dimensions that answers of a model are scored on."""
    return replace(rules, dimensions=selectable.dimensions_of(session, model_id=model_id))
