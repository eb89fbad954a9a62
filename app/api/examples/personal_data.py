"""People's data, as examples."""

from app.api.examples.operations import JOB

ERASURE = {"job_id": JOB["id"]}
