"""Variants: further answers to a prompt, and the choice among them."""

from typing import Any
from uuid import UUID

from app.api import answering, asking_context, idempotency, server_sent_events
from app.api.blueprint import Blueprint
from app.api.context import principal
from app.api.examples.conversations import EVENTS_OF_AN_ANSWER, PROMPT, RESPONSE
from app.api.examples.story import RESPONSE_ID, page_example
from app.api.pagination import page_body, page_request
from app.api.schemas.exchanges import ChoiceIn, PromptOut, ResponseOut, VariantIn
from app.api.schemas.pages import PageQuery, page_of
from app.db import transaction
from app.domain.access import Permission
from app.services import variants
from app.services.variants import Wish

blueprint = Blueprint("variants", __name__, description="Several answers to one prompt")


@blueprint.operation(
    "POST",
    "/prompts/<uuid:prompt_id>/responses",
    needs=Permission.INTERACTIONS_WRITE,
    errors=(404, 409, 502, 503, 504),
    binds_own_key=True,
)
@blueprint.arguments(VariantIn, example={"parameters": {"temperature": 0.9}})
@blueprint.response(201, ResponseOut, example=RESPONSE)
@blueprint.event_stream(example=EVENTS_OF_AN_ANSWER)
def answer_again(body: dict[str, Any], prompt_id: UUID) -> Any:
    """Have a prompt answered once more, by another model or with other parameters if you like.

    The model is sent what it was sent the first time. The earlier answers stay; the history
    shows the one that was chosen, else the newest complete one.
    """
    streams = server_sent_events.is_wanted(said=body.pop("stream", None))
    return _answer(prompt_id, Wish(**body), streams=streams)


@blueprint.operation(
    "GET",
    "/prompts/<uuid:prompt_id>/responses",
    needs=Permission.INTERACTIONS_READ,
    errors=(404,),
)
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, page_of(ResponseOut), example=page_example(RESPONSE))
def list_variants(query: dict[str, Any], prompt_id: UUID) -> Any:
    """List all responses to a prompt, oldest first."""
    page = page_request(query)
    with transaction() as session:
        found = variants.page(session, principal=principal(), prompt_id=prompt_id, page=page)
        return page_body(found)


@blueprint.operation(
    "PUT",
    "/prompts/<uuid:prompt_id>/choice",
    needs=Permission.INTERACTIONS_WRITE,
    errors=(404,),
)
@blueprint.arguments(ChoiceIn, example={"response_id": RESPONSE_ID})
@blueprint.response(200, PromptOut, example=PROMPT)
def choose_variant(body: dict[str, Any], prompt_id: UUID) -> Any:
    """Choose the answer that the conversation goes on with, and its history shows.

    `null` takes the choice back: then it is the newest complete one.
    """
    with transaction() as session:
        return variants.choose(session, principal=principal(), prompt_id=prompt_id, **body)


def _answer(prompt_id: UUID, wish: Wish, *, streams: bool) -> Any:
    limits = asking_context.limits(streams=streams)
    with asking_context.seats(limits) as held:
        with transaction() as session:
            asked = variants.open_variant(
                session,
                principal=principal(),
                prompt_id=prompt_id,
                wish=wish,
                limits=limits,
                claim=idempotency.claim(),
            )
        return answering.given(
            asked, streams=streams, held=held, show=lambda exchange: exchange.response
        )
