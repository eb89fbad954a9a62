"""Insights: time and memory of each with ten times the feedback.

A service of its own answers, over HTTP; beside each time stands that of counting the same
feedback by `SELECT model_id, count(*) … GROUP BY 1`, measured in the same run.
"""

import http.client
import time

import psutil
import psycopg2

from benchmarks import insights_rows, stack
from benchmarks.stack import Stores

_SIZES = (10_000, 100_000)
_LARGEST = 1_000_000
_ROUNDS = 3
_WAIT_SECONDS = 300
_PATHS = (
    "/insights/volumes",
    "/insights/scores",
    "/insights/agreement",
    "/insights/time-to-verdict",
    "/insights/backlog",
    "/insights/retention",
    "/insights/dimensions",
    "/validation/stats",
)
_COUNT = "SELECT model_id, count(*) FROM feedback GROUP BY 1"


def main(seconds: float) -> None:
    """Measure at 10^4 and 10^5 feedback, two scores each; 60 seconds or more: at 10^6 too."""
    sizes = (*_SIZES, _LARGEST) if seconds >= 60 else _SIZES
    print("\nThe last twelve weeks, one client, median of rounds\n")
    print(f"{'':28}{'feedback':>10}{'ms':>10}{'counts':>9}{'MiB more':>10}{'growth':>9}")
    before: dict[str, float] = {}
    for size in sizes:
        with stack.stores() as found:
            insights_rows.fill(found, size)
            _measure(found, size, before)


def _measure(found: Stores, size: int, before: dict[str, float]) -> None:
    limit = sorted(_counted(found) for _ in range(_ROUNDS))[_ROUNDS // 2]
    for path in _PATHS:
        # A service of its own for each: what it holds is then of this one alone.
        with stack.service(found) as port:
            _asked(port, "/validation/policies/all")
            idle = _memory()
            spent = sorted(_asked(port, path) for _ in range(_ROUNDS))[_ROUNDS // 2]
            more = _memory() - idle
        grown = f"{spent / before[path]:9.1f}" if path in before else f"{'':9}"
        before[path] = spent
        print(f"{path:28}{size:>10}{spent * 1000:10.0f}{spent / limit:9.1f}{more:10.1f}{grown}")


def _asked(port: int, path: str) -> float:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_WAIT_SECONDS)
    began = time.perf_counter()
    connection.request(
        "GET", path, headers={"Authorization": f"Bearer {stack.token(role='admin')}"}
    )
    answer = connection.getresponse()
    answer.read()
    connection.close()
    assert answer.status == 200, answer.status
    return time.perf_counter() - began


def _counted(found: Stores) -> float:
    connection = psycopg2.connect(found.database_url)
    began = time.perf_counter()
    with connection, connection.cursor() as cursor:
        cursor.execute(_COUNT)
        cursor.fetchall()
    spent = time.perf_counter() - began
    connection.close()
    return spent


def _memory() -> float:
    """Return the MiB of all processes of the service."""
    every = psutil.Process().children(recursive=True)
    served = [one for one in every if "gunicorn" in " ".join(one.cmdline())]
    return sum(one.memory_info().rss for one in served) / 2**20
