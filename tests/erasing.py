"""What tests of erasures share: asking for one, and doing it at once."""

from uuid import UUID

from app.clients.receipts import Signer
from app.db import transaction
from app.services.erasure import erasing


def ask(person, user_id="me"):
    """Ask for the erasure, and return the job's id."""
    asked = person.delete(f"/users/{user_id}/data")
    assert asked.status_code == 202, asked.text
    return asked.json["job_id"]


def erase_now(app, job_id, transactions=transaction):
    """Do what is left of an erasure, without a worker."""
    with app.app_context():
        erasing.erase(
            transactions,
            remotes=app.extensions["remotes"],
            signer=Signer(app.extensions["settings"]),
            job_id=UUID(job_id),
        )
