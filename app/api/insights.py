"""Insights: numbers about what was said and judged, for those who run the loop."""

from typing import Any

from marshmallow import Schema

from app.api.blueprint import Blueprint
from app.api.context import principal
from app.api.examples import insights as examples
from app.api.large_reading import large_transaction
from app.api.schemas import insights as schemas
from app.api.schemas import insights_people as people
from app.api.tables import CSV, table, wants_csv
from app.domain.access import Permission
from app.domain.scope import Step
from app.services import (
    insights_agreement,
    insights_backlog,
    insights_dimensions,
    insights_retention,
    insights_scores,
    insights_volumes,
)

blueprint = Blueprint("insights", __name__, description="Numbers about what was said and judged")


@blueprint.operation("GET", "/insights/volumes", needs=Permission.INSIGHTS_READ)
@blueprint.arguments(schemas.PartsQuery, location="query")
@blueprint.response(200, schemas.VolumesOut, example=examples.VOLUMES)
@blueprint.alt_response(200, **CSV)
def get_volumes(query: dict[str, Any]) -> Any:
    """Show how many conversations, answers, feedback, preferences and verdicts there were."""
    with large_transaction() as session:
        rows = insights_volumes.volumes(session, scope=query["scope"], step=Step(query["by"]))
    return table(query, rows, schemas.VolumeOut)


@blueprint.operation("GET", "/insights/scores", needs=Permission.INSIGHTS_READ)
@blueprint.arguments(schemas.ScoresQuery, location="query")
@blueprint.response(200, schemas.ScoresOut, example=examples.SCORES)
@blueprint.alt_response(200, **CSV)
def get_scores(query: dict[str, Any]) -> Any:
    """Show mean, spread and distribution of scores by model, its version, dimension and part.

    Scores of older versions of a dimension are carried to its current scale where mappings say
    how; others are counted as `left_out`. What was withdrawn or refuted does not count.
    """
    step = query["by"]
    with large_transaction() as session:
        rows = insights_scores.scores(
            session, scope=query["scope"], step=None if step == "total" else Step(step)
        )
    return table(query, rows, schemas.ScoreOut)


@blueprint.operation("GET", "/insights/agreement", needs=Permission.INSIGHTS_READ)
@blueprint.arguments(schemas.AgreementQuery, location="query")
@blueprint.response(200, people.InsightAgreementOut, example=examples.AGREEMENT)
@blueprint.alt_response(200, **CSV)
def get_agreement(query: dict[str, Any]) -> Any:
    """Show how well people agree: in scores by dimension and model, and in preferences.

    `pairs` are of the 50 people who rated most of what others rated as well, numeric scales
    weighted quadratically; whoever is hidden by a blind policy is in them once it is decided.
    """
    with large_transaction() as session:
        found = insights_agreement.report(session, scope=query["scope"])
    rows, item = _part(found, query["part"] if wants_csv(query) else "items")
    return table(query, rows, item, pairs=found["pairs"], preferences=found["preferences"])


@blueprint.operation("GET", "/insights/time-to-verdict", needs=Permission.INSIGHTS_READ)
@blueprint.arguments(schemas.PartsQuery, location="query")
@blueprint.response(200, schemas.VerdictTimesOut, example=examples.VERDICT_TIMES)
@blueprint.alt_response(200, **CSV)
def get_time_to_verdict(query: dict[str, Any]) -> Any:
    """Show how long verdicts took from the submission on, by when they were given."""
    with large_transaction() as session:
        rows = insights_volumes.times_to_verdict(
            session, scope=query["scope"], step=Step(query["by"])
        )
    return table(query, rows, schemas.VerdictTimeOut)


@blueprint.operation("GET", "/insights/backlog", needs=Permission.INSIGHTS_READ)
@blueprint.arguments(schemas.BacklogQuery, location="query")
@blueprint.response(200, people.BacklogOut, example=examples.BACKLOG)
@blueprint.alt_response(200, **CSV)
def get_backlog(query: dict[str, Any]) -> Any:
    """Show what waits now, at which rates it comes and goes, and when it will be gone.

    The forecast goes on from the period's whole days and names a 95 % interval: `shrinks` and
    `grows` are said where all of it agrees, `unclear` where it does not, and `unknown` with
    fewer than seven days.
    """
    with large_transaction() as session:
        found = insights_backlog.backlog(
            session,
            scope=query["scope"],
            knows_gold=principal().can(Permission.VALIDATION_GOLD),
        )
    return table(query, found.pop("items"), people.BacklogItemOut, **found)


@blueprint.operation("GET", "/insights/retention", needs=Permission.INSIGHTS_READ)
@blueprint.arguments(schemas.InsightQuery, location="query")
@blueprint.response(200, people.RetentionOut, example=examples.RETENTION)
@blueprint.alt_response(200, **CSV)
def get_retention(query: dict[str, Any]) -> Any:
    """Show how many who first gave feedback or a preference in a week came back in later ones."""
    with large_transaction() as session:
        rows = insights_retention.retention(session, scope=query["scope"])
    return table(query, rows, people.CohortOut)


@blueprint.operation("GET", "/insights/dimensions", needs=Permission.INSIGHTS_READ)
@blueprint.arguments(schemas.InsightQuery, location="query")
@blueprint.response(200, people.DimensionsHealthOut, example=examples.DIMENSIONS)
@blueprint.alt_response(200, **CSV)
def get_dimensions(query: dict[str, Any]) -> Any:
    """Show which dimensions are used, hard to judge, or always rated alike."""
    with large_transaction() as session:
        rows = insights_dimensions.health(session, scope=query["scope"])
    return table(query, rows, people.DimensionHealthOut)


def _part(found: dict[str, Any], part: str) -> tuple[list[Any], type[Schema]]:
    """Return one of the tables of agreement, and what its rows are."""
    tables: dict[str, tuple[list[Any], type[Schema]]] = {
        "items": (found["items"], people.AlphaOut),
        "pairs": (found["pairs"], people.PairOut),
        "preferences": ([found["preferences"]], people.PreferencesSummaryOut),
        "preference_pairs": (found["preferences"]["pairs"], people.PreferencePairOut),
    }
    return tables[part]
