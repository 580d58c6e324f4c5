"""A small centre's configuration directory: two services, two queues, texts that are recorded signals.

`directe` (01 99 00 00 01) leads straight into the queue `conseil`; `accueil` (01 99 00 00 02) welcomes and asks.  Each
text's recording is noise of its own, so that what a telephone hears can be told from anything else.  What
config/ would not allow to be so short (an offer of two seconds) is set on the frozen Centre by `quick`.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import wave
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

from core.centre import Centre
from runtime.settings import Loaded
from runtime.settings.content import seal
from tests import centres
from tests.asterisk.ground import AMI_PORT, SIP_PORT, Site
from traffic.sound import RATE_HZ, Samples

DIRECT: Final = "0199000001"
WELCOME: Final = "0199000002"
SECOND_TEAM: Final = "0199000003"
MESSAGE: Final = "0199000004"
CLOSED: Final = "0199000005"
SPOKEN: Final = "0199000006"
UNKNOWN: Final = "0199000077"
CALLABLE: Final = "0199000009"
READY: Final = "*10"
LUNCH: Final = "*20"
LOG_IN: Final = "*98"
LOG_OUT: Final = "*99"

TEXTS: Final[dict[str, str]] = {
    **centres.asking_where().texts["fr"],
    "horaires.tous": "Nous sommes ouverts.",
    "message.recu": "Votre message est enregistré.",
    "urgence.panne": "Suite à une panne.",
    "dialogue.silence_parole": "Je ne vous ai pas entendu.",
    "dialogue.pas_compris": "Je ne vous ai pas compris.",
    "dialogue.confirmer": "Est-ce bien cela ?",
    "dialogue.lequel": "Est-ce le premier, ou le second ?",
}
# What the centre records and hears was assessed: without it no such configuration is read.
ASSESSED = {"signed_by": "Essai", "signed_on": "2026-11-02", "covers": ["messages", "speech", "outside_engine"]}
# How long each recording lasts; the welcome is long enough to be cut.
SECONDS: Final[dict[str, float]] = {
    "accueil.bienvenue": 2.0,
    "menu.choix": 2.0,
    **{f"chiffre.{digit}": 0.4 for digit in range(10)},
}
SHORT_S: Final = 0.6


@dataclass(frozen=True, kw_only=True)
class SmallCentre:
    """What a test may want otherwise.  Agents are `a1`, `a2`… at telephones 2001, 2002…; the last ones, `second_team`
    of them, serve the queue `autre` instead of `conseil`.  With `supervised` there is `chef`, a supervisor."""

    agents: int = 6
    second_team: int = 1
    max_waiting: int = 200
    overflow: Any = None  # of the queue `conseil`
    conseil: dict[str, Any] = field(default_factory=dict)  # further fields of that queue
    sectors: dict[str, list[str]] = field(default_factory=dict)  # of each agent
    by_commune: bool = False
    announce: tuple[str, ...] = ("position", "wait")
    answer_after: str = "0s"
    speak_after: str = "0s"
    wrap_up: str = "0s"
    answer: str = "manual"
    offer: str = "5s"
    announce_every: str = "60s"
    callback: dict[str, Any] = field(default_factory=dict)
    recorded: bool = True
    calls_out: bool = False
    supervised: bool = False
    directory: dict[str, Any] = field(default_factory=dict)
    ami: dict[str, Any] = field(default_factory=dict)
    telephony: dict[str, Any] = field(default_factory=dict)
    speech: dict[str, Any] = field(default_factory=dict)  # the block of that name: then SPOKEN listens
    more: dict[str, Any] = field(default_factory=dict)  # further blocks of centre.yaml

    def write(self, site: Site) -> Path:
        """Writes the directory `site.config` (JSON is YAML too) and gives it; of another centre's dialogues, nothing
        stays there."""
        for folder in ("scripts", "texts", "prompts"):
            shutil.rmtree(site.config / folder, ignore_errors=True)
        (site.config / "urgences.yaml").unlink(missing_ok=True)
        for folder in ("scripts", "texts", "prompts/fr"):
            (site.config / folder).mkdir(parents=True)
        _write(site.config / "centre.yaml", self._centre(site))
        _write(site.config / "scripts/directe.yaml", SECTOR_SCRIPT if self.by_commune else DIRECT_SCRIPT)
        _write(site.config / "scripts/autre.yaml", SECOND_SCRIPT)
        _write(site.config / "scripts/accueil.yaml", WELCOME_SCRIPT)
        _write(site.config / "scripts/message.yaml", MESSAGE_SCRIPT)
        _write(site.config / "scripts/ferme.yaml", CLOSED_SCRIPT)
        if self.speech:
            _write(site.config / "scripts/parole.yaml", SPOKEN_SCRIPT)
        if "script" in self.callback:
            _write(site.config / "scripts/rappel.yaml", WHERE_SCRIPT)
        _write(site.config / "texts/fr.yaml", TEXTS)
        for key, words in TEXTS.items() if self.recorded else ():
            if "{" not in words:
                record(site.config / f"prompts/fr/{key}.wav", signature(key))
        return site.config

    def _centre(self, site: Site) -> dict[str, Any]:
        queue = {"offer": self.offer, "max_waiting": self.max_waiting, "announce_every": self.announce_every}
        queue["announce"] = list(self.announce)
        overflow = {"overflow": self.overflow} if self.overflow else {}
        callback = {"callback": {"between": "00:00-24:00", **self.callback}} if self.callback else {}
        times = {"answer_after": self.answer_after, "speak_after": self.speak_after, "safe_queue": "conseil"}
        services = {
            "directe": {"title": "Ligne directe", "numbers": [DIRECT], "script": "directe", **times},
            "accueil": {"title": "Allo Essai", "numbers": [WELCOME], "script": "accueil", **times},
            "autre": {"title": "Autre ligne", "numbers": [SECOND_TEAM], "script": "autre", **times},
            "message": {"title": "Répondeur", "numbers": [MESSAGE], "script": "message", **times},
            "jamais": {
                "title": "Toujours fermé",
                "numbers": [CLOSED],
                "script": "directe",
                "hours": "jamais",
                "closed_script": "ferme",
                **times,
            },
        }
        if self.speech:
            services["parole"] = {"title": "Ligne qui écoute", "numbers": [SPOKEN], "script": "parole", **times}
        return {
            **self.more,
            **({"speech": self.speech} if self.speech else {}),
            "assessment": ASSESSED,
            "name": "Centre d'essai",
            "languages": {"fr": {"voice": "fr", "pace": 150}},
            "services": services,
            "hours": {"jamais": {"title": "jamais", "week": {"lun": "08:00-09:00"}, "dates": {"01/01-31/12": "ferme"}}},
            "skills": {"accueil": "Accueil"},
            "queues": {
                "conseil": {"title": "Conseil", **queue, **overflow, **callback, **self.conseil},
                "autre": {"title": "Autre équipe", **queue, **callback},
            },
            "agents": {
                f"a{number}": {
                    "display": f"Agent {number}",
                    "phone": phone_of(number),
                    "skills": {"accueil": 1},
                    "queues": ["autre" if number > self.agents - self.second_team else "conseil"],
                    "wrap_up": self.wrap_up,
                    "answer": self.answer,
                    **({"sectors": self.sectors[f"a{number}"]} if f"a{number}" in self.sectors else {}),
                }
                for number in range(1, self.agents + 1)
            }
            | (SUPERVISOR if self.supervised else {}),
            "directory": self.directory,
            "ring_no_answer": {"misses": 2},
            "codes": {
                READY: {"wish": "ready"},
                LUNCH: {"wish": "pause", "reason": "dejeuner"},
                LOG_IN: {"wish": "log_in"},
                LOG_OUT: {"wish": "log_out"},
            },
            "telephony": {
                "mode": "own",
                "node": "essai",
                "ami": {"host": site.host, "port": AMI_PORT, "user": "allo", **self.ami},
                "sip": {"bind": site.host, "port": SIP_PORT, "phones": [site.office]},
                "rtp": {"first": 10_000, "last": 19_999},
                **self.telephony,
            },
            "trunks": {
                "operateur": {
                    "match": [site.trunk],
                    "show": CALLABLE,
                    **({"proxies": [f"{site.trunk}:{SIP_PORT}"], "qualify": "1h"} if self.calls_out else {}),
                }
            },
        }


SUPERVISOR: Final = {
    "chef": {
        "display": "Odile Chef",
        "phone": "2900",
        "skills": {"accueil": 1},
        "queues": ["conseil", "autre"],
        "role": "supervisor",
        "log_in_with_phone": False,
    }
}
DIRECT_SCRIPT: Final = {"start": "vers", "steps": {"vers": {"do": "hand_over", "queue": "conseil", "topic": "essai"}}}
SECTOR_SCRIPT: Final = {
    "start": "vers",
    "steps": {"vers": {"do": "hand_over", "queue": "conseil", "topic": "essai", "sector": "commune"}},
}
SECOND_SCRIPT: Final = {"start": "vers", "steps": {"vers": {"do": "hand_over", "queue": "autre", "topic": "essai"}}}
CLOSED_SCRIPT: Final = {
    "start": "moment",
    "steps": {
        "moment": {"do": "notices", "then": "ferme"},
        "ferme": {"do": "hang_up", "texts": ["ferme.horaires"]},
    },
}
MESSAGE_SCRIPT: Final = {
    "start": "message",
    "steps": {
        "message": {
            "do": "record",
            "texts": ["message.invitation"],
            "queue": "conseil",
            "topic": "essai",
            "silence": "2s",
            "longest": "1min",
            "then": "recu",
            "otherwise": "vide",
        },
        "recu": {"do": "hang_up", "texts": ["message.recu"]},
        "vide": {"do": "hang_up", "texts": ["message.vide"]},
    },
}
SPOKEN_SCRIPT: Final = {
    "start": "question",
    "steps": {
        "question": {
            "do": "listen",
            "texts": ["menu.choix"],
            "topics": {},
            "keys": {"0": {"name": "personne", "then": "personne"}},
            "wait": "3s",
            "longest": "15s",
            "attempts": 2,
            "otherwise": "personne",
            "unheard": "touches",
        },
        "touches": {
            "do": "ask",
            "texts": ["accueil.bienvenue"],
            "wait": "1s",
            "attempts": 2,
            "keys": {"1": {"name": "conseil", "then": "personne"}, "5": {"name": "horaires", "then": "horaires"}},
            "otherwise": "personne",
        },
        "horaires": {"do": "hang_up", "texts": ["horaires.tous"]},
        "personne": {"do": "hand_over", "queue": "conseil", "topic": "essai"},
    },
}
WHERE_SCRIPT: Final = {
    "start": "ou",
    "steps": {
        "ou": {"do": "number", "texts": ["rappel.numero"], "otherwise": "attendre", "attempts": 2},
        "attendre": {"do": "hand_over"},
    },
}
WELCOME_SCRIPT: Final = {
    "start": "accueil",
    "steps": {
        "accueil": {"do": "say", "texts": ["accueil.bienvenue"], "then": "numero"},
        "numero": {
            "do": "branch",
            "on": "withheld",
            "cases": {"oui": "masque", "non": "menu"},
            "otherwise": "menu",
        },
        "masque": {"do": "say", "texts": ["accueil.masque"], "then": "menu"},
        "menu": {
            "do": "ask",
            "texts": ["menu.choix"],
            "wait": "1s",
            "attempts": 2,
            "keys": {
                "1": {"name": "conseil", "then": "conseil"},
                "5": {"name": "horaires", "then": "horaires"},
            },
            "otherwise": "conseil",
        },
        "horaires": {"do": "hang_up", "texts": ["horaires.tous"]},
        "conseil": {"do": "hand_over", "queue": "conseil", "topic": "essai"},
    },
}


def phone_of(number: int) -> str:
    """The SIP account of agent `number`."""
    return str(2000 + number)


def signature(key: str) -> Samples:
    """The recording of a text: noise between 300 and 3,400 Hz that no other text has."""
    count = round(SECONDS.get(key, SHORT_S) * RATE_HZ)
    seed = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big")
    noise = np.fft.rfft(np.random.default_rng(seed).normal(size=count))
    hertz = np.fft.rfftfreq(count, 1 / RATE_HZ)
    noise[(hertz < 300) | (hertz > 3_400)] = 0
    samples = np.fft.irfft(noise, count)
    return np.asarray(samples / np.abs(samples).max() * 12_000, np.int16)


def quick(loaded: Loaded, **queue: int) -> Loaded:
    """`loaded` with other values in every queue (`offer_ms=2_000`), shorter than a person may write."""
    centre: Centre = loaded.centre
    queues = {name: msgspec.structs.replace(row, **queue) for name, row in centre.queues.items()}
    sealed, content = seal(msgspec.structs.replace(centre, queues=queues))
    return msgspec.structs.replace(loaded, centre=sealed, content=content)


def _write(file: Path, content: object) -> None:
    file.write_text(json.dumps(content, indent=1, ensure_ascii=False), encoding="utf-8")


def record(file: Path, samples: Samples) -> None:
    if file.exists():
        return
    with wave.open(str(file), "wb") as wav:
        wav.setparams((1, 2, RATE_HZ, 0, "NONE", ""))
        wav.writeframes(samples.astype("<i2").tobytes())
