"""A small Asterisk of our own for these tests: echo, keys, two registered telephones, nothing else.

The command line comes from ``.allo/READY`` or the environment (ALLO_ASTERISK, …).
"""

from __future__ import annotations

import contextlib
import os
import shlex
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HOST = "127.0.0.9"

_MODULES = """
res_timing_timerfd res_sorcery_config res_sorcery_memory res_sorcery_astdb res_pjproject res_pjsip
res_pjsip_session res_pjsip_sdp_rtp res_rtp_asterisk res_pjsip_pubsub chan_pjsip
res_pjsip_endpoint_identifier_ip res_pjsip_endpoint_identifier_user res_pjsip_authenticator_digest
res_pjsip_outbound_authenticator_digest res_pjsip_registrar res_pjsip_caller_id res_pjsip_nat
res_pjsip_rfc3326 res_pjsip_header_funcs pbx_config codec_alaw codec_ulaw codec_resample format_pcm
format_sln format_wav bridge_simple bridge_native_rtp bridge_softmix app_dial app_playback app_stack
app_verbose app_echo app_read app_senddtmf func_callerid func_channel func_logic func_strings
app_mixmonitor app_playtones
"""

_EMPTY = "acl ccss cdr cel codecs features http manager musiconhold pjproject queues sorcery stasis udptl"

_FILES = {
    "modules.conf": "[modules]\nautoload=no\n" + "".join(f"load={name}.so\n" for name in _MODULES.split()),
    "logger.conf": "[logfiles]\nmessages => notice,warning,error,verbose\n",
    "rtp.conf": "[general]\nrtpstart=30000\nrtpend=31999\nstrictrtp=no\n",
    "indications.conf": (
        "[general]\ncountry=fr\n[fr]\ndescription=fr\nringcadence=1500,3500\ndial=440\n"
        "busy=440/500,0/500\nring=440/1500,0/3500\ncongestion=440/250,0/250\n"
    ),
    "extensions.conf": """\
[default]
exten => 600,1,Answer()
 same => n,Echo()
exten => 601,1,Answer()
 same => n,PlayTones(!700/400,!0/10000)
 same => n,Read(KEYS,,4,,1,8)
exten => 602,1,Answer()
 same => n,Read(KEYS,,4,,1,8)
 same => n,Dial(PJSIP/bob,20,,)
exten => 603,1,Hangup(17)
exten => 604,1,Progress()
 same => n,PlayTones(700)
 same => n,Wait(20)
exten => 605,1,Answer()
 same => n,SendDTMF(159*0#)
 same => n,Wait(1)
 same => n,Hangup()
exten => 606,1,Answer()
 same => n,Read(KEYS,,4,,1,8)
 same => n,SendDTMF(${KEYS})
 same => n,Wait(1)
 same => n,Hangup()
exten => 610,1,Dial(PJSIP/bob,20)
exten => 611,1,Dial(PJSIP/alice,20)
exten => 612,1,Answer()
 same => n,PlayTones(700)
 same => n,Wait(1)
 same => n,StopPlayTones()
 same => n,Read(KEYS,,1,,1,8)
 same => n(again),Dial(PJSIP/alice&PJSIP/bob,20)
 same => n,Wait(1)
 same => n,Goto(again)
""",
    **{f"{name}.conf": "" for name in _EMPTY.split()},
}


@dataclass(frozen=True)
class PrivateAsterisk:
    """A running Asterisk: where it listens, its process id, its directory."""

    server: tuple[str, int]
    pid: int
    home: Path

    def cpu_s(self) -> float:
        """Processor time used so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def commands() -> dict[str, str] | None:
    """The command lines of the tools, None where Asterisk is not installed: `./allo test` names them."""
    return dict(os.environ) if "ALLO_ASTERISK" in os.environ else None


def _pjsip(port: int) -> str:
    text = f"[udp]\ntype=transport\nprotocol=udp\nbind={HOST}:{port}\n"
    text += "[trunk]\ntype=endpoint\ntransport=udp\ncontext=default\ndisallow=all\nallow=alaw\n"
    text += "direct_media=no\nrtp_symmetric=yes\ndtmf_mode=rfc4733\n"
    text += "[trunk]\ntype=identify\nendpoint=trunk\nmatch_header=X-Trunk: yes\n"
    for user in ("alice", "bob"):
        text += (
            f"[{user}]\ntype=endpoint\ntransport=udp\ncontext=default\ndisallow=all\nallow=alaw\n"
            f"direct_media=no\nrtp_symmetric=yes\ndtmf_mode=rfc4733\nauth={user}\naors={user}\n"
            f"[{user}]\ntype=auth\nauth_type=userpass\nusername={user}\npassword=secret-{user}\n"
            f"[{user}]\ntype=aor\nmax_contacts=1\nremove_existing=yes\nqualify_frequency=1\n"
            "minimum_expiration=1\n"
        )
    return text


def _write(home: Path, tools: dict[str, str], port: int) -> None:
    etc = home / "etc"
    for folder in ("etc", "var", "spool", "run", "log"):
        (home / folder).mkdir(parents=True)
    for name, text in _FILES.items():
        (etc / name).write_text(text)
    (etc / "pjsip.conf").write_text(_pjsip(port))
    places = {
        "astetcdir": etc,
        "astmoddir": tools["ALLO_ASTERISK_MODULES"],
        "astdatadir": tools["ALLO_ASTERISK_DATA"],
        "astspooldir": home / "spool",
        "astrundir": home / "run",
        "astlogdir": home / "log",
        **dict.fromkeys(("astvarlibdir", "astdbdir", "astkeydir", "astagidir"), home / "var"),
        "astcachedir": home / "var",
    }
    lines = "".join(f"{name} => {place}\n" for name, place in places.items())
    (etc / "asterisk.conf").write_text(f"[directories]\n{lines}[options]\nlive_dangerously=no\n")


@contextlib.contextmanager
def private_asterisk(home: Path) -> Iterator[PrivateAsterisk]:
    """Start Asterisk in ``home`` on a free UDP port; it answers SIP when this yields; then stop it."""
    tools = commands()
    assert tools is not None
    port = _free_port()
    _write(home, tools, port)
    command = [*shlex.split(tools["ALLO_ASTERISK"]), "-f", "-n", "-C", str(home / "etc" / "asterisk.conf")]
    with (home / "console").open("wb") as console:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=console, stderr=console)
    try:
        _wait_until_it_speaks(process, port)
        yield PrivateAsterisk((HOST, port), process.pid, home)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _wait_until_it_speaks(process: subprocess.Popen[bytes], port: int) -> None:
    """Ask OPTIONS until anything at all comes back."""
    question = (
        f"OPTIONS sip:{HOST}:{port} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;rport;branch=z9hG4bK{{}}\r\n"
        f"From: <sip:probe@127.0.0.1>;tag=p\r\nTo: <sip:{HOST}>\r\nCall-ID: probe\r\nCSeq: 1 OPTIONS\r\n"
        "Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
    )
    deadline_s = time.monotonic() + 20
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.settimeout(0.1)
        probe.bind(("127.0.0.1", 0))
        while time.monotonic() < deadline_s and process.poll() is None:
            probe.sendto(question.format(time.monotonic_ns()).encode(), (HOST, port))
            with contextlib.suppress(TimeoutError, ConnectionRefusedError):
                probe.recv(4096)
                return
    raise RuntimeError(f"Asterisk did not answer SIP in 20 s, exit status was {process.poll()}")
