"""The forecast of a queue, and how sure it is."""

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.backlog_forecast import _t_quantile, forecast

NOW = datetime(2026, 11, 21, tzinfo=UTC)


# Published two-sided 95 % quantiles of Student's t.
@pytest.mark.parametrize(
    ("degrees", "quantile"), [(6, 2.447), (10, 2.228), (27, 2.052), (83, 1.989)]
)
def test_the_quantile_is_the_published_one(degrees, quantile):
    assert _t_quantile(degrees) == pytest.approx(quantile, abs=0.003)


def test_a_steady_queue_ends_when_it_is_divided_by_its_rate():
    found = forecast(10, nets=[-2] * 7, now=NOW)
    assert found.outlook == "shrinks"
    assert found.empty_at == found.earliest == found.latest == NOW + timedelta(days=5)


def test_nobody_is_told_of_an_end_in_ten_years():
    found = forecast(10_000, nets=[-1, -1, -1, -1, -1, -1, -1], now=NOW)
    assert (found.outlook, found.empty_at) == ("shrinks", None)


@pytest.mark.parametrize(
    ("waiting", "days", "outlook"), [(0, 3, "empty"), (1, 3, "unknown"), (0, 9, "empty")]
)
def test_few_days_foretell_nothing(waiting, days, outlook):
    found = forecast(waiting, nets=[1] * days, now=NOW)
    assert (found.outlook, found.days, found.empty_at) == (outlook, days, None)
