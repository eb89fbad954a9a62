"""Clients of boto3 that look for credentials without holding up who waits for them.

Credentials may come out of files, or from a server that does not answer: boto3 asks it for
as long as it likes. So it is asked in a thread, and who waits does so within a deadline.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

import botocore.session
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config
from botocore.loaders import create_loader

from app.domain.deadline import Deadline

_T = TypeVar("_T")
# What asks for credentials alone is sent by boto3 itself.
_KEYS = Config(connect_timeout=5, read_timeout=5, retries={"total_max_attempts": 2})
# Nothing is sent by these limits, which are there should that ever change.
_CONFIG = Config(
    connect_timeout=5,
    read_timeout=70,
    retries={"mode": "standard", "total_max_attempts": 1},
    # Otherwise bodies are wrapped, and read while they are sent.
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
)
# It keeps the descriptions of services that it has read: they are large.
_loader = create_loader()


class AwsClient:
    """One service's operations, as methods of ``operations``; safe for threads.

    ``send`` is called in the place of boto3's own sending.
    """

    def __init__(
        self,
        service: str,
        *,
        region: str | None,
        url: str | None,
        send: Callable[..., AWSResponse],
    ) -> None:
        # A session of its own: making clients out of one is not safe for threads.
        session = botocore.session.Session()
        session.set_default_client_config(_KEYS)
        session.register_component("data_loader", _loader)
        self.operations: Any = session.create_client(
            service, region_name=region, endpoint_url=url, config=_CONFIG
        )
        self.operations.meta.events.register("before-send", send)
        self._credentials: Any = session.get_credentials()
        self._lock = threading.Lock()
        self._renewal: Future[Any] | None = None

    def renew(self, deadline: Deadline) -> None:
        """Have credentials that last for the call; raises TimeoutError, BotoCoreError."""
        is_due: Callable[[], bool] = getattr(self._credentials, "refresh_needed", bool)
        if not is_due():
            return
        with self._lock:
            if self._renewal is None or self._renewal.done():
                renewed = self._credentials.get_frozen_credentials
                self._renewal = in_background(renewed, name="renew AWS credentials")
            renewal = self._renewal
        renewal.result(deadline.remaining())


def in_background(call: Callable[[], _T], *, name: str) -> "Future[_T]":
    """Return what ``call`` is going to return, or raise, in a thread of its own."""
    answer: Future[_T] = Future()

    def run() -> None:
        try:
            answer.set_result(call())
        except Exception as error:  # noqa: BLE001  # Whoever waits gets it.
            answer.set_exception(error)

    threading.Thread(target=run, name=name, daemon=True).start()
    return answer


def header_texts(request: AWSPreparedRequest) -> dict[str, str]:
    """Return a request's headers as texts.

    ``Expect`` is not signed, and left out: who waits for leave to go on may wait for ever.
    """
    texts = {
        name: value.decode("ascii") if isinstance(value, bytes) else str(value)
        for name, value in request.headers.items()
    }
    return {name: texts[name] for name in texts if name.lower() != "expect"}
