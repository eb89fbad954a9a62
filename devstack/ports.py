"""Says whether a port is free, and if not, who has it."""

import errno
import socket

import psutil

from devstack.errors import PartError


def demand_free(host: str, port: int) -> None:
    """Raise PartError, in one line that helps, unless ``port`` can be served on."""
    try:
        with socket.create_server((host, port), family=_family(host)):
            return
    except OSError as error:
        message = _told(host, port, error)
    raise PartError(message)


def _told(host: str, port: int, error: OSError) -> str:
    other = port + 1 if port < 65535 else port - 1
    if error.errno == errno.EADDRINUSE:
        return f"port {port} is already taken{_holder(port)}; choose another: PORT={other} make run"
    if error.errno == errno.EACCES:
        return f"port {port} is not for this user; choose another: PORT=8000 make run"
    return f"cannot serve on BIND_HOST={host}, PORT={port}: {error.strerror}"


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _holder(port: int) -> str:
    """Return `` by NAME (process N)``, as far as this user may know."""
    try:
        for connection in psutil.net_connections("tcp"):
            local = connection.laddr
            listens = connection.status == psutil.CONN_LISTEN
            if listens and local and local.port == port:
                return _named(connection.pid)
    except (psutil.Error, OSError):
        pass
    return ""


def _named(pid: int | None) -> str:
    if pid is None:
        return ""
    try:
        return f" by {psutil.Process(pid).name()} (process {pid})"
    except psutil.Error:
        return f" by process {pid}"
