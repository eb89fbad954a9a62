"""What clients did and what they were told, to be compared with what is stored.

The words are Jepsen's. ``acknowledged``: told that it is stored. ``lost``: acknowledged,
and not there. ``recovered``: nobody was told, and there it is, as may be. ``unexpected``:
there, though it was refused or never asked for. ``duplicated``: there more than once.
"""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

SENT, ACKNOWLEDGED, REFUSED, UNKNOWN = "sent", "acknowledged", "refused", "unknown"


@dataclass(frozen=True)
class Findings:
    acknowledged: frozenset[str] = field(repr=False)
    lost: frozenset[str]
    recovered: frozenset[str]
    unexpected: frozenset[str]
    duplicated: frozenset[str]

    @property
    def faultless(self) -> bool:
        return not (self.lost or self.unexpected or self.duplicated)


class Ledger:
    """A file with a line before each operation is sent and one when its outcome is known.

    An operation is known by a mark that is written nowhere else.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("a", encoding="utf-8")
        self._lock = threading.Lock()

    def sent(self, mark: str) -> None:
        self._write(mark, SENT)

    def came(self, mark: str, outcome: str) -> None:
        self._write(mark, outcome)

    def compare(self, stored: Mapping[str, int]) -> Findings:
        """Compare with how often each mark is stored."""
        outcomes = self._outcomes()
        told = {mark for mark, outcome in outcomes.items() if outcome == ACKNOWLEDGED}
        open_ones = {mark for mark, outcome in outcomes.items() if outcome in {SENT, UNKNOWN}}
        return Findings(
            acknowledged=frozenset(told),
            lost=frozenset(told - stored.keys()),
            recovered=frozenset(open_ones & stored.keys()),
            unexpected=frozenset(stored.keys() - told - open_ones),
            duplicated=frozenset(mark for mark, times in stored.items() if times > 1),
        )

    def close(self) -> None:
        self._file.close()

    def _outcomes(self) -> dict[str, str]:
        lines = self._path.read_text(encoding="utf-8").splitlines()
        return {line["mark"]: line["outcome"] for line in map(json.loads, lines)}

    def _write(self, mark: str, outcome: str) -> None:
        with self._lock:
            self._file.write(json.dumps({"mark": mark, "outcome": outcome}) + "\n")
            self._file.flush()
