"""Languages: which one the questions of the dataset are in.

They are found in the background: the model takes seconds to load, which no verdict waits for.
"""

from functools import cache
from typing import Any

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

UNDETERMINED = "und"
# More says no more, and less is a guess: "Paris." is a word of many languages.
_LONGEST, _SHORTEST = 2000, 12
_LEAST_PROBABILITY = 0.8
_TABLES = ("dataset_entries", "preferences")
_UNREAD = """
SELECT e.id, left(p.content, :longest) AS content
FROM {table} e JOIN prompts p ON p.id = e.prompt_id
WHERE e.language IS NULL ORDER BY e.id LIMIT :limit FOR UPDATE OF e SKIP LOCKED
"""
_STORE = """
UPDATE {table} e SET language = f.language
FROM jsonb_to_recordset(:found) AS f(id uuid, language text) WHERE e.id = f.id
"""


def find(session: Session, *, limit: int) -> int:
    """Find the languages of up to ``limit`` entries and as many preferences.

    Returns the larger number of the two.
    """
    return max(_find(session, table, limit) for table in _TABLES)


def _find(session: Session, table: str, limit: int) -> int:
    unread = text(_UNREAD.format(table=table))
    rows = session.execute(unread, {"longest": _LONGEST, "limit": limit}).all()
    if rows:
        found = [{"id": str(row.id), "language": language_of(row.content)} for row in rows]
        store = text(_STORE.format(table=table)).bindparams(bindparam("found", type_=JSONB))
        session.execute(store, {"found": found})
    return len(rows)


def language_of(content: str) -> str:
    """Return the language of a text by ISO 639, ``und`` where it cannot be told."""
    if sum(character.isalpha() for character in content) < _SHORTEST:
        return UNDETERMINED
    language, probability = _identifier().classify(content)
    return str(language) if probability >= _LEAST_PROBABILITY else UNDETERMINED


@cache
def _identifier() -> Any:
    """Return the model of langid, which its package brings; loaded where it is asked."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
