"""What has been worked out is kept in memory, under all that it depends on: nothing kept is stale,
and when one thing changes only what follows from it is worked out anew."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from threading import Lock
from typing import Any, Generic, TypeVar

T = TypeVar("T")
_kept: "list[Kept[Any]]" = []


class Kept(Generic[T]):
    """The last `most` results, by what they were made from. Safe among threads; two that ask for
    the same at once may both work it out, and get the same."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._found: OrderedDict[Hashable, T] = OrderedDict()
        self._lock = Lock()
        self.made = 0
        _kept.append(self)

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """What is kept under `key`, or made now."""
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
                return self._found[key]
        made = make()
        with self._lock:
            self.made += 1
            self._found[key] = made
            self._found.move_to_end(key)
            while len(self._found) > self._most:
                self._found.popitem(last=False)
        return made

    def newest_first(self) -> Iterator[tuple[Hashable, T]]:
        """What is kept, what was asked for last first."""
        with self._lock:
            kept = list(self._found.items())
        return reversed(kept)

    def forget(self) -> None:
        """Keep nothing."""
        with self._lock:
            self._found.clear()


def forget_all() -> None:
    """Keep nothing of anything: to see how long it takes anew."""
    for kept in _kept:
        kept.forget()
