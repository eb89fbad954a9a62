"""What Schemathesis found, out of the events of its run."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from schemathesis.engine import events


@dataclass
class Outcome:
    """How often each operation gave each status, and what contradicts the document."""

    statuses: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    checks: set[str] = field(default_factory=set)
    phases: dict[str, str] = field(default_factory=dict)
    faults: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def succeeded(self) -> set[str]:
        """Return the operations that have answered with a 2xx."""
        return {label for label, found in self.statuses.items() if any(s < 300 for s in found)}

    def report(self) -> str:
        """Return each kind of fault with one example."""
        kinds = [f"{len(found)} x {kind}\n{found[0]}" for kind, found in self.faults.items()]
        return "\n\n".join(kinds)


def outcome_of(run: Iterable[Any]) -> Outcome:
    """Return what a run came to."""
    outcome = Outcome()
    for event in run:
        _take(outcome, event)
    return outcome


def _take(outcome: Outcome, event: Any) -> None:
    if isinstance(event, events.PhaseFinished):
        outcome.phases[event.phase.name.value] = str(event.status)
    elif isinstance(event, events.NonFatalError):
        outcome.faults[f"error: {event.label}"].append(event.info.message)
    elif isinstance(event, events.FatalError):
        outcome.faults["error: broke off"].append(repr(event.exception))
    elif isinstance(event, events.ScenarioFinished):
        _take_scenario(outcome, event.recorder)


def _take_scenario(outcome: Outcome, recorder: Any) -> None:
    for case_id, exchange in recorder.interactions.items():
        operation = recorder.cases[case_id].value.operation
        is_own_method = exchange.request.method == operation.method.upper()
        if exchange.response is not None and is_own_method:
            outcome.statuses[operation.label][exchange.response.status_code] += 1
    for checks in recorder.checks.values():
        outcome.checks.update(check.name for check in checks)
    for kind, text in _faults(recorder):
        outcome.faults[kind].append(text)


def _faults(recorder: Any) -> Iterator[tuple[str, str]]:
    for case_id, checks in recorder.checks.items():
        label = recorder.cases[case_id].value.operation.label
        for check in checks:
            if check.failure_info is not None:
                found = check.failure_info
                answer = recorder.interactions[case_id].response
                told = answer.text[:1000] if answer else ""
                text = "\n".join((found.failure.message, found.code_sample, told))
                yield f"{check.name}: {label}", text
