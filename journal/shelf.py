"""Where keys rest, as the key store sees it: a file (key_file.py), or PostgreSQL (postgres.py)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final, Protocol

from core.ids import InteractionId
from core.personal import Purpose

KEY_BYTES: Final = 32

Name = tuple[InteractionId, Purpose]
Found = tuple[bytes | None] | None
"""(key,), (None,) for one that was erased, None for one that was never made."""


class Shelf(Protocol):
    """Keys by name.  `shared`: other processes make and erase keys there too.

    One thread reads at a time, and one writes.  Methods raise SQLAlchemyError or OSError when it is away.
    """

    shared: bool
    writing: bool
    salvage: str | None

    def find(self, name: Name) -> Found: ...

    def newest(self, most: int) -> Sequence[tuple[InteractionId, Purpose, bytes | None]]:
        """The keys of the newest interactions, newest first: a start reads them at once, and not one by one."""

    def standing(self, purpose: Purpose, before: InteractionId, after: InteractionId, most: int) -> list[InteractionId]:
        """Interactions between `after` and `before`, oldest first, whose key for `purpose` is there still."""

    def add(self, keys: Mapping[Name, bytes]) -> Sequence[Name]:
        """Keeps these keys; one that is there already, or was erased, stays as it is.

        Which ones may be remembered: of the others, what stands on the shelf is the truth.
        """

    def erase(self, names: Sequence[Name]) -> None:
        """Deletes the keys, for good and under any name that comes later."""

    def forget(self, interactions: Collection[InteractionId]) -> None:
        """Deletes all that is known of these, that they were erased included: nothing sealed for them is left."""

    def scrub(self) -> bool:
        """Removes what an erasure left behind; False if that must be tried again."""

    def close_reading(self) -> None: ...

    def close_writing(self) -> None: ...
