"""Serves the local Model Service: ``python -m devstack.model_service --port 8001``."""

import argparse
import logging
import os
import signal
import sys
import tempfile
import threading
from pathlib import Path

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from devstack.model_service.deployment import MODEL_ID, Deployment
from devstack.model_service.engine import LlamaEngine
from devstack.model_service.front import create_front
from devstack.model_service.variants import variant

_HOST = "127.0.0.1"


class _QuietHandler(WSGIRequestHandler):
    """Logs failures, not every request; prompts are in none of its lines."""

    # Headers and body leave apart; Nagle's algorithm would make each answer wait.
    disable_nagle_algorithm = True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log an answer that reports a fault of ours."""
        if str(code).startswith("5"):
            super().log_request(code, size)


def main() -> None:
    """Serve until SIGTERM or Ctrl-C."""
    options = _options()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    engine = LlamaEngine()
    deployment = Deployment.of(options.data)
    service = create_front(engine, deployment, variant(options.variant))
    server = make_server(
        _HOST,
        options.port,
        service,
        threaded=True,
        request_handler=_QuietHandler,
        fd=options.fd,
    )
    _stop_on_signals(server)
    engine.load_in_background()
    sys.stdout.write(
        f"Model Service (variant {options.variant}) serves {MODEL_ID} "
        f"on http://{_HOST}:{server.port} as {deployment.endpoint}\n"
    )
    sys.stdout.flush()
    server.serve_forever(poll_interval=0.1)
    # llama.cpp's own threads would hold up a regular exit.
    os._exit(0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m devstack.model_service")
    parser.add_argument("--port", type=int, default=8001)
    parser.add_argument(
        "--variant",
        choices=["a", "b"],
        type=str.lower,
        default=os.environ.get("LOCAL_MODEL_SERVICE_VARIANT") or "b",
        help="a: as the real service's container answers, b: as it documents itself",
    )
    parser.add_argument(
        "--data",
        type=Path,
        default=Path(tempfile.gettempdir()) / "local-model-service",
        help="folder that keeps the endpoint's name over restarts",
    )
    parser.add_argument("--fd", type=int, help="a socket that listens already")
    return parser.parse_args()


def _stop_on_signals(server: BaseWSGIServer) -> None:
    def stop(*_: object) -> None:
        # shutdown() waits for the loop that this handler interrupted.
        threading.Thread(target=server.shutdown, daemon=True).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)


main()
