"""The edges of one platform, each made from the configuration: what it needs is handed to it here and nowhere else.

To add an edge: make it in `Edges.__init__` (its place there is its place at the start), and that is all.  What it
performs it says itself (`performs`); one that has `hear` gets every kept step (core.ports.Hearer).
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection, Iterator
from typing import Final

from acd.turn import place_in_queue
from core import events as e
from core.errors import ConfigurationFault
from core.events.base import Event
from core.ports import Edge, Recordings, Records
from core.script import Details, Listen
from crm_bridge.perform import CitizenRecords
from runtime import tools
from runtime.accounts import make_passwords, make_sessions, make_tokens
from runtime.callers import SECRET, recogniser
from runtime.crm import make_records
from runtime.kernel import Kernel
from runtime.memory import make_recordings
from runtime.places import Places, Secrets
from runtime.scaled.remote import RemoteEdge
from runtime.scaled.webhook_process import WebhookProcess
from runtime.settings import Loaded, Settings, Trunk
from runtime.settings import Telephony as TelephonySettings
from runtime.settings.dangers import load_sayings
from runtime.settings.lines import known_by_address_first
from runtime.settings.sectors import names_of
from runtime.settings.topics import load_examples
from softphone_ui.perform import Pages
from softphone_ui.tokens import Door
from speech.engines.outside import Outside
from speech.hear import Hearing
from speech.meaning import Lessons
from speech.music import write_music
from speech.perform import Speech
from speech.reading import Reading
from speech.second import Second
from speech.understand.message import own
from speech.understand.nir import masked
from telephony.conf import NodeSettings, PhoneAccount, Tls
from telephony.conf_trunks import Registration, TrunkAccount
from telephony.link import AmiAddress
from telephony.nodes import AttachedNode, OwnNode
from telephony.perform import Telephony

AWAY: Final = ("telephony", "speech", "pages", "webhooks")
"""Parts that can work in a process of their own (`./allo up --role …`); records go with the pages, which read them."""


class Edges:
    """Every edge, in the order in which they start; telephony comes last, for it lets callers in, and stops first.

    Those named in `away` are in other processes; `node` is None when telephony is.
    """

    def __init__(self, loaded: Loaded, places: Places, secrets: Secrets, away: Collection[str] = ()) -> None:
        """Raises ConfigurationFault for a secret's variable that is not set."""
        self.recordings = make_recordings(loaded.settings.journal, places)
        self.speech: Speech | RemoteEdge = (
            RemoteEdge("speech", Speech.performs) if "speech" in away else make_speech(loaded, places)
        )
        self.node: OwnNode | AttachedNode | None = None
        self.telephony: Telephony | RemoteEdge
        self.records: CitizenRecords | RemoteEdge
        self.pages: Pages | RemoteEdge | None
        if "telephony" in away:
            lost = e.NodeLost(cause="bus", node=loaded.settings.telephony.node, reason="processus telephony absent")
            self.telephony = RemoteEdge("telephony", Telephony.performs, lambda _kernel: (lost,))
        else:
            self.node = make_node(loaded, places, secrets)
            self.telephony = make_telephony(loaded, self.node, secrets, self.recordings)
        if "pages" in away:
            self.records = RemoteEdge("records", CitizenRecords.performs)
            self.pages = RemoteEdge(Pages.name, Pages.performs, _pages_closed, asks=True)
        else:
            self.records = make_records(loaded.settings.records, places)
            self.pages = make_pages(loaded, places, self.records, self.recordings)
        told = bool(loaded.settings.webhooks.endpoints) and "webhooks" not in away
        self.webhooks = WebhookProcess(loaded, places) if told else None
        webhooks = (self.webhooks,) if self.webhooks is not None else ()
        pages = (self.pages,) if self.pages is not None else ()
        self.all: tuple[Edge | RemoteEdge, ...] = (self.speech, self.records, *webhooks, *pages, self.telephony)

    def __iter__(self) -> Iterator[Edge | RemoteEdge]:
        return iter(self.all)

    @property
    def away(self) -> tuple[RemoteEdge, ...]:
        return tuple(edge for edge in self.all if isinstance(edge, RemoteEdge))


def make_telephony(loaded: Loaded, node: OwnNode | AttachedNode, secrets: Secrets, recordings: Recordings) -> Telephony:
    telephony = Telephony(node, recogniser(secrets.get(SECRET)), recordings)
    telephony.use(loaded.centre)
    return telephony


def make_node(loaded: Loaded, places: Places, secrets: Secrets) -> OwnNode | AttachedNode:
    """Raises ConfigurationFault for a secret's variable that is not set."""
    telephony = loaded.settings.telephony
    if telephony.mode == "own":
        return OwnNode(own_settings(loaded, places, secrets))
    with _told():
        secret = secrets.get("ami", telephony.ami.secret_env)
    return AttachedNode(telephony.node, AmiAddress(telephony.ami.host, telephony.ami.port, telephony.ami.user, secret))


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """A secret's variable that is not set is told as the fault of the configuration that it is."""
    try:
        yield
    except KeyError as missing:
        raise ConfigurationFault(
            [f"secret_env: la variable d'environnement {missing} n'est pas définie : définissez-la"]
        ) from None


