"""Servers on loopback, each of which answers as one side of the tests says."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


def serve(side: Any, handler: type[BaseHTTPRequestHandler], port: int = 0) -> ThreadingHTTPServer:
    """Serve ``side``, which the handler has, on a port in a thread; the caller shuts it down."""
    # Head and body of an answer go out one by one: Nagle would have the body wait 40 ms.
    bound = type("Handler", (handler,), {"side": side, "disable_nagle_algorithm": True})
    server = ThreadingHTTPServer(("127.0.0.1", port), bound)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    return server


@contextmanager
def reachable(server: ThreadingHTTPServer) -> Iterator[str]:
    """Yield the server's URL, and end the server afterwards."""
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
