"""The plain majority of votes beside the estimated consensus, contradictions flagged."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.domain.dawid_skene import Consensus
from app.domain.votes import Votes

# Two labels whose probabilities differ by less are level: the last bits are arithmetic's.
_LEVEL = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What most said of an item and what the consensus holds.

    ``majority`` is None where labels tie; ``tied`` names those. ``share`` is the part of the
    votes for the most frequent label, ``posterior`` the probability of ``label``, which is
    None where the consensus cannot tell labels apart either.
    """

    item: str
    majority: str | None
    tied: tuple[str, ...]
    votes: int
    share: float
    label: str | None
    posterior: float

    @property
    def contradicts(self) -> bool:
        """Whether both decide, and differ."""
        return None not in {self.majority, self.label} and self.majority != self.label


def decisions(votes: Votes, consensus: Consensus) -> Iterator[Decision]:
    """Yield the decision on each item, in the order of ``votes.item_names``."""
    # Row by row in plain numbers: numpy is slow on rows of a few labels.
    rows = zip(votes.counts().tolist(), consensus.posteriors.tolist(), strict=True)
    for item, (counts, posteriors) in zip(votes.item_names, rows, strict=True):
        total, most, highest = sum(counts), max(counts), max(posteriors)
        first = _reaching(votes, counts, most)
        yield Decision(
            item=item,
            majority=_only(first),
            tied=first if len(first) > 1 else (),
            votes=int(total),
            share=most / total,
            label=_only(_reaching(votes, posteriors, highest - _LEVEL)),
            posterior=highest,
        )


def _reaching(votes: Votes, numbers: list[float], least: float) -> tuple[str, ...]:
    named = zip(votes.label_names, numbers, strict=True)
    return tuple(label for label, number in named if number >= least)


def _only(labels: tuple[str, ...]) -> str | None:
    return labels[0] if len(labels) == 1 else None
