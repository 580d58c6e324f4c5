"""The CRM bridge, made from the configuration: its records, the CRMs that are asked, those who are told."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Final

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from core.errors import ConfigurationFault
from crm_bridge.keys import RecordKeys, RecordsFault
from crm_bridge.look_up import Connector, LookUp
from crm_bridge.outbox import Outbox
from crm_bridge.perform import CitizenRecords
from crm_bridge.sending import Endpoint
from crm_bridge.store import Store
from crm_bridge.webhooks import Webhooks
from journal.postgres import why_postgres
from runtime.accounts import outbox_place, record_keys, records_place
from runtime.memory import reading
from runtime.places import Places
from runtime.settings import Loaded
from runtime.settings.crm import Crm, RecordsSettings, WebhooksSettings
from runtime.settings.servers import secret_of

# Standard Webhooks: the secret's form and size.
PREFIX: Final = "whsec_"
SECRET_LEAST: Final = 24
SECRET_MOST: Final = 64


def make_records(settings: RecordsSettings, places: Places) -> CitizenRecords:
    """The edge of the records; raises ConfigurationFault for a variable that is not set."""
    look_ups = {tenant: LookUp(tenant, _connector(crm)) for tenant, crm in settings.crm.items()}
    place, keys = records_place(settings, places), record_keys(settings, places)
    return CitizenRecords(lambda: _opened(place, keys), settings.rules, look_ups)


def open_store(settings: RecordsSettings, places: Places) -> Store:
    """The records themselves, for a command; raises RecordsFault or ConfigurationFault."""
    return _opened(records_place(settings, places), record_keys(settings, places))


def make_webhooks(loaded: Loaded, places: Places) -> Webhooks | None:
    """The edge of the webhooks; None if nobody is to be told.

    Raises ConfigurationFault for a secret that is not set, or that is none.
    """
    settings = loaded.settings.webhooks
    if not settings.endpoints:
        return None
    return Webhooks(
        endpoints(settings),
        loaded.centre,
        settings.protected,
        outbox_opener(loaded, places),
        lambda: reading(loaded.settings.journal, places, follows=True),
    )


def outbox_opener(loaded: Loaded, places: Places) -> Callable[[], Outbox]:
    """Opens what waits to be delivered, and then raises SQLAlchemyError, OSError or AlloError.

    Raises ConfigurationFault for a secret that is not set.
    """
    place, keys = outbox_place(loaded.settings.journal, places), record_keys(loaded.settings.records, places)
    return lambda: Outbox(place(), keys)


def endpoints(settings: WebhooksSettings) -> list[Endpoint]:
    """Those to be told, with their secrets; raises ConfigurationFault with every secret that is missing or wrong."""
    faults: list[str] = []
    found = []
    for name, told in settings.endpoints.items():
        try:
            secret = secret_of(told.secret_env) or ""
        except ConfigurationFault as fault:
            faults += fault.faults
            continue
        if not usable(secret):
            faults.append(
                f"webhooks.endpoints.{name}.secret_env: la variable {told.secret_env} ne porte pas un secret de "
                "webhook, attendu : whsec_ suivi de 24 à 64 octets en base64"
            )
        found.append(Endpoint(name=name, url=told.url, secret=secret, allowed=told.allowed))
    if faults:
        raise ConfigurationFault(faults)
    return found


def usable(secret: str) -> bool:
    """Whether a secret is one after Standard Webhooks."""
    if not secret.startswith(PREFIX):
        return False
    try:
        return SECRET_LEAST <= len(base64.b64decode(secret.removeprefix(PREFIX), validate=True)) <= SECRET_MOST
    except ValueError:
        return False


def _opened(place: Callable[[], Engine | Path], keys: RecordKeys) -> Store:
    try:
        return Store(place(), keys)
    except SQLAlchemyError as error:
        raise RecordsFault(
            f"Les fiches ne peuvent pas être ouvertes dans PostgreSQL ({why_postgres(error)}). Vérifiez qu'il tourne "
            "et que ce compte y a ses droits."
        ) from None


def _connector(crm: Crm) -> Connector:
    return Connector(
        url=crm.url,
        record_url=crm.record_url,
        token=secret_of(crm.secret_env) or "",
        deadline_ms=crm.deadline_ms,
        cache_ms=crm.cache_ms,
        form=crm.form,
    )
