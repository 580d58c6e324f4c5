"""The addresses of a card: the node's, and one for each operator and PABX around it."""

from __future__ import annotations

from dataclasses import dataclass

from tests.asterisk.ground import SIP_PORT, Site


@dataclass(frozen=True)
class Places:
    """Addresses of one site, each with one meaning."""

    site: Site

    @property
    def node(self) -> str:
        return self.site.host

    @property
    def node_sip(self) -> str:
        return f"{self.node}:{SIP_PORT}"

    @property
    def operator(self) -> str:
        return self.site.trunk

    @property
    def office(self) -> str:
        return self.site.office

    @property
    def pabx(self) -> str:
        return self._at(4)

    @property
    def first_proxy(self) -> str:
        return self._at(5)

    @property
    def second_proxy(self) -> str:
        return self._at(6)

    @property
    def registrar(self) -> str:
        return self._at(7)

    def _at(self, number: int) -> str:
        return f"127.{self.site.network}.{self.site.number}.{number}"
