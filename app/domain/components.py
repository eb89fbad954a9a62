"""Components: which of many numbered things hang together."""

from array import array


class Components:
    """Numbers from 0 on, linked in pairs: which of them hang together, in four bytes each.

    Source: Tarjan's disjoint sets with path halving; the smallest number
    of a component stands for it.
    """

    def __init__(self, size: int = 0) -> None:
        self._parents = array("i", range(size))

    def add(self) -> int:
        """Return the next number, which hangs on none yet."""
        self._parents.append(len(self._parents))
        return len(self._parents) - 1

    def link(self, one: int, other: int) -> None:
        """Put two numbers, and all that hangs on them, into one component."""
        first, second = sorted((self.root(one), self.root(other)))
        self._parents[second] = first

    def root(self, number: int) -> int:
        """Return the smallest number of the component."""
        parents = self._parents
        while parents[number] != number:
            # Half the way up is skipped the next time.
            parents[number] = parents[parents[number]]
            number = parents[number]
        return number
