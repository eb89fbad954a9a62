"""Somebody who asks for a stream over the network, and listens beside the test."""

import json
import threading
from typing import Any

from urllib3 import HTTPConnectionPool, Timeout, connection_from_url
from urllib3.exceptions import HTTPError

from app.domain.event_stream import records_of
from tests.waiting import eventually
from tests.world import token


class Listener:
    """Asks at once; ``events`` are names and data as they come, ``is_over`` once no more do."""

    def __init__(self, url: str, name: str, path: str, message: str) -> None:
        self.message = message
        self.events: list[tuple[str, Any]] = []
        self.status: int | None = None
        self.is_over = False
        pool: HTTPConnectionPool = connection_from_url(url, retries=False, timeout=Timeout(60))
        headers = {"Authorization": f"Bearer {token(name)}", "Accept": "text/event-stream"}
        self._answer = pool.urlopen(
            "POST",
            path,
            body=json.dumps({"message": message}),
            headers={**headers, "Content-Type": "application/json"},
            preload_content=False,
        )
        self.status = self._answer.status
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    @property
    def last(self) -> tuple[str, Any]:
        """The last event that came; fails when the stream is not over soon."""
        eventually(lambda: self.is_over, seconds=60)
        return self.events[-1]

    def heard(self, count: int) -> None:
        """Wait until there have been so many events."""
        eventually(lambda: len(self.events) >= count)

    def leave(self) -> None:
        """Listen no more."""
        self._answer.connection.sock.shutdown(2)
        self._answer.close()

    def _listen(self) -> None:
        try:
            for event in records_of(self._answer.stream(None)):
                self.events.append((event.event, json.loads(event.data)))
        except (HTTPError, OSError, ValueError):
            self.events.append(("broken off", None))
        self.is_over = True
