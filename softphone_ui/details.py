"""Details as people read and write them, and as machines do: Versailles and 78646, 14/03/1946 and 1946-03-14."""

from __future__ import annotations

import re
from typing import Final

from core.centre import Centre
from core.communes import folded

_DATE: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_WRITTEN: Final = re.compile(r"(\d{1,2})[/. -](\d{1,2})[/. -](\d{4})")


def shown(centre: Centre, kind: str, value: str) -> str:
    if kind == "commune" and value in centre.gazetteer:
        return centre.gazetteer[value].name
    if kind == "birth_date" and (date := _DATE.fullmatch(value)):
        return f"{date[3]}/{date[2]}/{date[1]}"
    return value


def read(centre: Centre, kind: str, written: str) -> str:
    """As machines read it, where it can be; else as it was written: whoever speaks with somebody is believed."""
    written = written.strip()
    if kind == "commune":
        name = folded(written)
        return next((code for code, one in centre.gazetteer.items() if folded(one.name) == name), written)
    if kind == "birth_date" and (date := _WRITTEN.fullmatch(written)):
        return f"{date[3]}-{int(date[2]):02}-{int(date[1]):02}"
    return written
