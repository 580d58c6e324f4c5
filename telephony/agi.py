"""What AGI commands answer.  Pure.

`200 result=49 endpos=21440`, `200 result=-1`, `200 result=1 (data)`, `510 Invalid or unknown command`, `HANGUP`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

_LINE: Final = re.compile(r"^(\d{3})(?: |-|$)(.*)", re.DOTALL)
_RESULT: Final = re.compile(r"\bresult=(-?\d+)")
_END_POSITION: Final = re.compile(r"\bendpos=(\d+)")


@dataclass(frozen=True, slots=True)
class AgiAnswer:
    """`code` 200 is "understood", 0 means that there was no answer to read; `result` None: no number in it.

    `end_position` is where a STREAM FILE stopped, in samples (8,000 a second).
    """

    code: int
    result: int | None
    end_position: int | None

    @property
    def done(self) -> bool:
        """Whether the command was carried out."""
        return self.code == 200 and self.result is not None and self.result >= 0

    @property
    def stopped_by_key(self) -> bool:
        """Whether a STREAM FILE ended by one, whose character is the result."""
        return self.done and self.result != 0

    @property
    def played_to_the_end(self) -> bool:
        """Whether a STREAM FILE ended by itself; a file that is not there "ends" at 0."""
        return self.code == 200 and self.result == 0 and bool(self.end_position)


def agi_answer(quoted: str) -> AgiAnswer:
    """Reads the Result field of an AsyncAGIExec; anything odd is an answer with code 0, never an exception."""
    found = _LINE.match(unquote(quoted).strip())
    if found is None:
        return AgiAnswer(0, None, None)
    result = _RESULT.search(found[2])
    position = _END_POSITION.search(found[2])
    return AgiAnswer(int(found[1]), int(result[1]) if result else None, int(position[1]) if position else None)
