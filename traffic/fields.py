"""Reading plain JSON data field by field: what is missing, odd or unknown is refused by its path."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import Self

from traffic.errors import BadPlan
from traffic.people import Spread
from traffic.rtp import KEYPAD
from traffic.sip import Headers


class Fields:
    """One JSON object.  Used as a context, it refuses the fields that nobody asked for.

    Every reader takes a default; without one the field must be there.  All raise `BadPlan`.
    """

    def __init__(self, data: object, path: str) -> None:
        if not isinstance(data, dict):
            raise BadPlan(f"{path} must be an object, was {data!r}")
        self._data = data
        self._path = path
        self._asked: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        unknown = set(self._data) - self._asked
        if error is None and unknown:
            raise BadPlan(f"{self._path} has unknown fields: {', '.join(sorted(unknown))}")

    def has(self, name: str) -> bool:
        """Whether the field is there and not null."""
        return self._data.get(name) is not None

    def text(self, name: str, default: str | None = None) -> str:
        """Read a text."""
        value = self._value(name, default)
        if not isinstance(value, str):
            raise self._wrong(name, "a text", value)
        return value

    def keys(self, name: str) -> str:
        """Read keys of a telephone, none by default."""
        value = self.text(name, "")
        if not set(value.upper()) <= set(KEYPAD):
            raise self._wrong(name, f"keys among {KEYPAD}", value)
        return value

    def whole(self, name: str, default: int | None = None) -> int:
        """Read a whole number from 0."""
        value = self._value(name, default)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise self._wrong(name, "a whole number from 0", value)
        return value

    def number(self, name: str, default: float | None = None, *, low: float = 0, high: float = 1e6) -> float:
        """Read a number between bounds."""
        value = self._value(name, default)
        if not isinstance(value, (int, float)) or isinstance(value, bool) or not low <= value <= high:
            raise self._wrong(name, f"a number from {low:g} to {high:g}", value)
        return float(value)

    def spread(self, name: str, default: Spread) -> Spread:
        """Read ``[low, typical, high]``."""
        if not self.has(name):
            self._asked.add(name)
            return default
        value = self._value(name, None)
        if isinstance(value, list) and len(value) == 3 and all(isinstance(part, (int, float)) for part in value):
            low, typical, high = map(float, value)
            if 0 <= low <= typical <= high:
                return Spread(low, typical, high)
        raise self._wrong(name, "[low, typical, high] in seconds", value)

    def texts(self, name: str) -> tuple[str, ...]:
        """Read a list of texts, empty by default."""
        value = self._value(name, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self._wrong(name, "a list of texts", value)
        return tuple(value)

    def headers(self, name: str) -> Headers:
        """Read SIP headers: an object of texts, empty by default."""
        value = self._value(name, {})
        if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
            raise self._wrong(name, "an object of texts", value)
        return tuple(value.items())

    def inside(self, name: str) -> Fields:
        """Read an object, empty by default."""
        return Fields(self._value(name, {}), f"{self._path}.{name}")

    def each(self, name: str, *, at_least: int = 0) -> Iterator[Fields]:
        """Read a list of objects, empty by default."""
        value = self._value(name, [])
        if not isinstance(value, list) or len(value) < at_least:
            raise self._wrong(name, f"a list of at least {at_least} objects", value)
        return (Fields(item, f"{self._path}.{name}[{index}]") for index, item in enumerate(value))

    def _value(self, name: str, default: object) -> object:
        self._asked.add(name)
        value = self._data.get(name)
        value = default if value is None else value
        if value is None:
            raise BadPlan(f"{self._path}.{name} is missing")
        return value

    def _wrong(self, name: str, wanted: str, value: object) -> BadPlan:
        return BadPlan(f"{self._path}.{name} must be {wanted}, was {value!r}")
