"""The points of an installation, held against its log."""

from app.config import Config
from app.db import lone_transactions
from app.services import point_rebuild


def what_points_differ(installation):
    """Return rows in which the ledger is not what the log makes; while everybody goes on."""
    found = _rebuild(installation, only_check=True)
    assert found.events > 0
    return found.examples


def rebuild_points(installation):
    """Make the ledger anew, and return how many rows that changed."""
    return _rebuild(installation, only_check=False).different


def _rebuild(installation, *, only_check):
    url = Config.from_environment(installation.settings).sqlalchemy_url
    with lone_transactions(url) as transactions:
        return point_rebuild.rebuild(transactions, only_check=only_check)