def _pages_closed(kernel: Kernel) -> Iterator[Event]:
    """The process of the pages is gone: nobody has a page open any more."""
    for agent in kernel.mind("calls").pages:
        yield e.PageSeen(cause="bus", agent=agent, open=False)


def make_pages(loaded: Loaded, places: Places, records: Records, recordings: Recordings) -> Pages | None:
    """None where the configuration wants none."""
    where = loaded.settings.pages
    if where is None:
        return None
    passwords, sessions = (
        make_passwords(loaded.settings.journal, places),
        make_sessions(loaded.settings.journal, places),
    )
    recognise = recogniser(Secrets(places.secrets).get(SECRET))
    door = Door(make_tokens(loaded.settings.journal, places), _as_written)
    return Pages(where, loaded.centre, passwords, records, recordings, place_in_queue, recognise, sessions, door)


def _as_written(text: str) -> str:
    """What the writer wrote, numbers of social security hidden before anything is made of it."""
    return masked(own(text))


def make_speech(loaded: Loaded, places: Places) -> Speech:
    steps = (step for script in loaded.centre.scripts.values() for step in script.steps.values())
    listens = any(isinstance(step, Listen | Details) for step in steps)
    return Speech(
        cache=places.prompts,
        recordings=loaded.settings.recordings,
        voices=loaded.settings.voices,
        command=tools.command("espeak"),
        hearing=Hearing(
            loaded.settings.speech,
            _lessons(loaded, places) if loaded.settings.speech.models else Lessons(),
            wanted=listens,
            second=_second(loaded.settings),
        ),
        reading=Reading(_lessons(loaded, places)),
    )


def _second(settings: Settings) -> Second:
    """Raises ConfigurationFault for a key whose variable is not set."""
    engine = settings.outside_engine
    if engine is None:
        return Second()
    with _told():
        secret = os.environ[engine.secret_env] if engine.secret_env is not None else ""
    discreet = [name for name, signal in settings.urgencies.signals.items() if signal.discreet]
    return Second(Outside(engine, settings.topics, secret), discreet)


def _lessons(loaded: Loaded, places: Places) -> Lessons:
    """Raises ConfigurationFault for examples that cannot be read."""
    settings = loaded.settings
    examples = load_examples(settings.root, settings.topics) if settings.topics else ()
    kept = str(places.understanding)
    return Lessons(
        topics=settings.topics,
        examples=examples,
        urgencies=settings.urgencies,
        sayings=load_sayings(settings),
        communes=names_of(settings.root),
        kept=kept,
    )


def own_settings(loaded: Loaded, places: Places, secrets: Secrets) -> NodeSettings:
    """What Allo's own Asterisk is written from; raises ConfigurationFault for a secret's variable that is not set."""
    with _told():
        return _own_settings(loaded, places, secrets)


def _own_settings(loaded: Loaded, places: Places, secrets: Secrets) -> NodeSettings:
    telephony = loaded.settings.telephony
    secret = secrets.get("ami", telephony.ami.secret_env)
    return NodeSettings(
        name=telephony.node,
        command=tools.command("asterisk"),
        directory=places.asterisk,
        ami_user=telephony.ami.user,
        ami_secret=secret,
        address=telephony.sip.bind,
        sip_port=telephony.sip.port,
        ami_address=telephony.ami.host,
        ami_port=telephony.ami.port,
        rtp_first=telephony.rtp.first,
        rtp_last=telephony.rtp.last,
        trunks=tuple(_trunk(trunk) for trunk in telephony.trunks.values()),
        trunks_first=known_by_address_first(telephony.trunks, telephony.sip.phones),
        tls=_tls(loaded),
        phones=tuple(
            PhoneAccount(
                account=agent.phone,
                secret=phone_secret(telephony, secrets, agent.phone),
                show=agent.display,
                encrypted=telephony.sip.encrypted_phones,
            )
            for agent in loaded.centre.agents.values()
        ),
        music=write_music(places.music).parent,
        modules=tools.place("asterisk_modules"),
        data=tools.place("asterisk_data"),
    )


def _trunk(trunk: Trunk) -> TrunkAccount:
    account = trunk.registration
    registration = None
    if account is not None:
        registration = Registration(
            server=account.server,
            user=account.user,
            secret=os.environ[account.secret_env],
            expiry_s=account.expiry_ms // 1_000,
        )
    return TrunkAccount(
        name=trunk.name,
        match=trunk.match,
        registration=registration,
        proxies=trunk.proxies,
        qualify_s=trunk.qualify_ms // 1_000,
        transport=trunk.transport,
        encryption=trunk.encryption,
        codecs=trunk.codecs,
        session_s=trunk.session_timer_ms // 1_000,
        prack=trunk.prack,
        dtmf=trunk.dtmf,
        fax=trunk.fax_detection,
    )


def _tls(loaded: Loaded) -> Tls | None:
    tls, root = loaded.settings.telephony.sip.tls, loaded.settings.root
    if tls is None:
        return None
    authorities = root / tls.authorities if tls.authorities is not None else None
    return Tls(port=tls.port, certificate=root / tls.certificate, key=root / tls.key, authorities=authorities)


def phone_secret(telephony: TelephonySettings, secrets: Secrets, account: str) -> str:
    """The SIP password of a desk phone."""
    return secrets.get(f"phone.{account}", telephony.phone_secret_env.get(account))
