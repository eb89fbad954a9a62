"""Imports: lines a second beside COPY of the same rows, and what many lines cost and hold."""

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import psycopg2

from benchmarks import stack
from benchmarks.stack import Stores

_ROUNDS = 3
_QUESTION = "What is machine learning, and what is it good for in number {number}? " + "a " * 80
_ANSWER = "Machine learning lets programs improve through examples instead of rules. " * 6
_TABLES = ("interactions", "prompts", "responses", "imported_conversations", "events")
_TABLES_OF_FEEDBACK = (
    *_TABLES,
    *("feedback", "dimension_ratings", "feedback_sketches", "imported_feedback"),
)
# A person is as good a rater as any: so many of them took part.
_RATERS = 50
# The sequence of an event is given by the database alone.
_GIVEN = {"events": "id, type, version, time, subject, actor, interaction_id, data"}


@dataclass(frozen=True, slots=True)
class _Kind:
    """What is uploaded: lines of a size and name, where to, and the tables that it fills."""

    title: str
    path: str
    lines: Callable[[int, str], Iterator[str]]
    tables: Sequence[str]
    sizes: Sequence[int]


def main(seconds: float) -> None:
    """Measure and print; the size of the files decides how long it takes."""
    del seconds
    for kind in (_CONVERSATIONS, _FEEDBACK):
        with stack.stores() as found, TemporaryDirectory(prefix="bench-") as folder:
            _measure(kind, found, Path(folder))


def _measure(kind: _Kind, found: Stores, folder: Path) -> None:
    print(f"\n{kind.title}, one upload, median of rounds\n")
    few, *_, many = kind.sizes
    with stack.service(found) as port:
        rates = {size: _uploads(kind, port, size, folder) for size in kind.sizes}
    growth = f"growth from {few} to {many}"
    print(f"{growth:34}{rates[few] / rates[many]:10.2f} times a line (aim <= 1.2)")
    limit = _copied(kind, found, many)
    print(f"{'COPY of the same rows':34}{limit:10.0f} lines/s")
    print(f"{'ratio to COPY':34}{rates[many] / limit:10.3f}")
    if kind is _CONVERSATIONS:
        _command(found, folder)


def _uploads(kind: _Kind, port: int, size: int, folder: Path) -> float:
    rounds = []
    for number in range(_ROUNDS if size < kind.sizes[-1] else 1):
        path = _file(kind, folder, size, number)
        began = time.perf_counter()
        report = _post(kind, port, path)
        rounds.append(size / (time.perf_counter() - began))
        assert report["accepted"] == size, report["refused_count"]
    began = time.perf_counter()
    assert _post(kind, port, path)["repeated"] == size
    again = size / (time.perf_counter() - began)
    rate = sorted(rounds)[len(rounds) // 2]
    print(f"{size:>8} lines{'':20}{rate:10.0f} lines/s, sent again {again:.0f}")
    return rate


def _file(kind: _Kind, folder: Path, size: int, number: int) -> Path:
    path = folder / f"{size}-{number}.jsonl"
    with path.open("w", encoding="utf-8") as file:
        file.writelines(kind.lines(size, f"{size}-{number}"))
    return path


def _conversations(size: int, name: str) -> Iterator[str]:
    for number in range(size):
        messages = [
            {"role": "user", "content": _QUESTION.format(number=number)},
            {"role": "assistant", "content": _ANSWER},
        ]
        line = {"id": f"{name}-{number}", "model": stack.SERVED, "messages": messages * 2}
        yield f"{json.dumps(line)}\n"


def _feedback(size: int, name: str) -> Iterator[str]:
    for number in range(size):
        line = {
            "external_id": f"{name}-{number}",
            "source": "benchmark",
            "user_id": f"rater-{number % _RATERS}",
            "model_id": stack.SERVED,
            "prompt": _QUESTION.format(number=f"{name}-{number}"),
            "response": _ANSWER,
            "rating": "dislike",
            "dimension_ratings": [
                {"dimension_id": "accuracy", "score": 2, "justification": f"See page {number}."}
            ],
            "overall_comment": f"What is said of number {name}-{number} needs more depth.",
        }
        yield f"{json.dumps(line)}\n"


_CONVERSATIONS = _Kind(
    "Conversations of two turns",
    "/interactions/import",
    _conversations,
    _TABLES,
    (1_000, 10_000, 100_000),
)
_FEEDBACK = _Kind(
    "Feedback with its exchange, a score and a comment",
    "/feedback/import",
    _feedback,
    _TABLES_OF_FEEDBACK,
    (1_000, 10_000, 30_000),
)


def _post(kind: _Kind, port: int, path: Path) -> dict[str, int]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    headers = {
        "Authorization": f"Bearer {stack.token('importer', 'admin')}",
        "Content-Type": "application/jsonl",
    }
    with path.open("rb") as file:
        headers["Content-Length"] = str(os.fstat(file.fileno()).st_size)
        connection.request("POST", kind.path, file, headers)
        answer = connection.getresponse()
        report: dict[str, int] = json.loads(answer.read())
    connection.close()
    return report


def _copied(kind: _Kind, found: Stores, size: int) -> float:
    """Return how fast COPY puts the rows of so many lines into empty tables like ours."""
    connection = psycopg2.connect(found.database_url)
    spent = 0.0
    with TemporaryDirectory(prefix="bench-") as folder, connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM interactions")
        (rows,) = cursor.fetchone() or (0,)
        for table in kind.tables:
            path = Path(folder) / table
            columns = f"({_GIVEN[table]})" if table in _GIVEN else ""
            with path.open("wb") as file:
                cursor.copy_expert(f"COPY {table} {columns} TO STDOUT", file)
            cursor.execute(f"CREATE TABLE copied_{table} (LIKE {table} INCLUDING ALL)")
            began = time.perf_counter()
            with path.open("rb") as file:
                cursor.copy_expert(f"COPY copied_{table} {columns} FROM STDIN", file)
            spent += time.perf_counter() - began
    connection.close()
    assert rows >= size
    return rows / spent


def _command(found: Stores, folder: Path) -> None:
    """Measure the memory of the command, which does the same without a server around it."""
    peaks = {}
    few, *_, many = _CONVERSATIONS.sizes
    for size in (few, many):
        path = _file(_CONVERSATIONS, folder, size, 99)
        command = [sys.executable, "-m", "flask", "import", str(path), "--user", "commander"]
        child = subprocess.Popen(
            command,
            env={**os.environ, **stack.settings(found)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        peaks[size] = _peak(child)
        assert child.returncode == 0
        megabytes = path.stat().st_size / 2**20
        print(
            f"{f'flask import, {size} lines':34}{peaks[size]:10.0f} MiB at most, "
            f"of a file of {megabytes:.0f} MiB"
        )
    growth = peaks[many] / peaks[few]
    print(f"{'growth of memory':34}{growth:10.2f} (aim <= 1.2)")


def _peak(child: subprocess.Popen[bytes]) -> float:
    process, peak = psutil.Process(child.pid), 0
    while child.poll() is None:
        try:
            peak = max(peak, process.memory_info().rss)
        except psutil.NoSuchProcess:
            break
        time.sleep(0.01)
    child.wait()
    return peak / 2**20
