"""Manifests: what a version is made of and how, the same for the same data, rules and code."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.likeness import THRESHOLD
from app.domain.splits import Splits
from app.models import DatasetVersion
from app.services import large_reads
from app.services.pii import PERSONAL_DATA
from app.utils.code_version import code_version

_EXAMPLES = 100
# Why a row is left out whose question is nearly one that is in already.
NEAR_DUPLICATE = "near_duplicate"
_DIMENSIONS = text(
    """
SELECT d.id, d.name, d.version, n.scale FROM dimensions d
JOIN dimension_versions n ON n.dimension_id = d.id AND n.version = d.version
WHERE d.model_id IN ('all', :model_id) ORDER BY d.name, d.id
"""
)
_SPLITS = text(
    """
SELECT split, count(*) AS rows FROM dataset_version_rows
WHERE version_id = :version_id GROUP BY split ORDER BY split
"""
)
_COUNTS = text(
    """
SELECT count(*) AS rows, count(e.id) AS entries, count(*) - count(e.id) AS preferences
FROM dataset_version_rows r LEFT JOIN dataset_entries e ON e.id = r.source_id
WHERE r.version_id = :version_id
"""
)
_CONSENT = text(
    """
SELECT i.consent_policy AS policy, count(*) AS rows
FROM dataset_version_rows r
JOIN dataset_version_contents c ON c.version_id = r.version_id AND c.number = r.number
JOIN interactions i ON i.id = c.interaction_id
WHERE r.version_id = :version_id GROUP BY i.consent_policy ORDER BY i.consent_policy
"""
)
# A dropped row is in one split with what it resembles where their conversations are.
_DROPS = text(
    """
SELECT count(*) AS rows, count(DISTINCT d.prompt_id) AS questions,
       count(*) FILTER (WHERE own.split = kept.split) AS within,
       count(*) FILTER (WHERE own.split <> kept.split) AS across
FROM dataset_version_drops d
JOIN prompts p ON p.id = d.prompt_id
JOIN prompts k ON k.id = d.kept_prompt_id
LEFT JOIN dataset_version_splits own
    ON own.version_id = d.version_id AND own.interaction_id = p.interaction_id
LEFT JOIN dataset_version_splits kept
    ON kept.version_id = d.version_id AND kept.interaction_id = k.interaction_id
WHERE d.version_id = :version_id
"""
)
_DROPPED = text(
    """
SELECT DISTINCT prompt_id, kept_prompt_id, resemblance FROM dataset_version_drops
WHERE version_id = :version_id ORDER BY prompt_id LIMIT :limit
"""
)


def make(
    session: Session,
    *,
    version: DatasetVersion,
    splits: Splits,
    reached: Mapping[str, Any],
    root: bytes,
) -> dict[str, Any]:
    """Return the manifest; it has neither times nor ids of its own version in it.

    ``reached`` is what was counted while the version was built.
    """
    large_reads.prepare(session)
    of = {"version_id": version.id}
    drops = session.execute(_DROPS, of).one()
    reasons = {
        **reached["excluded"],
        PERSONAL_DATA: reached["personal"],
        NEAR_DUPLICATE: drops.rows,
    }
    return {
        "model_id": version.model_id,
        "selection": version.selection,
        "code_version": code_version(),
        "dimensions": _dimensions(session, version.model_id),
        "counts": {**session.execute(_COUNTS, of).one()._asdict(), **reached["components"]},
        "dropped": [{"reason": name, "rows": reasons[name]} for name in sorted(reasons)],
        "personal_data": {"policy": reached["pii"], "masked_rows": reached["masked"]},
        "near_duplicates": {
            "threshold": THRESHOLD,
            "rows": drops.rows,
            "questions": drops.questions,
            "within_splits": drops.within,
            "across_splits": drops.across,
            "examples": _examples(session, version.id),
        },
        "splits": _splits(session, version.id, splits),
        "consent_policies": [row._asdict() for row in session.execute(_CONSENT, of)],
        "merkle_root": root.hex(),
    }


def _dimensions(session: Session, model_id: str) -> list[dict[str, Any]]:
    rows = session.execute(_DIMENSIONS, {"model_id": model_id})
    return [{**row._asdict(), "id": str(row.id)} for row in rows]


def _examples(session: Session, version_id: UUID) -> list[dict[str, Any]]:
    rows = session.execute(_DROPPED, {"version_id": version_id, "limit": _EXAMPLES})
    return [
        {
            "prompt_id": str(row.prompt_id),
            "like_prompt_id": str(row.kept_prompt_id),
            "resemblance": row.resemblance,
        }
        for row in rows
    ]


def _splits(session: Session, version_id: UUID, splits: Splits) -> dict[str, Any]:
    found = {row.split: row.rows for row in session.execute(_SPLITS, {"version_id": version_id})}
    total = sum(share for _, share in splits.shares)
    rows = {name: found.get(name, 0) for name, _ in splits.shares}
    return {
        "asked": {name: round(share / total, 6) for name, share in splits.shares},
        "rows": rows,
        "shares": {
            name: round(number / max(1, sum(rows.values())), 6) for name, number in rows.items()
        },
        "seed": splits.seed,
        "people": splits.people,
    }
