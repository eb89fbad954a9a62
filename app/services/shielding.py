"""Shielding: what exports let out, with the personal data in it masked or left behind."""

from collections.abc import Iterator
from dataclasses import replace

from app.domain.privacy import Pii
from app.domain.shapes.shape import Plain, Record
from app.services.encodings.content import Content, as_records
from app.services.pii import protect

# Says in a record what was masked: {field, kind, count} of each.
MASKED = "masked"
# A shape with one of these has room for what is ours.
_ROOMY = frozenset({"source", "interaction_id"})


def shielded(content: Content, *, pii: Pii) -> Content:
    """Return the content as it may leave; what was masked is in the records that have room."""
    if pii is Pii.OFF:
        return content
    has_room = any(name in _ROOMY for name, _ in content.columns)
    columns = (*content.columns, (MASKED, Plain.JSON)) if has_room else content.columns
    records = _protected(content, pii, has_room=has_room)
    return replace(content, columns=columns, records=records, lines=None)


def _protected(content: Content, pii: Pii, *, has_room: bool) -> Iterator[Record]:
    for record in as_records(content):
        done = protect(record, pii=pii)
        if done.value is not None:
            yield {**done.value, MASKED: done.masks} if has_room else done.value
