"""Finds what a wheel brought along, without running any code of that wheel."""

import importlib.util
from pathlib import Path

from devstack.errors import PartError


def folder_of(package: str) -> Path:
    """Return the folder a wheel was installed to.

    Raises PartError when the wheel is missing.
    """
    spec = importlib.util.find_spec(package)
    places = list(spec.submodule_search_locations or ()) if spec else []
    if not places:
        message = f"the wheel {package.replace('_', '-')} is not installed: `make run` installs it"
        raise PartError(message)
    return Path(places[0])
