"""Forgetting keys goes in batches of a bounded size, whatever plan the database chooses."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from app.db import transaction
from app.services import idempotency
from app.utils import clock

PLANS = {
    "as it likes": (),
    "in a loop": ("hashjoin", "mergejoin", "hashagg", "sort", "material"),
    "merged": ("hashjoin", "nestloop"),
}
ADD = text(
    "INSERT INTO idempotency_keys (caller, route, key, fingerprint, created_at)"
    " SELECT 'x', :route, g::text, '', now() - make_interval(days => :days)"
    " FROM generate_series(1, 300) g"
)


@pytest.mark.parametrize("forbidden", PLANS.values(), ids=PLANS.keys())
def test_no_more_than_asked_for_are_forgotten(app, forbidden):
    with app.app_context(), transaction() as session:
        session.execute(ADD, {"route": "new", "days": 0})
        # The database believes that nothing is old, and plans for next to no rows.
        session.execute(text("ANALYZE idempotency_keys"))
        session.execute(ADD, {"route": "old", "days": 2})
        for name in forbidden:
            session.execute(text(f"SET LOCAL enable_{name} = off"))
        before = clock.now() - timedelta(days=1)
        gone = [idempotency.forget_before(session, moment=before, limit=120) for _ in range(4)]
        left = session.execute(text("SELECT DISTINCT route FROM idempotency_keys")).scalars().all()
    assert gone == [120, 120, 60, 0]
    assert left == ["new"]
