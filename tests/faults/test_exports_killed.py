"""The web is killed while an export goes out: nobody takes a part for the whole.

Who fetches it sees that it broke off, in every format; fetched again it is whole, and no row
comes twice. The log of exports says which ones came to their end, and with how many rows.
"""

import csv
import gzip
import http.client
import io
import json
import socket
import uuid
import zipfile
from contextlib import closing

import pytest
import zstandard
from pyarrow import parquet

from tests.faults.chance import chance
from tests.faults.filling import fill
from tests.sizes import size
from tests.waiting import eventually
from tests.world import token

ROWS = size(2_000, 5_000)
KILLS = size(4, 30)
# What a connection may hold that nobody has read yet is far less than any of the files.
_WORDS, _HELD = 150, 65_536
LOG = """
SELECT finished_at IS NOT NULL, rows FROM dataset_exports WHERE model_id = %s ORDER BY id
"""


def _zipped(data):
    with zipfile.ZipFile(io.BytesIO(data)) as folder:
        name = next(one for one in folder.namelist() if one.endswith(".parquet"))
        return _table(folder.read(name))


def _table(data):
    return parquet.read_table(io.BytesIO(data)).to_pylist()


def _lines(data):
    return [json.loads(line) for line in data.splitlines()]


def _comma_separated(data):
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


def _unzstd(data):
    return zstandard.ZstdDecompressor().stream_reader(data, read_across_frames=True).read()


def _rows_of(data):
    return [line["row"]["content"]["said"] for line in _lines(_unzstd(data))[1:]]


# How each is asked for, how the rows in it are read, and what their ids are called.
ENTRIES = "shape=entries"
KINDS = {
    f"{ENTRIES}&format=jsonl": (_lines, "id"),
    f"{ENTRIES}&format=json": (json.loads, "id"),
    f"{ENTRIES}&format=jsonl&compress=gzip": (lambda data: _lines(gzip.decompress(data)), "id"),
    f"{ENTRIES}&format=jsonl&compress=zstd": (lambda data: _lines(_unzstd(data)), "id"),
    f"{ENTRIES}&format=csv": (_comma_separated, "id"),
    f"{ENTRIES}&format=parquet": (_table, "id"),
    f"{ENTRIES}&format=hf": (_zipped, "id"),
    "shape=raw&format=jsonl": (_lines, "entry_id"),
    "shape=frozen": (_rows_of, "entry_id"),
}


@pytest.fixture
def model(installation):
    name = f"exporter/{uuid.uuid4().hex}"
    fill(installation, model=name, person="fetcher", word="far", rows=ROWS, words=_WORDS)
    return name


@pytest.fixture
def path(installation, worker, model):
    """Return where a kind of export of the model, or of its frozen version, is."""
    admin = installation.caller("admin-of-exports", "admin", seconds=60)
    version_id = admin.call("POST", f"/dataset/model/{model}/versions", {}).json["id"]
    version = f"/dataset/versions/{version_id}"
    eventually(lambda: admin.found(version)["status"] == "frozen", seconds=120)
    return lambda kind: (version if "frozen" in kind else f"/dataset/model/{model}") + "/export"


class Download:
    """A file that is fetched no faster than it is read."""

    def __init__(self, web, path):
        self._connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=60)
        self._connection.sock = socket.socket()
        self._connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _HELD)
        self._connection.sock.settimeout(60)
        self._connection.sock.connect(("127.0.0.1", web.port))
        headers = {"Authorization": f"Bearer {token('fetcher', ['validator'])}"}
        self._connection.request("GET", path, headers=headers)
        self._answer = self._connection.getresponse()
        assert self._answer.status == 200, self._answer.read()

    def read(self, length=None):
        return self._answer.read(length)

    def close(self):
        self._connection.close()


def fetched(web, path):
    with closing(Download(web, path)) as download:
        return download.read()


def kill(web, *, everything):
    if everything:
        web.kill_everything()
        web.begin()
    else:
        for pid in web.worker_pids():
            web.kill_worker(pid)
    web.wait_ready()


@pytest.mark.long
def test_an_export_that_is_cut_is_seen_to_be_cut_and_comes_whole_again(installation, path, model):
    chances, web = chance(), installation.web
    kinds = list(KINDS)
    expected = {
        str(id_)
        for (id_,) in installation.rows("SELECT id FROM dataset_entries WHERE model_id = %s", model)
    }
    lengths = {}
    for number in range(KILLS):
        kind = kinds[number % len(kinds)]
        where = f"{path(kind)}?{kind}"
        if kind not in lengths:
            lengths[kind] = len(fetched(web, where))
        place = chances.randrange(lengths[kind] // 2)
        with closing(Download(web, where)) as download:
            begun = download.read(place)
            kill(web, everything=number % 5 == 4)
            with pytest.raises((http.client.IncompleteRead, ConnectionResetError)) as broken:
                download.read()
        rest = len(getattr(broken.value, "partial", b""))
        print(number, kind, f"cut at {len(begun) + rest} of {lengths[kind]}")  # noqa: T201
        assert len(begun) + rest < lengths[kind]
        check_log(installation, model, whole=False)
        read, name = KINDS[kind]
        found = [row[name] for row in read(fetched(web, where))]
        assert len(found) == len(set(found)) == ROWS
        assert set(found) == expected
        check_log(installation, model, whole=True)
    told = (
        "SELECT count(*) FROM events WHERE type = 'dataset.exported' AND data ->> 'model_id' = %s"
    )
    assert installation.rows(told, model) == [(len(lengths) + 2 * KILLS,)]


def check_log(installation, model, *, whole):
    """The last export came to its end with all rows, or is known to have broken off."""
    eventually(lambda: installation.rows(LOG, model)[-1][0] is whole)
    assert installation.rows(LOG, model)[-1] == ((True, ROWS) if whole else (False, None))
