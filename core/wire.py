"""How steps, facts, orders and rows become bytes, and back.

The bytes are JSON: a journal must still be readable in ten years, by SQLite's own JSON functions and by a person, and
a recorded one must show its differences in a review.  MessagePack would save a fifth of the size and no time.

Every record is `{"format": 1, "record": …}`; in it each fact carries its name (`event`), each command its (`command`).
`FORMAT` goes up by one when the vocabulary changes in a way that old records do not fit: a name or a field that is
removed, renamed, or means something else, or a new field without a default.  Each such change puts an entry into
`UPGRADES`.  A new name, or a new field with a default, needs neither.

A `Personal` is written as `{"of": …, "purpose": …, "sealed": …}`, `sealed` in base64, null when there is no text.

Equal input gives equal bytes, but for what the Sealer adds (a random nonce).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from functools import cache
from typing import Any, Final, Generic, TypeVar

import msgspec

from core.commands import Order
from core.errors import JournalFault
from core.events.base import Event
from core.personal import Personal, Purpose
from core.ports import Sealer
from core.step import AnyEvent, Step

T = TypeVar("T")

FORMAT: Final = 1

OldRecord = dict[str, Any]
Upgrades = Mapping[tuple[str, int], Callable[[OldRecord], OldRecord]]

UPGRADES: Final[Upgrades] = {
    # ("ChoiceMade", 1): a function from the record of format 1, as plain dicts and lists, to that of format 2.
    # The name is that of a fact, a command, `Step`, `Order`, or a type of row; what stands inside a record is brought
    # up to date before it.  A Personal stands there sealed, as described above: upgrades never see what it says.
}

_NEWER: Final = "Installez la version d'Allo qui l'a écrit, ou une plus récente."
_ALIEN: Final = "Installez la version d'Allo qui l'a écrit, ou restaurez une sauvegarde du journal."


class _Record(msgspec.Struct, Generic[T], frozen=True, kw_only=True, forbid_unknown_fields=True):
    format: int
    record: T


class _Sealed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    of: str
    purpose: Purpose
    sealed: bytes | None


class Wire:
    """Encodes and decodes; personal texts are sealed and opened by `sealer`.

    Encoding raises JournalFault for a value that the vocabulary does not have: a bug of ours.  Decoding raises
    JournalFault, with `seq` if given and the remedy, for bytes that are damaged, of a newer format, or that hold a
    name or a field that this release does not know: nothing that was written is ever left out in silence.
    """

    __slots__ = ("_format", "_prefix", "_sealer", "_upgrades")

    def __init__(self, sealer: Sealer, upgrades: Upgrades = UPGRADES, format: int = FORMAT) -> None:
        self._sealer = sealer
        self._upgrades = upgrades
        self._format = format
        self._prefix = b'{"format":%d,' % format

    def encode(self, step: Step) -> bytes:
        return self._encode(step)

    def decode(self, data: bytes, seq: int | None = None) -> Step:
        step: Step = self._decode(data, Step, _Record[Step], seq)
        return step

    def may_hold(self, data: bytes, facts: Collection[str]) -> bool:
        """Whether a step's record may hold one of these facts: looked for as text, far faster than decoding it."""
        return not data.startswith(self._prefix) or _any_of(tuple(facts))(data) is not None

    def encode_event(self, event: Event) -> bytes:
        return self._encode(event)

    def decode_event(self, data: bytes) -> Event:
        event: Event = self._decode(data, Event, _Record[AnyEvent])
        return event

    def encode_order(self, order: Order) -> bytes:
        return self._encode(order)

    def decode_order(self, data: bytes) -> Order:
        order: Order = self._decode(data, Order, _Record[Order])
        return order

    def encode_rows(self, rows: Mapping[str, Any]) -> bytes:
        """The rows of one table, by key, in their order."""
        return self._encode(rows)

    def decode_rows(self, kind: type[T], data: bytes, seq: int | None = None) -> dict[str, T]:
        """The rows of a table whose rows are `kind`, in the order in which they were given."""
        rows: dict[str, T] = self._decode(data, kind, _Record[dict[str, kind]], seq)  # type: ignore[valid-type]
        return rows

    def _encode(self, value: Any) -> bytes:
        record = _Record(format=self._format, record=value)
        try:
            return msgspec.json.encode(record, enc_hook=self._seal)
        except UnicodeEncodeError:
            # Half a surrogate pair, from a peer that sends broken text: it becomes "?"; the step must be kept.
            return msgspec.json.encode(_mend(msgspec.to_builtins(record, enc_hook=self._seal)))
        except (OverflowError, TypeError, ValueError) as error:
            raise JournalFault(
                f"{type(value).__name__} ne peut pas être écrit au journal ({error}). C'est un défaut d'Allo : "
                "signalez-le avec ce message."
            ) from error

    def _decode(self, data: bytes, kind: type[Any], shape: Any, seq: int | None = None) -> Any:
        sealed: list[Any] = []

        def opened(_type: type, value: Any) -> Personal:
            sealed.append(value)
            return self._open(value)

        try:
            if data.startswith(self._prefix):
                value = msgspec.json.decode(data, type=shape, dec_hook=opened).record
                known = _encode_sealed(value, sealed, self._format)
                if known != data:
                    _refuse_unknown(msgspec.json.decode(data), msgspec.json.decode(known))
            else:
                old = self._upgraded(msgspec.json.decode(data), kind)
                value = msgspec.convert(old, shape, dec_hook=opened).record
                _refuse_unknown(old, msgspec.json.decode(_encode_sealed(value, sealed, self._format)))
        except JournalFault as fault:
            raise JournalFault(f"{_where(seq)} : {fault}") from fault
        except (msgspec.MsgspecError, ValueError, TypeError, KeyError, RecursionError) as error:
            raise JournalFault(f"{_where(seq)} : enregistrement illisible ({error}). {_ALIEN}") from error
        return value

    def _seal(self, value: Any) -> _Sealed:
        if not isinstance(value, Personal):
            raise TypeError(f"a value of the vocabulary, was {type(value).__name__}")
        text = value.text
        sealed = None if text is None else self._sealer.seal(value.of, value.purpose, text)
        return _Sealed(of=value.of, purpose=value.purpose, sealed=sealed)

    def _open(self, value: Any) -> Personal:
        box = msgspec.convert(value, _Sealed)
        text = None if box.sealed is None else self._sealer.open(box.of, box.purpose, box.sealed)
        return Personal(box.of, box.purpose, text)

    def _upgraded(self, data: Any, kind: type[Any]) -> OldRecord:
        """The record in today's format, as plain dicts and lists."""
        if not isinstance(data, dict) or not isinstance(data.get("format"), int) or "record" not in data:
            raise JournalFault(f"ce n'est pas un enregistrement d'Allo. {_ALIEN}")
        if data["format"] > self._format:
            raise JournalFault(
                f"enregistrement au format {data['format']}, cette version d'Allo lit jusqu'au {self._format}. {_NEWER}"
            )
        record = data["record"]
        rows = kind not in (Step, Event, Order)
        for version in range(data["format"], self._format):
            if rows and isinstance(record, dict):
                record = {key: self._upgrade(row, version, kind.__name__) for key, row in record.items()}
            else:
                record = self._upgrade(record, version, kind.__name__)
        return {"format": self._format, "record": record}

    def _upgrade(self, value: Any, version: int, name: str = "") -> Any:
        """`value` and what stands in it, from format `version` to the next; facts and commands say their own names."""
        if isinstance(value, list):
            inside = "Order" if name == "orders" else ""
            return [self._upgrade(item, version, inside) for item in value]
        if not isinstance(value, dict):
            return value
        mended = {key: self._upgrade(item, version, "orders" if key == "orders" else "") for key, item in value.items()}
        told = value.get("event", value.get("command"))
        upgrade = self._upgrades.get((told if isinstance(told, str) else name, version))
        return mended if upgrade is None else upgrade(mended)


