"""People: their own data, to take along and to have erased."""

from typing import Any

from flask import Response, stream_with_context

from app.api.blueprint import Blueprint
from app.api.context import principal, remotes
from app.api.document import references
from app.api.examples.personal_data import ERASURE
from app.api.person_path import checked_user_id
from app.api.schemas.personal_data import ErasureOut
from app.api.zipped import zipped
from app.db import transaction
from app.domain.access import Permission
from app.services import personal_data
from app.services.erasure import requests

blueprint = Blueprint(
    "personal data", __name__, description="What is kept of people, and its erasure"
)
_PATH = "/users/<person:user_id>/data"


@blueprint.operation("GET", _PATH, needs=Permission.PERSONAL_DATA_READ, errors=(422,))
@blueprint.response(
    200,
    {"type": "string", "format": "binary"},
    description="The zip file",
    content_type="application/zip",
    headers=references("Content-Disposition"),
)
def get_data(user_id: str) -> Response:
    """Download everything that is kept of a person: they themselves or an administrator may.

    A zip of JSON lines, one row each: `conversations/` is what they and the models said,
    `feedback/` their feedback with the verdicts of rounds that are over, `own/` the rest: verdicts
    they gave, preferences, points, tokens used, jobs. It has what an erasure would erase.
    """
    files = personal_data.files(transaction, principal=principal(), user_id=_named(user_id))
    pieces = zipped((file.name, file.lines) for file in files)
    response = Response(stream_with_context(pieces), mimetype="application/zip")
    response.headers["Content-Disposition"] = 'attachment; filename="my-data.zip"'
    return response


@blueprint.operation("DELETE", _PATH, needs=Permission.PERSONAL_DATA_ERASE, errors=(422,))
@blueprint.response(202, ErasureOut, example=ERASURE)
def erase_data(user_id: str) -> Any:
    """Erase everything that is kept of a person: they themselves or an administrator may.

    It takes a while: `GET /jobs/{job_id}` shows how far it is, and has the receipt in the end,
    for the same person as well. Texts are gone then from conversations, feedback, verdicts,
    jobs, kept answers, caches and exports to come; ids give way to a pseudonym, numbers stay.
    Asked again, it is the same job as long as that runs. The receipt names each export that may
    hold rows of theirs: `rows_of_theirs` is how many it could hold at most, for what a selection
    or a split took of them is not kept.
    """
    with transaction() as session:
        job_id = requests.request(
            session, principal=principal(), queue=remotes().queue, user_id=_named(user_id)
        )
    return {"job_id": job_id}, 202


def _named(user_id: str) -> str:
    """Return whose data are meant; ``me`` is who asks."""
    return principal().id if user_id == "me" else checked_user_id(user_id)
