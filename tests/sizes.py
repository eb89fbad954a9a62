"""How large a test is: small for every day, at full size with SURE_LONG=1."""

import os


def size(everyday: int, full: int) -> int:
    """Return the size that this run asks for."""
    return full if os.environ.get("SURE_LONG") == "1" else everyday
