"""SageMaker at the socket: its event streams, byte by byte."""

import json
import struct
import zlib

from app.clients.aws import Aws, AwsPlace
from app.clients.http import Remote
from app.clients.inference.sagemaker import SageMaker
from app.clients.inference.sagemaker_settings import settings_of
from tests.clients.inference.streams import END, framed

HEAD = (
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
    "Content-Type: application/vnd.amazon.eventstream\r\n"
    "X-Amzn-SageMaker-Content-Type: {}\r\n"
    "x-Amzn-Invoked-Production-Variant: {}\r\n\r\n"
)


def provider_at(given, **how):
    """Return a provider for an endpoint, and ``how`` to reach it."""
    settings = settings_of(given)
    remote = Remote(name="aws", url="", **how)
    place = AwsPlace(region=settings.region, url=settings.endpoint_url, remote=remote)
    return SageMaker(settings, Aws(place))


def head(kind="text/event-stream", variant="AllTraffic"):
    return HEAD.format(kind, variant).encode()


def message(payload, **headers):
    """Return one message of an event stream, as vnd.amazon.eventstream frames it."""
    named = b"".join(
        struct.pack("!B", len(name)) + name + b"\x07" + struct.pack("!H", len(value)) + value
        for name, value in (
            (f":{name.replace('_', '-')}".encode(), value.encode())
            for name, value in headers.items()
        )
    )
    prelude = struct.pack("!II", 16 + len(named) + len(payload), len(named))
    body = prelude + struct.pack("!I", zlib.crc32(prelude)) + named + payload
    return body + struct.pack("!I", zlib.crc32(body))


def part(data):
    """Return bytes of the container's own."""
    return message(
        data,
        message_type="event",
        event_type="PayloadPart",
        content_type="application/octet-stream",
    )


def exception(kind, words, **more):
    """Return the end of a stream that failed."""
    body = json.dumps({"Message": words} | more).encode()
    return message(body, message_type="exception", exception_type=kind)


def streams(*messages, kind="text/event-stream", variant="AllTraffic", end=END):
    """Return a handler that streams ``messages``, each in a chunk, to every request."""

    def handle(visit):
        while visit.request() is not None:
            visit.send(head(kind, variant))
            for one in messages:
                visit.send(framed(one))
            visit.send(end)
            if not end:
                return

    return handle
