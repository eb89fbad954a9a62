"""URLs: their parts, and whether what comes from them can be trusted."""

from urllib.parse import SplitResult, urlsplit

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def url_parts(text: str) -> SplitResult | None:
    """Return the parts of a URL, or None for what is none."""
    try:
        parts = urlsplit(text)
        has_port = parts.port != 0
    except ValueError:
        return None
    return parts if has_port else None


def is_trustworthy(url: SplitResult | None) -> bool:
    """Say whether nobody on the way can change what comes from there."""
    if url is None or not url.hostname:
        return False
    return url.scheme == "https" or (url.scheme == "http" and url.hostname in _LOOPBACK)


def is_storage(url: SplitResult | None) -> bool:
    """Say whether files can be kept there: in a folder of this machine, or in a bucket."""
    if url is None or url.query or url.fragment:
        return False
    if url.scheme == "file":
        return not url.netloc and len(url.path) > 1
    return url.scheme == "s3" and bool(url.netloc) and url.netloc == url.hostname
