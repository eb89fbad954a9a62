"""A port that cannot be served on is told in one line that helps."""

import os
import socket

import pytest

from devstack.errors import PartError
from devstack.ports import demand_free


def test_a_free_port_is_free():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    demand_free("127.0.0.1", port)


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_a_taken_port_is_named_with_its_holder_and_a_way_out(host):
    with socket.create_server((host, 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PartError) as refused:
            demand_free("127.0.0.1", port)
    told = str(refused.value)
    assert f"port {port} is already taken by" in told
    assert f"process {os.getpid()}" in told
    assert f"PORT={port + 1} make run" in told
    assert "\n" not in told


def test_an_address_of_another_machine_is_named():
    with pytest.raises(PartError, match=r"BIND_HOST=192\.0\.2\.1"):
        demand_free("192.0.2.1", 8000)
