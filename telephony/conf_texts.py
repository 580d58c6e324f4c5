"""The parts of Asterisk's configuration that are the same everywhere.

`from-trunk` keeps a caller in the AsyncAGI loop for ever: without Allo they hear ringing, or the music they were left
with, until it comes back.  `allo` is where Allo sends them: `answer` opens the line, `hold` keeps them in the holding
bridge, and from both they come back to `caller`, the same loop.  `joined` is where somebody begins whose telephone Allo
rang for whoever is on the channel ALLO_WITH; `dialled` a citizen whom an agent calls: left by the agent, they are
with us; `alone` is where that agent waits for them, and hears ringing.  `kept` is where an agent does who speaks with
somebody while the citizen hears music; `consulted` that somebody, who is kept for a while once left.  `beside` comes
into the bridge that whoever they were rung for is in.  Whoever is joined is played a blink of silence (`p`), which
ends the music for certain (docs/decisions).  Who answers while an order into the music is on its way to the citizen
(ALLO_HELD_FOR) lets it arrive (ALLO_HELD) before they are joined; from whom the citizen is taken by one that came too
late is joined to them again.  `from-agent` lets a desk phone dial star codes and nothing else.
"""

from __future__ import annotations

from typing import Final

from telephony.causes import LEFT
from telephony.conf_trunks import OURSELVES
from telephony.dialled import HEADER_CHARACTERS

REQUIRED: Final = (
    "res_timing_timerfd",
    "res_sorcery_config",
    "res_sorcery_memory",
    "res_sorcery_astdb",
    "res_pjproject",
    "res_pjsip",
    "res_pjsip_session",
    "res_pjsip_sdp_rtp",
    "res_rtp_asterisk",
    "res_pjsip_pubsub",  # chan_pjsip declines to load without it
    "chan_pjsip",
    "res_pjsip_registrar",
    "res_pjsip_authenticator_digest",
    "res_pjsip_endpoint_identifier_ip",
    "res_pjsip_endpoint_identifier_user",
    "pbx_config",
    "res_speech",  # res_agi needs it
    "res_agi",
    "res_musiconhold",
    "bridge_simple",
    "bridge_holding",
    "app_bridgewait",
    "app_userevent",
    "func_logic",
    "func_strings",
    "func_channel",
    "func_callerid",
    "codec_alaw",
)

LOADED: Final = (
    "res_srtp",
    "res_pjsip_outbound_authenticator_digest",
    "res_pjsip_outbound_registration",
    "res_pjsip_caller_id",
    "res_pjsip_nat",
    "res_pjsip_rfc3326",
    "res_pjsip_dtmf_info",
    "res_pjsip_diversion",
    "res_pjsip_refer",  # answers no to a telephone's own transfer; without it nobody answers for half a minute
    "res_pjsip_header_funcs",
    "res_pjsip_dlg_options",
    "codec_ulaw",
    "codec_gsm",
    "codec_resample",
    "format_pcm",
    "format_sln",
    "format_wav",
    "format_gsm",
    "bridge_softmix",
    "bridge_builtin_features",
    "app_stack",
    "app_playtones",
    "app_mixmonitor",
    "app_chanspy",
    "app_bridgeaddchan",
    "res_mutestream",
    "res_audiosocket",
    "app_audiosocket",
    "chan_audiosocket",
    "func_logic",
    "func_global",
    "func_hangupcause",
    "func_pjsip_endpoint",
)

# An order into the music that left before the telephone was answered, and tears the two apart, does so within this.
TORN_S: Final = 3
# On their way from one bridge to another nobody can be joined: tried again after 50 ms, so many times.
JOINED_AGAIN: Final = 20

# Whoever was spoken with, and left, is sent on within milliseconds; without Allo they wait for it so long.
KEPT_S: Final = 60

# No pattern ends in `.` or `!`: these match anything, a line break too, and Asterisk writes the extension raw into its
# events.  What matches nothing gets 404 before there is a channel.  `h`, `i`, `s` and `t` are Asterisk's own.
_DIALLED_DIGITS: Final = 20
_CODE_DIGITS: Final = 4

# A caller's number and name come raw from SIP (`%0D%0A` in a From is a line break): cleaned before anything is told.
_CALLER: Final = r"""
exten => {extension},1,Set(CALLERID(num)=${{FILTER(+0-9,${{CALLERID(num)}})}})
 same => n,Set(CALLERID(name)=${{FILTER(\x20-\x7e\x80-\xff,${{CALLERID(name)}})}})
 same => n,Set(ALLO_CALL=1)
 same => n,Set(ALLO_DIALLED=${{EXTEN}})
 same => n,Set(ALLO_TO=${{FILTER({kept},${{PJSIP_HEADER(read,To)}}):0:{most}}})
 same => n,Set(ALLO_DIVERSION=${{FILTER({kept},${{PJSIP_HEADER(read,Diversion)}}):0:{most}}})
 same => n,GotoIf($[${{LEN(${{ALLO_DIVERSION}})}} = 0]?history)
 same => n,Set(ALLO_DIVERSION=${{ALLO_DIVERSION}}${{FILTER({kept},${{PJSIP_HEADER(read,Diversion,2)}}):0:{most}}})
 same => n(history),Set(ALLO_HISTORY=${{FILTER({kept},${{PJSIP_HEADER(read,History-Info)}}):0:{most}}})
 same => n,GotoIf($[${{LEN(${{ALLO_HISTORY}})}} = 0]?said)
 same => n,Set(ALLO_HISTORY=${{ALLO_HISTORY}}${{FILTER({kept},${{PJSIP_HEADER(read,History-Info,2)}}):0:{most}}})
 same => n(said),Set(GLOBAL(ALLO_LAST_${{CHANNEL(endpoint):6}})={last})
 same => n,Ringing()
 same => n(loop),{agi}
 same => n,Goto(loop)"""

