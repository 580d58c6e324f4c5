"""Asterisk's whole configuration, written from a frozen `NodeSettings` into a private directory.

Nothing of /etc/asterisk is read: every file that a loaded module may look for is here, every module is named.  A value
that could be read as more than one line or word is refused (`UnsafeValue`), so that no setting can add a dialplan line.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from core.errors import ConfigurationFault
from telephony import conf_trunks
from telephony.conf_safe import address, path, safe, secret, text
from telephony.conf_texts import EXTENSIONS, FIXED, LOADED, REQUIRED
from telephony.conf_trunks import PREFIX, TrunkAccount
from telephony.translate import WANTED

# The longest path of a Unix socket (sun_path is 108 bytes with its end).
SOCKET_PATH_BYTES: Final = 107
# One frame of A-law silence.
BLINK: Final = b"\xd5" * 160
NAME: Final = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneAccount:
    """A desk phone's SIP account; `show` is the name others see when it calls.

    One that is `encrypted` speaks TLS and SRTP, or not at all.
    """

    account: str
    secret: str = field(repr=False)
    show: str = ""
    encrypted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """How trunks over TLS know us (`certificate`, its `key`) and we them (the certificate `authorities`)."""

    port: int = 5061
    certificate: Path
    key: Path = field(repr=False)
    authorities: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeSettings:
    """One Asterisk of ours.

    `command` starts Asterisk (a list: it may be a loader with its library path); `directory` is private to this node
    and holds everything it writes.  `trunks` are where calls from the public network come from and go to.
    With `trunks_first` an address of a trunk is never taken for a telephone; leave it off where both share an
    address (a demonstration on one machine), then telephones are known by their account first.
    """

    name: str
    command: tuple[str, ...]
    directory: Path
    ami_user: str = "allo"
    ami_secret: str = field(repr=False)
    address: str = "127.0.0.1"
    sip_port: int = 5060
    ami_address: str = "127.0.0.1"
    ami_port: int = 5038
    rtp_first: int = 20_000
    rtp_last: int = 29_999
    trunks: tuple[TrunkAccount, ...] = (TrunkAccount(name="local", match=("127.0.0.1",)),)
    trunks_first: bool = False
    tls: Tls | None = None
    phones: tuple[PhoneAccount, ...] = ()
    music: Path | None = None
    language: str = "fr"
    qualify_s: int = 30
    modules: Path | None = None
    data: Path | None = None

    @property
    def etc(self) -> Path:
        return self.directory / "etc"

    @property
    def main_file(self) -> Path:
        """What `asterisk -C` is given."""
        return self.etc / "asterisk.conf"

    @property
    def blink(self) -> Path:
        """The silence that whoever is joined is played."""
        return self.directory / "var" / "blink.alaw"

    @property
    def log(self) -> Path:
        return self.directory / "log" / "messages"


def tree_of(command: tuple[str, ...]) -> Path:
    """The directory under which the `usr` of this Asterisk stands: / for one installed by the system."""
    binary = Path(os.path.realpath(shutil.which(command[-1]) or command[-1]))
    return binary.parents[2] if binary.parent.name in ("sbin", "bin") and len(binary.parents) > 2 else Path("/")


def modules_of(command: tuple[str, ...]) -> Path:
    """Where the modules of this Asterisk are; raises ConfigurationFault with the remedy."""
    usr = tree_of(command) / "usr"
    for candidate in (*sorted(usr.glob("lib/*/asterisk/modules")), usr / "lib64/asterisk/modules"):
        if (candidate / "chan_pjsip.so").exists():
            return candidate
    plain = usr / "lib/asterisk/modules"
    if (plain / "chan_pjsip.so").exists():
        return plain
    raise ConfigurationFault(
        [f"Asterisk ne démarre pas : modules introuvables sous {usr}. L'installer, ou indiquer « modules »."]
    )


def system_name(settings: NodeSettings) -> str:
    """What Asterisk signs its events with: the node's name and a mark that nobody can guess.

    A caller's number with a line break in it could write whole events into the stream that we read; they cannot
    write this.
    """
    mark = hmac.new(settings.ami_secret.encode(), settings.name.encode(), hashlib.sha256).hexdigest()[:16]
    return f"{safe(settings.name, NAME, 'name')}-{mark}"


def render(settings: NodeSettings) -> dict[str, str]:
    """The text of every file by its name, in `settings.etc`.  Raises UnsafeValue or ConfigurationFault."""
    return {
        "asterisk.conf": _asterisk(settings),
        "modules.conf": _modules(),
        "logger.conf": "[general]\ndateformat=%F %T.%3q\n[logfiles]\nmessages => warning,error\n",
        "manager.conf": _manager(settings),
        "rtp.conf": _rtp(settings),
        "musiconhold.conf": _music(settings),
        "features.conf": f"[general]\nxfersound={path(settings.blink.with_suffix(''), 'directory')}\n",
        "pjsip.conf": _pjsip(settings),
        "extensions.conf": EXTENSIONS,
        **FIXED,
    }


def write(settings: NodeSettings) -> list[str]:
    """Writes what changed, readable by this user alone, and gives the names of those files.  Raises as `render`."""
    texts = render(settings)
    console = settings.directory / "run" / "asterisk.ctl"
    if len(os.fsencode(console)) > SOCKET_PATH_BYTES:
        raise ConfigurationFault(
            [f"directory : chemin trop long pour la console d'Asterisk ({console}), le raccourcir"]
        )
    for name in ("etc", "var", "db", "keys", "spool", "run", "log", "agi", "cache", "moh"):
        (settings.directory / name).mkdir(mode=0o700, parents=True, exist_ok=True)
    settings.directory.chmod(0o700)
    settings.blink.write_bytes(BLINK)
    changed = []
    for name, content in texts.items():
        file = settings.etc / name
        if file.exists() and file.read_text(encoding="utf-8") == content:
            continue
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
            out.write(content)
        changed.append(name)
    return changed


def _asterisk(settings: NodeSettings) -> str:
    home = settings.directory
    places = {
        "astetcdir": settings.etc,
        "astmoddir": settings.modules or modules_of(settings.command),
        "astvarlibdir": home / "var",
        "astdbdir": home / "db",
        "astkeydir": home / "keys",
        "astdatadir": settings.data or tree_of(settings.command) / "usr/share/asterisk",
        "astagidir": home / "agi",
        "astspooldir": home / "spool",
        "astrundir": home / "run",
        "astlogdir": home / "log",
        "astcachedir": home / "cache",
    }
    lines = ["[directories]", *(f"{name} => {path(value, name)}" for name, value in places.items())]
    lines += [
        "[options]",
        f"systemname = {system_name(settings)}",
        f"defaultlanguage = {safe(settings.language, r'[a-z]{2}(_[A-Z]{2})?', 'language')}",
        "documentation_language = en_US",
        "live_dangerously = no",
        "hideconnect = yes",
    ]
    return "\n".join(lines) + "\n"


def _modules() -> str:
    lines = ["[modules]", "autoload=no"]
    lines += [f"require={name}.so" for name in REQUIRED]
    lines += [f"load={name}.so" for name in LOADED]
    return "\n".join(lines) + "\n"


def _manager(settings: NodeSettings) -> str:
    """AMI for one user on one address, with the classes and the events that we use and no more."""
    lines = [
        "[general]",
        "enabled = yes",
        "webenabled = no",
        f"bindaddr = {address(settings.ami_address, 'ami_address')}",
        f"port = {_port(settings.ami_port, 'ami_port')}",
        "timestampevents = yes",
        "authtimeout = 5",
        "authlimit = 20",
        f"[{safe(settings.ami_user, NAME, 'ami_user')}]",
        f"secret = {secret(settings.ami_secret, 'ami_secret')}",
        "deny = 0.0.0.0/0.0.0.0",
        f"permit = {_permitted(settings.ami_address)}",
        "read = system,call,agi,user,dtmf",
        "write = system,call,agi,originate,reporting",
        "writetimeout = 5000",
    ]
    lines += [f"eventfilter(action(include),name({name})) =" for name in sorted(WANTED | {"FullyBooted"})]
    # told before the dialplan has cleaned the caller's number and name
    lines += ["eventfilter(action(exclude),name(Newchannel),header(Channel),method(starts_with)) = PJSIP/trunk-"]
    return "\n".join(lines) + "\n"


def _permitted(ami_address: str) -> str:
    return "127.0.0.0/255.0.0.0" if ami_address.startswith("127.") else f"{address(ami_address, 'ami_address')}/32"


def _rtp(settings: NodeSettings) -> str:
    first, last = _port(settings.rtp_first, "rtp_first"), _port(settings.rtp_last, "rtp_last")
    if last - first < 3:
        raise ConfigurationFault([f"rtp_last : au moins trois ports après rtp_first, était {last - first}"])
    return f"[general]\nrtpstart={first}\nrtpend={last}\nstrictrtp=yes\nicesupport=no\n"


def _music(settings: NodeSettings) -> str:
    music = path(settings.music or settings.directory / "moh", "music")
    return f"[default]\nmode=files\ndirectory={music}\nsort=random\n"


def _pjsip(settings: NodeSettings) -> str:
    order = "ip,username,anonymous" if settings.trunks_first else "username,ip,anonymous"
    bound = f"{address(settings.address, 'address')}:{_port(settings.sip_port, 'sip_port')}"
    lines = [
        "[global]",
        "type=global",
        "user_agent=Allo",
        "default_from_user=anonymous",
        "ignore_uri_user_options=yes",  # a number stays one with ;npdi=yes behind it
        f"endpoint_identifier_order={order}",
        "[system]",
        "type=system",
        "threadpool_initial_size=4",
        "threadpool_auto_increment=4",
        "[udp]",
        "type=transport",
        "protocol=udp",
        f"bind={bound}",
        *_tls(settings),
        *(line for trunk in settings.trunks for line in conf_trunks.sections(trunk, settings.address)),
    ]
    seen = {"udp", "tls", "global", "system"}
    for phone in settings.phones:
        account = safe(phone.account, NAME, "phones.account")
        if account in seen or account.startswith(PREFIX):
            raise ConfigurationFault(
                [f"phones.account : « {account} » est en double ou réservé ; choisir un autre nom"]
            )
        seen.add(account)
        lines += _phone(phone, account, settings)
    return "\n".join(lines) + "\n"


def _tls(settings: NodeSettings) -> list[str]:
    tls = settings.tls
    if tls is None:
        if any(trunk.transport == "tls" for trunk in settings.trunks) or any(one.encrypted for one in settings.phones):
            raise ConfigurationFault(["tls : une ligne ou un poste est en TLS, donner certificat et clé de ce nœud"])
        return []
    return [
        "[tls]",
        "type=transport",
        "protocol=tls",
        "method=tlsv1_2",
        f"bind={address(settings.address, 'address')}:{_port(tls.port, 'tls.port')}",
        f"cert_file={path(tls.certificate, 'tls.certificate')}",
        f"priv_key_file={path(tls.key, 'tls.key')}",
        *((f"ca_list_file={path(tls.authorities, 'tls.authorities')}", "verify_server=yes") if tls.authorities else ()),
    ]


def _phone(phone: PhoneAccount, account: str, settings: NodeSettings) -> list[str]:
    by: dict[str, str] = {}
    if phone.encrypted:
        by = {"transport": "tls", **conf_trunks.encrypted("srtp", "tls", "phones.encrypted")}
    return [
        *conf_trunks.endpoint(account, "from-agent", settings.address, dtmf_mode="rfc4733", **by),
        "identify_by=username",
        f"auth={account}",
        f"aors={account}",
        f'callerid="{text(phone.show or account, "phones.show")}" <{account}>',
        f"[{account}]",
        "type=auth",
        "auth_type=digest",
        f"username={account}",
        f"password={secret(phone.secret, 'phones.secret')}",
        f"[{account}]",
        "type=aor",
        "max_contacts=1",
        "remove_existing=yes",
        f"qualify_frequency={int(settings.qualify_s)}",
        "qualify_timeout=3.0",
        "minimum_expiration=30",
    ]


def _port(number: int, name: str) -> int:
    if not 1 <= number <= 65_535:
        raise ConfigurationFault([f"{name} : un port va de 1 à 65535, était {number}"])
    return int(number)
