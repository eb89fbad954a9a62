"""Signs that a dimension tells little."""

import pytest

from app.domain.dimension_health import Usage, signs


@pytest.mark.parametrize(
    ("scores", "highest", "lowest", "different", "cannot", "expected"),
    [
        (0, 0, 0, 0, 0, ["unused"]),
        (19, 19, 0, 1, 19, ["hard_to_judge"]),
        (16, 0, 0, 4, 4, ["hard_to_judge"]),
        (17, 0, 0, 4, 4, []),
        (20, 16, 0, 2, 0, ["all_highest"]),
        (20, 15, 5, 2, 0, []),
        (20, 0, 20, 1, 0, ["one_score", "all_lowest"]),
        (19, 0, 19, 1, 0, []),
    ],
)
def test_signs_need_evidence(scores, highest, lowest, different, cannot, expected):
    usage = Usage(
        scores=scores, highest=highest, lowest=lowest, different=different, cannot_judge=cannot
    )
    assert signs(usage) == expected