# What is left of a header: numbers and what stands around them (`;` and `>` by their codes).
_KEPT: Final = r"+0-9@:\x3b\x3e\-"
_AGI: Final = "AGI(agi:async,${ALLO_DIALLED},${ALLO_TO},${ALLO_DIVERSION},${ALLO_HISTORY})"
# For ./allo doctor trunk: how the last call of each trunk was dialled, and of its caller the first digits alone.
_LAST: Final = (
    "${EPOCH}/${ALLO_DIALLED}/${ALLO_TO}/${ALLO_DIVERSION}/${ALLO_HISTORY}"
    "/${CALLERID(num):0:-4}/${CALLERID(num-pres):0:6}"
)

# Fax machines call out; Asterisk sends who does so here.  Only one that came by `from-trunk` was cleaned before.
_FAX: Final = """
exten => fax,1,GotoIf($["${ALLO_CALL}" = "1"]?told)
 same => n,Hangup(1)
 same => n(told),UserEvent(AlloFax)
 same => n,Goto(allo,caller,1)"""

_CODE: Final = """
exten => _*{digits},1,Answer()
 same => n,UserEvent(AlloCode,Account: ${{CHANNEL(endpoint)}},Code: ${{EXTEN}})
 same => n,PlayTones(880/120,0/60,1175/180)
 same => n,Wait(0.5)
 same => n,Hangup(16)"""


def _caller(extension: str) -> str:
    return _CALLER.format(extension=extension, kept=_KEPT, most=HEADER_CHARACTERS // 2, last=_LAST, agi=_AGI)


# A registration is called by a name (`allo`), a PABX may leave the name out (`s`): the headers say which service.
_EXTENSIONS: Final = (*(f"_[+0-9]{'X' * count}" for count in range(_DIALLED_DIGITS)), OURSELVES, "s")

EXTENSIONS: Final = f"""\
[general]
static=yes
writeprotect=yes
clearglobalvars=no

[from-trunk]{"".join(_caller(extension) for extension in _EXTENSIONS)}{_FAX}

[allo]
exten => caller,1,{_AGI}
 same => n,Goto(1)
exten => answer,1,Answer()
 same => n,Goto(caller,1)
exten => hold,1,Set(ALLO_HELD=${{ALLO_HELD_FOR}})
 same => n,BridgeWait(allo,participant,e(m)m(default))
 same => n,Goto(caller,1)
exten => joined,1,Set(ALLO_SINCE=${{EPOCH}})
 same => n,Set(ALLO_TRIES=0)
 same => n(look),Set(ALLO_TRIES=$[${{ALLO_TRIES}} + 1])
 same => n,GotoIf($[${{ALLO_TRIES}} > {JOINED_AGAIN} | ${{EPOCH}} - ${{ALLO_SINCE}} >= {TORN_S}]?left)
 same => n,GotoIf($["${{IMPORT(${{ALLO_WITH}},ALLO_HELD_FOR)}}" != "${{UNIQUEID}}"]?join)
 same => n,GotoIf($["${{IMPORT(${{ALLO_WITH}},ALLO_HELD)}}" = "${{UNIQUEID}}"]?join)
 same => n,Wait(0.05)
 same => n,Goto(look)
 same => n(join),Bridge(${{ALLO_WITH}},p)
 same => n,GotoIf($["${{IMPORT(${{ALLO_WITH}},ALLO_HELD_FOR)}}" != "${{UNIQUEID}}"]?left)
 same => n,Wait(0.05)
 same => n,Goto(look)
 same => n(left),Hangup({LEFT})
exten => dialled,1,Bridge(${{ALLO_WITH}},p)
 same => n,Goto(caller,1)
exten => beside,1,BridgeAdd(${{ALLO_WITH}})
 same => n,Hangup({LEFT})
exten => consulted,1,Bridge(${{ALLO_WITH}},p)
 same => n,BridgeWait(allo_alone,participant,e(r)S({KEPT_S}))
 same => n,Hangup({LEFT})
exten => kept,1,BridgeWait(allo_alone,participant,e(r))
 same => n,Goto(1)
exten => alone,1,BridgeWait(allo_alone,participant,e(r))
 same => n,Hangup({LEFT}){_FAX}

[from-agent]{"".join(_CODE.format(digits="X" * count) for count in range(1, _CODE_DIGITS + 1))}
"""

FIXED: Final = {
    "cdr.conf": "[general]\nenable=no\n",
    "cel.conf": "[general]\nenable=no\n",
    "http.conf": "[general]\nenabled=no\n",
    "indications.conf": (
        "[general]\ncountry=fr\n[fr]\ndescription = France\nringcadence = 1500,3500\ndial = 440\nbusy = 440/500,0/500\n"
        "ring = 440/1500,0/3500\ncongestion = 440/250,0/250\ncallwaiting = 440/300,0/10000\n"
        "dialrecall = !350+440/100,!0/100,!350+440/100,!0/100,!350+440/100,!0/100,350+440\nrecord = 1400/500,0/15000\n"
        "info = !950/330,!1400/330,!1800/330,0\nstutter = !440/100,!0/100,!440/100,!0/100,440\n"
    ),
    "acl.conf": "",
    "ccss.conf": "",
    "codecs.conf": "",
    "pjproject.conf": "",
    "sorcery.conf": "",
    "stasis.conf": "",
    "udptl.conf": "",
}
