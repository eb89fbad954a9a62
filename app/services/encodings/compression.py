"""Compression of what is streamed."""

import zlib
from collections.abc import Iterator
from typing import Any

import zstandard

_GZIP = 16 + zlib.MAX_WBITS
# Faster than they are sent over most networks, and nearly as small as it gets.
_GZIP_LEVEL, _ZSTD_LEVEL = 4, 3


def packed(pieces: Iterator[bytes], *, method: str) -> Iterator[bytes]:
    """Yield ``pieces`` packed by ``gzip`` or ``zstd``."""
    packer = _packer(method)
    for piece in pieces:
        if found := packer.compress(piece):
            yield found
    yield packer.flush()


def _packer(method: str) -> Any:
    if method == "gzip":
        return zlib.compressobj(level=_GZIP_LEVEL, wbits=_GZIP)
    return zstandard.ZstdCompressor(level=_ZSTD_LEVEL).compressobj()
