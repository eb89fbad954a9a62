"""Reading ahead: the next pieces are made while the last one is used."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def ahead(tasks: Iterable[Callable[[], T]], *, workers: int) -> Iterator[T]:
    """Yield what each task returns, in their order, while ``workers`` threads do the next ones.

    Tasks are taken from ``tasks`` on the caller's thread, ``workers`` more than were asked for
    and no further. Whoever stops early waits for those that are being done; what one raises is
    raised where its piece would have been yielded.
    """
    coming: deque[Future[T]] = deque()
    with ThreadPoolExecutor(max_workers=workers) as threads:
        try:
            for task in tasks:
                coming.append(threads.submit(task))
                if len(coming) > workers:
                    yield coming.popleft().result()
            while coming:
                yield coming.popleft().result()
        finally:
            threads.shutdown(wait=False, cancel_futures=True)
