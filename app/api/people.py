"""People: how reliable they are, and how far they agree with each other."""

from typing import Any
from uuid import UUID

from app.api.blueprint import Blueprint
from app.api.context import config, principal
from app.api.examples.people import CONTRADICTION, KAPPA, OWN_RELIABILITY, RELIABILITY
from app.api.examples.story import JUDGED, page_example
from app.api.pagination import page_body, page_request
from app.api.schemas.pages import PageQuery, page_of
from app.api.schemas.people import (
    ContradictionOut,
    KappaOut,
    OwnReliabilityOut,
    ReliabilityOut,
    ReliabilityQuery,
    ScopeQuery,
)
from app.db import transaction
from app.domain.access import Permission
from app.domain.measuring import OVERALL, Measured
from app.services import measurements, reliabilities, vote_comparison

blueprint = Blueprint("people", __name__, description="How far people can be relied on")
_BY_PERSON = (str, str, str)
_RELIABILITY = page_example(RELIABILITY, as_of=JUDGED)
_OWN = page_example(OWN_RELIABILITY, as_of=JUDGED)
_CONTRADICTION = page_example(CONTRADICTION, as_of=JUDGED)
_KAPPA = page_example(KAPPA, as_of=JUDGED)


@blueprint.operation("GET", "/validation/reliability", needs=Permission.PEOPLE_READ)
@blueprint.arguments(ReliabilityQuery, location="query")
@blueprint.response(200, page_of(ReliabilityOut, is_measured=True), example=_RELIABILITY)
def list_reliability(query: dict[str, Any]) -> Any:
    """List how often people turned out right, as validators and as raters, by dimension.

    A validator was right who agreed with gold, with an administrator's decision, or with what a
    round of more than one concluded; a rater whose feedback was found valid. Old answers count
    less (`RELIABILITY_HALF_LIFE_DAYS`). The worker counts everything anew every hour, and
    `flask people measure` at once; `as_of` is when.
    """
    page = page_request(query, _BY_PERSON)
    rule, scope = reliabilities.forgetting(config()), query.pop("dimension", None)
    with transaction() as session:
        found = reliabilities.page(session, rule=rule, page=page, scope=scope, **query)
        as_of = measurements.as_of(session, what=Measured.RELIABILITY)
    return page_body(found, as_of=as_of)


@blueprint.operation("GET", "/users/me/reliability", needs=Permission.FEEDBACK_READ)
@blueprint.arguments(ScopeQuery, location="query")
@blueprint.response(200, page_of(OwnReliabilityOut, is_measured=True), example=_OWN)
def list_own_reliability(query: dict[str, Any]) -> Any:
    """List how often you turned out right, as validator and as rater, by dimension."""
    page = page_request(query, _BY_PERSON)
    rule, scope = reliabilities.forgetting(config()), query.get("dimension")
    me = principal().id
    with transaction() as session:
        found = reliabilities.page(session, rule=rule, page=page, scope=scope, user_id=me)
        as_of = measurements.as_of(session, what=Measured.RELIABILITY)
    return page_body(found, as_of=as_of)


@blueprint.operation("GET", "/validation/contradictions", needs=Permission.PEOPLE_READ)
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, page_of(ContradictionOut, is_measured=True), example=_CONTRADICTION)
def list_contradictions(query: dict[str, Any]) -> Any:
    """List where the majority and an estimate from everybody's errors (Dawid-Skene) differ.

    It looks at rounds of several validators and at gold, bound to what is known. The worker
    computes it every hour from the latest `COMPARED_VOTES` verdicts.
    """
    page = page_request(query, (UUID, int, str))
    with transaction() as session:
        found = vote_comparison.page_contradictions(session, page=page)
        as_of = measurements.as_of(session, what=Measured.AGREEMENT)
    return page_body(found, as_of=as_of)


@blueprint.operation("GET", "/validation/kappas", needs=Permission.PEOPLE_READ)
@blueprint.arguments(ScopeQuery, location="query")
@blueprint.response(200, page_of(KappaOut, is_measured=True), example=_KAPPA)
def list_kappas(query: dict[str, Any]) -> Any:
    """List Cohen's kappa of each two validators, or of raters on a dimension.

    Pairs that have judged five things or more in common are listed.
    """
    page = page_request(query, (str, str))
    scope = query.get("dimension", OVERALL)
    with transaction() as session:
        found = vote_comparison.page_kappas(session, page=page, scope=scope)
        as_of = measurements.as_of(session, what=Measured.AGREEMENT)
    return page_body(found, as_of=as_of)
