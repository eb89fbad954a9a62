"""Servers for clients to meet, ended after each test."""

import pytest

from tests.clients.loopback import LoopbackServer


@pytest.fixture
def serve():
    """Start a server on loopback with a handler, or with one that fits each path."""
    servers = []

    def start(handler):
        servers.append(LoopbackServer(handler))
        return servers[-1]

    yield start
    for server in servers:
        server.close()
