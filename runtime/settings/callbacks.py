"""The block `callback` of a queue: who waits there may ask to be called, and is when it is their turn."""

from __future__ import annotations

from typing import Final, Literal, cast

from core.needs import Callback
from runtime.settings import values
from runtime.settings.hours import read_periods
from runtime.settings.reading import Fields, Named

MINUTE: Final = 60_000
HOUR: Final = 60 * MINUTE
KEYS: Final = tuple("123456789")
"""Not 0, which asks for a person at any time."""
FIRST: Final = ("agent", "citizen")


def read_callback(parent: Fields, scripts: list[Named]) -> Callback | None:
    """The block, if there is one; the script that it names is added to `scripts`."""
    fields = parent.block("callback")
    if fields is None:
        return None
    usual = Callback()
    script = fields.name("script", values.NAME, values.NAME_SAID, "")
    scripts.append(script)
    callback = Callback(
        key=fields.one_of("key", KEYS, usual.key),
        tries=fields.integer("tries", usual.tries, 1, 10),
        again_after_ms=fields.duration_ms("again_after", usual.again_after_ms, MINUTE, 24 * HOUR),
        share=fields.integer("share", usual.share, 1, 100),
        script=script.text,
        first=cast("Literal['agent', 'citizen']", fields.one_of("first", FIRST, usual.first)),
        between=fields.value("between", read_periods, usual.between, usual.between),
    )
    fields.close()
    return callback
