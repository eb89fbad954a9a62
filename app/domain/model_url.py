"""Where a server of models may be: the URLs and addresses that an admin's route may name.

Model servers stand beside the service as often as not, so private addresses are allowed
where the operator allows them. What no model server has is refused always: the addresses
by which clouds hand out credentials, and those that are no single host's.
"""

import ipaddress
import re
from urllib.parse import urlsplit

_LONGEST = 2000
_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f-\uffff\\]")
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _networks(*texts: str) -> tuple[_Network, ...]:
    return tuple(ipaddress.ip_network(text) for text in texts)


# Metadata of AWS and others (link-local, and by IPv6), Alibaba, Oracle and Azure.
_METADATA = _networks(
    *("169.254.0.0/16", "fe80::/10", "fd00:ec2::/32"),
    *("100.100.100.200/32", "192.0.0.192/32", "168.63.129.16/32"),
)
# Not for the public either, though `is_global` of some Pythons says so.
_NOT_PUBLIC = _networks(
    *("100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "240.0.0.0/4"),
    *("5f00::/16", "2001::/23", "3fff::/20", "64:ff9b:1::/48", "fec0::/10"),
)
_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")


def url_fault(url: str, *, allow_private: bool) -> str | None:
    """Return why ``url`` cannot be a model server's, or None.

    Names are not looked up here: what they stand for may change, so ``may_reach`` is asked
    of each address just before it is connected to.
    """
    if len(url) > _LONGEST or _UNPRINTABLE.search(url):
        return "must be a URL of printable ASCII characters"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "cannot be read as a URL"
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0:
        return "must be an http:// or https:// URL with a host"
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        return "must have neither user name nor password nor query"
    if not allow_private and parts.scheme != "https":
        return "must be https://, since private addresses are not allowed"
    return _host_fault(parts.hostname, allow_private=allow_private)


def may_reach(address: str, *, allow_private: bool) -> bool:
    """Say whether to connect to an IP address, with the scope it may have."""
    try:
        ip = _meant(ipaddress.ip_address(address.partition("%")[0]))
    except ValueError:
        return False
    is_nobody = ip.is_unspecified or ip.is_multicast or ip.is_link_local
    if is_nobody or _is_in(ip, _METADATA):
        return False
    return allow_private or (ip.is_global and not _is_in(ip, _NOT_PUBLIC))


def _host_fault(host: str, *, allow_private: bool) -> str | None:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return None
    is_allowed = may_reach(host, allow_private=allow_private)
    return None if is_allowed else "names an address that may not be reached"


def _meant(ip: _Address) -> _Address:
    """Return the IPv4 address inside an IPv6 one that only carries it."""
    if ip.version == 4:
        return ip
    if ip in _TRANSLATED:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else ip)


def _is_in(ip: _Address, networks: tuple[_Network, ...]) -> bool:
    return any(ip in network for network in networks if network.version == ip.version)
