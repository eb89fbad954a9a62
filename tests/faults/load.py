"""A few people at work: they start conversations, ask and rate until told to stop."""

import threading
import time
import uuid
from collections import Counter
from types import TracebackType
from typing import Any, Self

from tests.faults.caller import Caller, NeverSent, NoAnswer, Reply
from tests.faults.ledger import ACKNOWLEDGED, REFUSED, UNKNOWN, Ledger
from tests.model_side import MODEL

_LONGEST_SECONDS = 600.0
# What may pass: the service, or the first try of the same request, is busy.
PASSING = frozenset({409, 503})
_TAKEN = frozenset({201, 202})
_RATING = [
    {"dimension_id": "accuracy", "score": 4},
    {"dimension_id": "helpfulness", "score": 3},
]


class Load:
    """Runs while its ``with`` block does, at most ten minutes; every write is in ``ledger``.

    ``tries`` is how often the same request is sent, under the same Idempotency-Key, before
    its outcome stays unknown. ``statuses`` counts what was answered, ``dropped`` the
    requests that were not, and ``refused`` the connections that nobody took.
    """

    def __init__(
        self,
        url: str,
        ledger: Ledger,
        *,
        people: int = 3,
        tries: int = 4,
        pause: float = 0.01,
    ) -> None:
        self.run = uuid.uuid4().hex[:8]
        self.callers = [
            Caller(url, f"loader-{self.run}-{number}", seconds=10) for number in range(people)
        ]
        self.statuses: Counter[int] = Counter()
        self.dropped = 0
        self.refused = 0
        self._ledger = ledger
        self._tries = tries
        self._pause = pause
        self._successes = 0
        self._came = threading.Condition()
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._live, args=(caller,), daemon=True)
            for caller in self.callers
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Let everybody finish what they are at."""
        self._stop.set()
        for thread in self._threads:
            thread.join(60)

    def successes(self, more: int, *, seconds: float = 30.0) -> None:
        """Wait for ``more`` successes; fails when they do not come in time."""
        with self._came:
            goal = self._successes + more
            came = self._came.wait_for(lambda: self._successes >= goal, seconds)
        assert came, f"{more} successes did not come: {self.statuses}, {self.dropped} dropped"

    def _live(self, caller: Caller) -> None:
        ends, number = time.monotonic() + _LONGEST_SECONDS, 0
        while not self._stop.wait(self._pause) and time.monotonic() < ends:
            number += 1
            self._work_once(caller, f"{self.run}:{caller.name[-1]}:{number}")

    def _work_once(self, caller: Caller, mark: str) -> None:
        interaction = self._write(
            caller, f"interaction:{mark}", "/interactions", model_id=MODEL, title=...
        )
        if interaction is None:
            return
        path = f"/interactions/{interaction['id']}/prompts"
        exchange = self._write(caller, f"prompt:{mark}", path, content=...)
        if exchange is None:
            return
        self._write(
            caller,
            f"feedback:{mark}",
            "/feedback",
            response_id=exchange["response"]["id"],
            dimension_ratings=_RATING,
            overall_comment=...,
        )

    def _write(self, caller: Caller, mark: str, path: str, **body: Any) -> Any | None:
        """Send what is marked (in place of ``...``) and put its outcome on record."""
        marked = {name: mark if value is ... else value for name, value in body.items()}
        self._ledger.sent(mark)
        outcome, reply = self._persist(caller, path, marked, mark)
        self._ledger.came(mark, outcome)
        if outcome != ACKNOWLEDGED or reply is None:
            return None
        self._succeeded()
        return reply.json

    def _succeeded(self) -> None:
        with self._came:
            self._successes += 1
            self._came.notify_all()

    def _persist(
        self, caller: Caller, path: str, body: dict[str, Any], key: str
    ) -> tuple[str, Reply | None]:
        """Try until the outcome is known; one unknown try leaves the whole unknown."""
        whole = REFUSED
        for _ in range(self._tries):
            outcome, reply = self._try(caller, path, body, key)
            if outcome == ACKNOWLEDGED:
                return outcome, reply
            whole = UNKNOWN if outcome == UNKNOWN else whole
            final = reply is not None and reply.status not in PASSING
            if final or self._stop.wait(0.1):
                break
        return whole, None

    def _try(
        self, caller: Caller, path: str, body: dict[str, Any], key: str
    ) -> tuple[str, Reply | None]:
        try:
            reply = caller.post(path, body, key=key)
        except NeverSent:
            with self._came:
                self.refused += 1
            return REFUSED, None
        except NoAnswer:
            with self._came:
                self.dropped += 1
            return UNKNOWN, None
        with self._came:
            self.statuses[reply.status] += 1
        if reply.status in _TAKEN:
            return ACKNOWLEDGED, reply
        refused = 400 <= reply.status < 500 and reply.status not in PASSING
        return REFUSED if refused else UNKNOWN, reply
