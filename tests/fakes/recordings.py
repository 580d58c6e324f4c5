"""What callers have recorded, in memory."""

from __future__ import annotations

from core.errors import JournalFault


class FakeRecordings:
    """Implements core.ports.Recordings; `full` refuses to keep any more."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.full = False

    def keep(self, message: str, sound: bytes) -> None:
        if self.full:
            raise JournalFault("no space")
        self.kept[message] = sound

    def sound(self, message: str) -> bytes | None:
        return self.kept.get(message)

    def erase(self, message: str) -> None:
        self.kept.pop(message, None)
