"""One clock for the whole package: Unix milliseconds that never step.

Wall time is read once, at import; from then on time is monotonic, so that an NTP step cannot
reorder what two telephones report, and reports of two processes still compare.
"""

from __future__ import annotations

import time

_WALL_AT_ZERO_S = time.time() - time.monotonic()


def now_ms() -> float:
    """Return the present as Unix milliseconds (with fractions), monotonic within the process."""
    return (_WALL_AT_ZERO_S + time.monotonic()) * 1000.0
