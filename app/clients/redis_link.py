"""One way to Redis for all that may do without it: answers soon, or not at all."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import structlog
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.clients.circuit import Circuit

_log = structlog.get_logger(__name__)
_T = TypeVar("_T")
_HEALTH_CHECK_SECONDS = 30

# Runs a script with keys and arguments; None where Redis is away.
Script = Callable[[Sequence[str], Sequence[Any]], Any]


class RedisLink:
    """Runs commands; when Redis is dead or hangs, one caller in a while pays for it."""

    def __init__(
        self, url: str, *, prefix: str, timeout_seconds: float, rest_seconds: float
    ) -> None:
        self._prefix = prefix
        self._circuit = Circuit(rest_seconds)
        self.redis: Redis = Redis.from_url(
            url,
            socket_connect_timeout=timeout_seconds,
            socket_timeout=timeout_seconds,
            # redis-py's own would make a dead Redis cost several timeouts a call.
            retry=Retry(NoBackoff(), 0),
            health_check_interval=_HEALTH_CHECK_SECONDS,
            # The older protocol: no greeting to wait for, and Redis 6.2 speaks it.
            protocol=2,
            driver_info=None,
        )

    def key(self, name: str) -> str:
        """Return the key that is called ``name`` here: others may use this Redis, too."""
        return self._prefix + name

    def run(self, command: Callable[[], _T]) -> _T | None:
        """Return what ``command`` does, None where Redis is away."""
        if not self._circuit.lets_through():
            return None
        try:
            answer = command()
        except (RedisError, OSError, ValueError) as error:
            self._circuit.failed()
            _log.warning("redis.unavailable", error=type(error).__name__)
            return None
        self._circuit.succeeded()
        return answer

    def script(self, text: str) -> Script:
        """Return a script of Redis's, which runs as one step, whoever else runs it."""
        registered = self.redis.register_script(text)

        def run(names: Sequence[str], arguments: Sequence[Any]) -> Any:
            keys = [self.key(name) for name in names]
            return self.run(lambda: registered(keys=keys, args=list(arguments)))

        return run
