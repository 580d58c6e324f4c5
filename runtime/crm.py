"""The CRM bridge, made from the configuration: its records, the CRMs that are asked."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from crm_bridge.keys import RecordKeys
from crm_bridge.look_up import Connector, LookUp
from crm_bridge.perform import CitizenRecords
from crm_bridge.store import Store
from runtime.places import Places
from runtime.settings.crm import Crm, RecordsSettings
from runtime.settings.servers import secret_of


def make_records(settings: RecordsSettings, places: Places) -> CitizenRecords:
    """The edge of the records; raises ConfigurationFault for a variable that is not set."""
    look_ups = {tenant: LookUp(tenant, _connector(crm)) for tenant, crm in settings.crm.items()}
    place = _place(settings, places)
    return CitizenRecords(lambda: Store(place, RecordKeys(places.record_keys)), settings.rules, look_ups)


def open_store(settings: RecordsSettings, places: Places) -> Store:
    """The records themselves, for a command; raises RecordsFault or ConfigurationFault."""
    return Store(_place(settings, places), RecordKeys(places.record_keys))


def _place(settings: RecordsSettings, places: Places) -> Path | str:
    if not settings.url:
        return places.under(settings.path)
    password = secret_of(settings.secret_env)
    if password is None:
        return settings.url
    head, _, tail = settings.url.partition("://")
    user, at, rest = tail.rpartition("@")
    return f"{head}://{user}:{quote(password, safe='')}{at}{rest}"


def _connector(crm: Crm) -> Connector:
    return Connector(
        url=crm.url,
        record_url=crm.record_url,
        token=secret_of(crm.secret_env) or "",
        deadline_ms=crm.deadline_ms,
        cache_ms=crm.cache_ms,
        form=crm.form,
    )
