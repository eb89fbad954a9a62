"""Exports: rows a second beside COPY of the same rows, the first byte, and memory."""

import http.client
import os
import time
from dataclasses import dataclass

import psutil
import psycopg2

from benchmarks import stack
from benchmarks.stack import Stores

_SIZES = (10_000, int(os.environ.get("BENCH_ROWS", "100000")))
_PIECE = 1 << 16
# Each beside a COPY of its own: what else the machine does comes and goes.
_ROUNDS = 3
# About a kilobyte a line: a question of 200 letters, and an answer of 210 that stands twice.
_FILL = """
CREATE TEMP TABLE made ON COMMIT DROP AS
SELECT uuidv7(interval '1 ms' * n) AS id, n FROM generate_series(1, {size}) n;
INSERT INTO interactions (id, user_id, model_id, training_consent)
SELECT id, 'user-' || n % 100, '{model}', true FROM made;
INSERT INTO prompts (id, interaction_id, sequence, kind, content)
SELECT id, id, 1, 'prompt', repeat('What is "machine" learning? ', 7) FROM made;
INSERT INTO responses
    (id, prompt_id, interaction_id, status, content, model_id, due_at, completed_at)
SELECT id, id, id, 'complete', repeat('A kind of "statistics".' || chr(10), 9), '{model}',
       now(), now() FROM made;
INSERT INTO feedback
    (id, response_id, interaction_id, owner_id, model_id, user_id, status, rating, priority,
     reasons)
SELECT id, id, id, 'owner', '{model}', 'user-' || n % 100, 'validated', 'like', 0, '{{}}'
FROM made;
INSERT INTO dimension_ratings (feedback_id, dimension_id, dimension_version, position, score)
SELECT m.id, d.id, d.version, d.position, to_jsonb(1 + m.n % 5)
FROM made m, dimensions d WHERE d.name IN ('accuracy', 'clarity');
INSERT INTO dataset_entries (id, model_id, feedback_id, response_id, prompt_id, interaction_id)
SELECT id, '{model}', id, id, id, id FROM made
"""
# The same rows: those of the lines' query, and the lines themselves out of one flat table.
_ROWS = """
SELECT e.id, e.model_id, p.content AS prompt, COALESCE(f.correction, r.content) AS response,
       r.content AS original_response, e.feedback_id, e.response_id, e.interaction_id,
       e.created_at
FROM dataset_entries e JOIN prompts p ON p.id = e.prompt_id
JOIN responses r ON r.id = e.response_id JOIN feedback f ON f.id = e.feedback_id
WHERE e.model_id = '{model}'
"""


@dataclass(frozen=True, slots=True)
class _Export:
    """What an export took; memory above what the server held before, at most."""

    rows: int
    seconds: float
    first_byte_ms: float
    megabytes: float


class _Nothing:
    """A file that forgets."""

    def write(self, data: bytes) -> int:
        """Take ``data``."""
        return len(data)


def main(seconds: float) -> None:
    """Measure and print; the numbers of rows decide how long it takes."""
    del seconds
    with stack.stores() as found:
        for size in _SIZES:
            stack.execute(found, _FILL.format(size=size, model=_model(size)))
        stack.vacuum(found)
        print("\nExports over HTTP, one client\n")
        with stack.service(found) as port:
            _get(port, _model(_SIZES[0]), "format=jsonl")
            for size in _SIZES:
                for query in ("format=jsonl", "format=parquet"):
                    for _ in range(_ROUNDS):
                        copied = _copied(found, size)
                        _print(size, query, _get(port, _model(size), query), copied)
            least, shaped = _SIZES[0], "format=jsonl&shape=sft"
            _print(least, shaped, _get(port, _model(least), shaped), _copied(found, least))
            print(f"COPY CSV of a flat table {_copied_flat(found, _SIZES[-1]):.0f} rows/s")


def _model(size: int) -> str:
    return f"acme/rows-{size}"


def _copied(found: Stores, size: int) -> float:
    """Return rows a second of COPY to CSV of the same rows."""
    connection = psycopg2.connect(found.database_url)
    with connection, connection.cursor() as cursor:
        spent = _timed(cursor, f"COPY ({_ROWS.format(model=_model(size))}) TO STDOUT (FORMAT csv)")
    connection.close()
    return size / spent


def _copied_flat(found: Stores, size: int) -> float:
    """Return the same where the rows lie in one table."""
    connection = psycopg2.connect(found.database_url)
    with connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE flat AS {_ROWS.format(model=_model(size))}")  # Ours.
        spent = _timed(cursor, "COPY flat TO STDOUT (FORMAT csv)")
    connection.close()
    return size / spent


def _timed(cursor: psycopg2.extensions.cursor, statement: str) -> float:
    began = time.perf_counter()
    cursor.copy_expert(statement, _Nothing())
    return time.perf_counter() - began


def _get(port: int, model: str, query: str) -> _Export:
    servers = _servers()
    idle = _memory(servers)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    began = time.perf_counter()
    path = f"/dataset/model/{model}/export?{query}"
    connection.request("GET", path, headers={"Authorization": f"Bearer {stack.token()}"})
    answer = connection.getresponse()
    lines, peak, first = answer.read(1).count(b"\n"), idle, time.perf_counter() - began
    while piece := answer.read(_PIECE):
        lines += piece.count(b"\n")
        peak = max(peak, _memory(servers))
    spent = time.perf_counter() - began
    if answer.status != 200:
        message = f"expected 200, found {answer.status}"
        raise RuntimeError(message)
    return _Export(lines, spent, first * 1000, (peak - idle) / 2**20)


def _servers() -> list[psutil.Process]:
    """Return the processes of the service."""
    alive = [
        child
        for child in psutil.Process().children(recursive=True)
        if child.status() != psutil.STATUS_ZOMBIE
    ]
    return [child for child in alive if "gunicorn" in " ".join(child.cmdline())]


def _memory(processes: list[psutil.Process]) -> int:
    return sum(one.memory_info().rss for one in processes)


def _print(size: int, query: str, export: _Export, copied: float) -> None:
    rate = size / export.seconds
    print(
        f"{query:26}{size:9} rows {rate:9.0f}/s, of COPY CSV {rate / copied:.2f} (aim >= 0.5), "
        f"first byte {export.first_byte_ms:.0f} ms (aim < 200), {export.megabytes:.0f} MiB over "
        "idle (aim <= 150)",
        flush=True,
    )
