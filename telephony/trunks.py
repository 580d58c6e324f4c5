"""Whether trunks can be used, from what Asterisk says of their proxies and registrations.  Pure.

A trunk is reachable while it is registered, if it registers, and at least one of its proxies answers, if it has any.
What has not been asked yet is believed to be there: a call that fails tells more than a guess.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from core import events as e
from telephony.conf_trunks import PREFIX

Fields = Mapping[str, str]

_ANSWERS: Final = frozenset({"Reachable", "NonQualified", "Created", "Updated", "Unknown"})
_SILENT: Final = frozenset({"Unreachable", "Removed"})
_REGISTERED: Final = "Registered"


def trunk_of_aor(aor: str) -> str:
    """The trunk that has this address of record; empty for a telephone's."""
    return aor.removeprefix(PREFIX).partition(".")[0] if aor.startswith(PREFIX) else ""


@dataclass(slots=True)
class _Trunk:
    registered: bool = True
    proxies: dict[str, bool] = field(default_factory=dict)

    def fault(self) -> e.TrunkFault:
        if not self.registered:
            return "not_registered"
        return "proxies_silent" if self.proxies and not any(self.proxies.values()) else ""


class Trunks:
    """What is known of each trunk of `node`; every change is told once."""

    __slots__ = ("_names", "_node", "_trunks")

    def __init__(self, node: str) -> None:
        self._node = node
        self._trunks: dict[str, _Trunk] = {}
        # A Registry event names the account, a list of registrations also the trunk.
        self._names: dict[str, str] = {}

    def contact(self, message: Fields) -> Iterable[e.TrunkChanged]:
        """A ContactStatus of a trunk's proxy."""
        name, status = trunk_of_aor(message.get("AOR", "")), message.get("ContactStatus", "")
        if name and status in _ANSWERS | _SILENT:
            trunk = self._trunks.setdefault(name, _Trunk())
            before = trunk.fault()
            trunk.proxies[message["AOR"]] = status in _ANSWERS
            yield from self._told(name, before)

    def registry(self, message: Fields) -> Iterable[e.TrunkChanged]:
        """A Registry event."""
        name = self._names.get(message.get("Username", ""))
        if name is not None:
            trunk = self._trunks.setdefault(name, _Trunk())
            before = trunk.fault()
            trunk.registered = message.get("Status") == _REGISTERED
            yield from self._told(name, before)

    def _told(self, name: str, before: e.TrunkFault) -> Iterable[e.TrunkChanged]:
        if self._trunks[name].fault() != before:
            yield self._changed(name)

    def _changed(self, name: str) -> e.TrunkChanged:
        fault = self._trunks[name].fault()
        return e.TrunkChanged(cause="telephony", node=self._node, trunk=name, reachable=not fault, reason=fault)

    def seen(self, proxies: Iterable[Fields], registrations: Iterable[Fields]) -> list[e.TrunkChanged]:
        """The truth about all of them, told in any case: ContactStatusDetail and OutboundRegistrationDetail rows."""
        self._trunks.clear()
        for row in proxies:
            aor = row.get("AOR", "")
            if name := trunk_of_aor(aor):
                self._trunks.setdefault(name, _Trunk()).proxies[aor] = row.get("Status") in _ANSWERS
        for row in registrations:
            name = row.get("ObjectName", "").removeprefix(PREFIX)
            if name and row.get("ObjectName", "").startswith(PREFIX):
                self._names[row.get("ClientUri", "")] = name
                self._trunks.setdefault(name, _Trunk()).registered = row.get("Status") == _REGISTERED
        return [self._changed(name) for name in self._trunks]