def _encode_sealed(value: Any, sealed: list[Any], format: int) -> bytes:
    """`value` written again, with the sealed boxes that it was read with: byte for byte what was read, if nothing was
    left out."""
    boxes = iter(sealed)
    return msgspec.json.encode(_Record(format=format, record=value), enc_hook=lambda _personal: next(boxes))


def _refuse_unknown(written: Any, known: Any, path: str = "") -> None:
    """Raises JournalFault if `written` holds a field that `known` does not; fields with defaults may be missing."""
    if isinstance(written, dict) and isinstance(known, dict):
        for field, value in written.items():
            if field not in known:
                raise JournalFault(f"champ inconnu {path}.{field}. {_ALIEN}")
            _refuse_unknown(value, known[field], f"{path}.{field}")
    elif isinstance(written, list) and isinstance(known, list):
        for number, (value, again) in enumerate(zip(written, known, strict=True)):
            _refuse_unknown(value, again, f"{path}[{number}]")


def _mend(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, list | tuple):
        return [_mend(item) for item in value]
    if isinstance(value, dict):
        return {_mend(key): _mend(item) for key, item in value.items()}
    return value


@cache
def _any_of(facts: tuple[str, ...]) -> Callable[[bytes], object]:
    """Searches a record once for all of these facts: whoever follows the journal asks it of every step."""
    return re.compile(b'"event":"(?:%s)"' % b"|".join(re.escape(name.encode()) for name in facts)).search


def _where(seq: int | None) -> str:
    return "Journal" if seq is None else f"Journal, étape {seq}"
