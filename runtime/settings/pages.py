"""centre.yaml, the block `pages`: where agents' and supervisors' pages are served.  Without it there are none."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Final

from runtime.settings import values
from runtime.settings.platform import LOOPBACK, address
from runtime.settings.reading import Fields
from runtime.settings.servers import written_path
from softphone_ui.hall import Where

_ORIGIN: Final = re.compile(r"https?://[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?(:[1-9]\d{1,4})?")


def read_pages(root: Fields, directory: Path) -> Where | None:
    """Where the pages are served; outside this machine never without TLS, for they show citizens' records."""
    fields = root.block("pages")
    if fields is None:
        return None
    tls = fields.block("tls")
    certificate = key = None
    if tls is not None:
        certificate, key = (directory / tls.value(name, written_path, "absent") for name in ("certificate", "key"))
        tls.close()
    where = Where(
        bind=fields.value("bind", address, LOOPBACK, LOOPBACK),
        port=fields.integer("port", 8080, 1, 65_535),
        origin=fields.value("origin", _origin, "http://localhost", ""),
        certificate=certificate,
        key=key,
    )
    if not ipaddress.ip_address(where.bind).is_loopback and not where.tls:
        what = (
            "les pages sortent de cette machine sans TLS : donnez tls (certificate, key), ou l'origin https du relais"
        )
        fields.faults.add(fields.mark_of("bind"), fields.at("bind"), what)
    fields.close()
    return where


def _origin(written: str) -> str:
    if written and not _ORIGIN.fullmatch(written):
        raise values.Unfit(f"« {written[:60]} » n'est pas l'adresse d'un site, écrivez https://allo.example.org")
    return written
