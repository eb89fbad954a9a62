"""What tests of frozen versions share: freezing one, and reading its own file."""

from uuid import UUID

import orjson
import zstandard

from app.db import transaction
from app.services.frozen import freezing
from tests.model_side import MODEL
from tests.world import Person

PATH = f"/dataset/model/{MODEL}/versions"


def begin(adam: Person, **asked):
    answer = adam.post(PATH, asked)
    assert answer.status_code == 202, answer.text
    return answer.json


def build(app, begun, transactions=transaction, storage=None):
    """Build a version that was asked for, without a worker."""
    with app.app_context():
        freezing.freeze(
            transactions,
            storage=storage or app.extensions["remotes"].storage,
            job_id=UUID(begun["job_id"]),
            version_id=UUID(begun["id"]),
        )


def freeze_now(app, adam: Person, **asked):
    """Freeze a version at once, without a worker."""
    begun = begin(adam, **asked)
    build(app, begun)
    return adam.read(f"/dataset/versions/{begun['id']}")


def frozen(adam: Person, work, **asked):
    """Freeze a version and return it."""
    begun = begin(adam, **asked)
    work()
    version = adam.read(f"/dataset/versions/{begun['id']}")
    assert version["status"] == "frozen", adam.read(f"/jobs/{begun['job_id']}")
    return version


def download(person: Person, version, **kwargs):
    path = f"/dataset/versions/{version['id']}/export"
    return person.get(path, query_string={"shape": "frozen"}, **kwargs)


def lines(data: bytes):
    """Return the lines of a version's file, line ends and all."""
    whole = zstandard.ZstdDecompressor().stream_reader(data, read_across_frames=True).read()
    return whole.splitlines(keepends=True)


def rows(data: bytes):
    return [orjson.loads(line) for line in lines(data)[1:]]


def exported(person: Person, version, **query):
    """Return the records of an export of a version."""
    query = {"format": "jsonl", **query}
    answer = person.get(f"/dataset/versions/{version['id']}/export", query_string=query)
    assert answer.status_code == 200, answer.text
    return [orjson.loads(line) for line in answer.data.splitlines()]
