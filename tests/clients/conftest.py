"""Servers for clients to meet, ended after each test."""

import pytest

from tests.clients.aws_side import use_no_other_keys
from tests.clients.loopback import LoopbackServer
from tests.clients.memory_cache import MemoryCache


@pytest.fixture
def cache():
    return MemoryCache()


@pytest.fixture
def aws_keys(monkeypatch, tmp_path):
    """Let boto3 find keys of ours, and nothing of the machine's own."""
    use_no_other_keys(monkeypatch, tmp_path)


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
