"""Progress: one's own points with their reasons, and leaderboards."""

from typing import Any

from app.api.blueprint import Blueprint
from app.api.context import principal
from app.api.examples.progress import LEADER, POINTS, POINTS_SUMMARY, PROGRESS
from app.api.examples.story import page_example
from app.api.pagination import large_whole, page_body, page_request
from app.api.schemas.pages import PageQuery, page_of
from app.api.schemas.progress import (
    LeaderboardQuery,
    LeaderOut,
    PointsOut,
    PointsSummaryOut,
    StandingOut,
)
from app.db import transaction
from app.domain.access import Permission
from app.services import leaderboards, progress

blueprint = Blueprint("progress", __name__, description="Points, levels, leaderboards")
_PLACE = (large_whole, int)
_LEADER = (int, str, int, int)


@blueprint.operation("GET", "/users/me/progress", needs=Permission.PROGRESS_READ)
@blueprint.response(200, StandingOut, example=PROGRESS)
def get_progress() -> Any:
    """Show where you stand: points, level, rank, feedback, quality and streak.

    It agrees with the verdicts at once: points are given in the transaction that earns them.
    """
    with transaction() as session:
        return progress.progress(session, principal=principal())


@blueprint.operation("GET", "/users/me/points", needs=Permission.PROGRESS_READ)
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, page_of(PointsOut), example=page_example(POINTS))
def list_points(query: dict[str, Any]) -> Any:
    """List your points, the last first: each with its rule, its reason and the balance after it.

    What hangs on an outcome that is overturned is taken back by a row of its own.
    """
    page = page_request(query, _PLACE)
    with transaction() as session:
        return page_body(progress.page_points(session, principal=principal(), page=page))


@blueprint.operation("GET", "/users/me/points/summary", needs=Permission.PROGRESS_READ)
@blueprint.response(200, PointsSummaryOut, example=POINTS_SUMMARY)
def get_points_summary() -> Any:
    """Show how many points each rule has given you, and how far today's caps are used."""
    with transaction() as session:
        return progress.summary(session, principal=principal())


@blueprint.operation("GET", "/users/leaderboard", needs=Permission.PROGRESS_READ)
@blueprint.arguments(LeaderboardQuery, location="query")
@blueprint.response(200, page_of(LeaderOut), example=page_example(LEADER))
def list_leaders(query: dict[str, Any]) -> Any:
    """List who has most points, of all time, this week or this month (UTC).

    People are shown by their user id, to everybody who may sign in; why they have their points
    is for themselves alone.
    """
    page = page_request(query, _LEADER)
    with transaction() as session:
        return page_body(leaderboards.page_leaders(session, page=page, **query))
