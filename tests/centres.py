"""Small centres for tests: built from one another by name, so that a scenario says in a word where it plays.

petit       two queues, three agents; the script greets, asks, hands over or tells the opening hours
étroit      petit with a single place in each queue
pressé      petit where a caller is told the position every 5 s and offers last 8 s
spécialisé  petit where RSA asks for level 3: only alice knows enough
réformé     petit after a reload: queue rsa is gone, alice has left, the script greets otherwise
automatique petit where alice's telephone answers by itself
minuté      petit with hours: 08:30 to 08:31, nobody new in the last 20 s, callbacks then; unknown numbers are told
ménagé      petit with rules for what agents do between two calls: pauses with limits, wrap-up, breath
débordant   petit where nobody waits long: from rsa to generaliste after 10 s, then a message; nobody at work, at once
rappelant   petit that calls back whoever presses 1 while they wait; two places
appelant    rappelant that calls them before their agent, twice at most; five places
demandant   rappelant that asks at which number
partagé     petit for two organisations: alice supervises Aure, chloé answers for Brème, bruno for both
parlant     petit whose callers say what they want: the RSA, housing, or danger
renseigné   parlant that asks whoever calls about the RSA for details: commune, telephone, date of birth, file number
curieux     renseigné that asks for details before anything else
bilingue    parlant in English as well, by 6 (tests/bilingual.py)
mêlé        petit where tasks are brought to agents between calls, and taken back after 5 s
élargi      petit after a reload: chloé works for rsa as well
plafonné    spécialisé where less is asked step by step, and nobody is passed over for longer than 30 s
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from core import ids
from core.centre import (
    UNKNOWN_NUMBER,
    Agent,
    Capacity,
    Centre,
    Code,
    Entry,
    Hours,
    Line,
    Load,
    Outgoing,
    Pause,
    Queue,
    Service,
    Tasks,
    Tenant,
    Topic,
    Verified,
    WrapUpCode,
)
from core.mind import Configurations
from core.needs import Callback, Distribution, Overflow, Referent, Relax, Skill, Turn
from core.script import (
    Ask,
    Branch,
    Choice,
    HandOver,
    HangUp,
    Listen,
    Notices,
    Record,
    Say,
    Script,
    Step,
    TakeNumber,
)
from runtime.kernel import Kernel
from tests.bilingual import bilingual
from tests.inquiring import SPEECH_TEXTS, beginning_with_details, inquire
from tests.words import TEXTS

START_MS: Final = 1_791_786_600_000
"""Monday 12 October 2026, 08:30 in Paris: a centre opens."""

NUMBER: Final = "+33199001000"

SCRIPT: Final = Script(
    name="accueil",
    start="bienvenue",
    steps={
        "bienvenue": Say(texts=("accueil.bienvenue",), then="numero"),
        "numero": Branch(on="withheld", cases={"oui": "masque"}, otherwise="menu"),
        "masque": Say(texts=("accueil.masque",), then="menu"),
        "menu": Ask(
            texts=("menu.choix",),
            keys={
                "1": Choice(name="rsa", then="vers_rsa"),
                "2": Choice(name="horaires", then="horaires"),
                "9": Choice(name="repeter", then="menu"),
                "0": Choice(name="conseiller", then="generaliste"),
                "8": Choice(name="message", then="message"),
            },
            otherwise="generaliste",
            attempts=2,
        ),
        "horaires": HangUp(texts=("horaires",)),
        "message": Record(
            texts=("message.invitation",), queue="rsa", topic="rsa", then="merci", otherwise="rien_entendu"
        ),
        "merci": HangUp(texts=("message.merci",)),
        "rien_entendu": Say(texts=("message.vide",), then="generaliste"),
        "vers_rsa": Say(texts=("transfert.rsa",), then="rsa"),
        "rsa": HandOver(queue="rsa", topic="rsa"),
        "generaliste": HandOver(queue="generaliste"),
    },
)

AGENTS: Final = (
    Agent(
        name="alice",
        display="Alice",
        phone="1001",
        skills={"rsa": 3, "accueil": 1},
        queues=("rsa", "generaliste"),
        wrap_up_ms=10_000,
        tenants=("aure",),
    ),
    Agent(
        name="bruno",
        display="Bruno",
        phone="1002",
        skills={"rsa": 1, "accueil": 2},
        queues=("rsa", "generaliste"),
        wrap_up_ms=10_000,
        tenants=("aure",),
    ),
    Agent(
        name="chloé",
        display="Chloé",
        phone="1003",
        skills={"accueil": 3},
        queues=("generaliste",),
        wrap_up_ms=10_000,
        tenants=("aure",),
    ),
)


TO_RECEPTION: Final = (Overflow(when="full", to="generaliste"),)


def small() -> Centre:
    """petit"""
    return Centre(
        digest="petit",
        name="Département du Val-d'Aure",
        services={
            "solidarites": Service(
                name="solidarites",
                title="Allo Solidarités",
                numbers=(NUMBER,),
                script="accueil",
                safe_queue="generaliste",
                tenant="aure",
            )
        },
        scripts={"accueil": SCRIPT},
        queues={
            "rsa": Queue(name="rsa", title="RSA", skills=(Skill(name="rsa"),), max_waiting=5, overflow=TO_RECEPTION),
            "generaliste": Queue(name="generaliste", title="Accueil", skills=(Skill(name="accueil"),), max_waiting=5),
        },
        agents={agent.name: agent for agent in AGENTS},
        outgoing=Outgoing(alert_refused=1),
        directory={
            "mdph": Entry(name="mdph", title="MDPH", number="01 99 00 20 00", deputy="standard"),
            "standard": Entry(name="standard", title="Standard", number="4501", roles=("agent",)),
            "secours": Entry(
                name="secours",
                title="SAMU",
                number="01 99 00 15 15",
                verified=Verified(on="2026-11-02", by="Mme Morel"),
            ),
        },
        lines={"operateur": Line(name="operateur", channels=30, reserved=3, show="+33199001009")},
        codes={"*10": Code(dial="*10", wish="ready"), "*20": Code(dial="*20", wish="pause", reason="dejeuner")},
        texts={"fr": TEXTS},
    )


def with_queues(centre: Centre, digest: str, **changes: Any) -> Centre:
    """`centre` with `changes` in every queue."""
    queues = {name: msgspec.structs.replace(queue, **changes) for name, queue in centre.queues.items()}
    return msgspec.structs.replace(centre, digest=digest, queues=queues)


def with_step(centre: Centre, digest: str, **steps: Any) -> Centre:
    """`centre` with other `steps` in its script."""
    script = msgspec.structs.replace(SCRIPT, steps={**SCRIPT.steps, **steps})
    return msgspec.structs.replace(centre, digest=digest, scripts={"accueil": script})


def narrow() -> Centre:
    """étroit"""
    return with_queues(small(), "étroit", max_waiting=1, wrap_up_more_ms=4_000)


def hurried() -> Centre:
    """pressé"""
    return with_queues(small(), "pressé", announce_every_ms=5_000, offer_ms=8_000, wrap_up_more_ms=4_000)


def specialised() -> Centre:
    """spécialisé"""
    expert = HandOver(queue="rsa", skills=(Skill(name="rsa", level=3),), topic="rsa")
    return with_step(small(), "spécialisé", rsa=expert)


def reformed() -> Centre:
    """réformé"""
    centre = with_step(
        small(),
        "réformé",
        bienvenue=HandOver(queue="generaliste"),
        rsa=HandOver(queue="generaliste"),
    )
    agents = {
        name: msgspec.structs.replace(agent, queues=("generaliste",))
        for name, agent in centre.agents.items()
        if name != "alice"
    }
    return msgspec.structs.replace(centre, queues={"generaliste": centre.queues["generaliste"]}, agents=agents)


def widened() -> Centre:
    """élargi"""
    centre = small()
    chloe = msgspec.structs.replace(
        centre.agents["chloé"], skills={"accueil": 3, "rsa": 2}, queues=("generaliste", "rsa")
    )
    return msgspec.structs.replace(centre, digest="élargi", agents={**centre.agents, "chloé": chloe})


def capped() -> Centre:
    """plafonné"""
    centre = with_queues(specialised(), "plafonné", referent=Referent(wait_ms=25_000))
    steps = (
        Relax(after_ms=10_000, lower=2),
        Relax(after_ms=30_000, drop=("rsa",), queues=("generaliste",)),
    )
    queues = {**centre.queues, "rsa": msgspec.structs.replace(centre.queues["rsa"], relax=steps)}
    rules = Distribution(turn=Turn(longest_wait_ms=30_000))
    return msgspec.structs.replace(centre, queues=queues, distribution=rules)


def reserved() -> Centre:
    """réservé"""
    rules = Distribution(
        turn=Turn(order="wait_over_target", longest_wait_ms=60_000),
        agents="least_versatile",
        fairness_ms=10_000,
        keep_free=1,
    )
    return msgspec.structs.replace(specialised(), digest="réservé", distribution=rules)


def automatic() -> Centre:
    """automatique"""
    centre = small()
    alice = msgspec.structs.replace(centre.agents["alice"], answer="auto")
    return msgspec.structs.replace(centre, digest="automatique", agents={**centre.agents, "alice": alice})


def careful() -> Centre:
    """ménagé"""
    centre = with_queues(small(), "ménagé", wrap_up_more_ms=5_000, breath_ms=2_000, referent=Referent(wait_ms=8_000))
    queues = {**centre.queues, "rsa": msgspec.structs.replace(centre.queues["rsa"], code_required=True)}
    pauses = {
        "dejeuner": Pause(name="dejeuner", title="Déjeuner", longest_ms=8_000, at_once=1),
        "appel_difficile": Pause(name="appel_difficile", title="Souffler", longest_ms=6_000, difficult=True),
    }
    codes = {"rsa": WrapUpCode(name="rsa", title="RSA")}
    alice = msgspec.structs.replace(centre.agents["alice"], offer_ms=6_000, breath_ms=0)
    return msgspec.structs.replace(
        centre,
        queues=queues,
        pauses=pauses,
        wrap_up_codes=codes,
        agents={**centre.agents, "alice": alice},
    )


def blended() -> Centre:
    """mêlé"""
    centre = with_queues(small(), "mêlé", pull_back_ms=5_000)
    tasks = Tasks(offered=True, preview_ms=8_000, claim_ms=120_000)
    capacity = Capacity(units=2, channels={"call": Load(units=2), "task": Load(units=1, yields_to=("call",))})
    return msgspec.structs.replace(centre, tasks=tasks, capacity=capacity)


def timed() -> Centre:
    """minuté"""
    centre = small()
    hours = Hours(
        name="matin", title="un instant", rules="Mo-Fr 08:30-08:31", last_admission_ms=20_000, at_closing="callback"
    )
    service = msgspec.structs.replace(
        centre.services["solidarites"], hours="matin", closed_script="ferme", emergency_text="accueil.greve"
    )
    closed = Script(
        name="ferme",
        start="moment",
        steps={
            "moment": Notices(then="quand"),
            "quand": Branch(on="hours", cases={"bientot_ferme": "trop_tard"}, otherwise="ferme"),
            "trop_tard": HangUp(texts=("ferme.bientot",)),
            "ferme": HangUp(texts=("ferme.horaires",)),
        },
    )
    unknown = Service(
        name=UNKNOWN_NUMBER, title="Numéro inconnu", numbers=(), script=UNKNOWN_NUMBER, safe_queue="generaliste"
    )
    told = Script(name=UNKNOWN_NUMBER, start="numero", steps={"numero": HangUp(texts=("numero.inconnu",))})
    return msgspec.structs.replace(
        centre,
        digest="minuté",
        hours={"matin": hours},
        services={"solidarites": service, UNKNOWN_NUMBER: unknown},
        scripts={**centre.scripts, "ferme": closed, UNKNOWN_NUMBER: told},
    )


def overflowing() -> Centre:
    """débordant"""
    centre = small()
    goodbye = Script(
        name="messagerie",
        start="invitation",
        steps={
            "invitation": Record(
                texts=("message.invitation",), queue="rsa", topic="rsa", then="merci", otherwise="rien"
            ),
            "merci": HangUp(texts=("message.merci",)),
            "rien": HangUp(texts=("message.vide",)),
        },
    )
    rules = {
        "rsa": (
            Overflow(when="empty", script="messagerie"),
            Overflow(when="waited", limit_ms=10_000, to="generaliste"),
            Overflow(when="estimated", limit_ms=300_000, callback=True),
        ),
        "generaliste": (Overflow(when="waited", limit_ms=15_000, script="messagerie"),),
    }
    queues = {
        name: msgspec.structs.replace(queue, overflow=rules[name], announce_every_ms=10_000)
        for name, queue in centre.queues.items()
    }
    return msgspec.structs.replace(
        centre, digest="débordant", queues=queues, scripts={**centre.scripts, "messagerie": goodbye}
    )


ELSEWHERE: Final = "+33199009999"
"""A number of Brème's in partagé, and nobody's elsewhere."""


def shared() -> Centre:
    """partagé"""
    centre = small()
    theirs = {"alice": ("aure",), "bruno": ("aure", "breme"), "chloé": ("breme",)}
    agents = {name: msgspec.structs.replace(agent, tenants=theirs[name]) for name, agent in centre.agents.items()}
    agents["alice"] = msgspec.structs.replace(agents["alice"], role="supervisor")
    ours = centre.services["solidarites"]
    other = msgspec.structs.replace(ours, name="pmi", title="Allo PMI", numbers=(ELSEWHERE,), tenant="breme")
    return msgspec.structs.replace(
        centre,
        digest="partagé",
        services={**centre.services, "pmi": other},
        tenants={name: Tenant(name=name, title=name) for name in ("aure", "breme")},
        agents=agents,
    )


def calling_back() -> Centre:
    """rappelant"""
    callback = Callback(tries=1, again_after_ms=60_000, between="00:00-24:00")
    centre = with_queues(small(), "rappelant", callback=callback, max_waiting=2)
    return msgspec.structs.replace(centre, tasks=blended().tasks)


def citizen_first() -> Centre:
    """appelant"""
    centre = calling_back()
    callback = Callback(tries=2, again_after_ms=60_000, between="00:00-24:00", first="citizen")
    return with_queues(centre, "appelant", callback=callback, max_waiting=5)


def asking_where() -> Centre:
    """demandant"""
    centre = calling_back()
    where = TakeNumber(texts=("rappel.numero",), queue="generaliste", otherwise="generaliste", attempts=2)
    again = msgspec.structs.replace(where, queue="")
    steps: dict[str, Step] = {"ou": again, "generaliste": HandOver(queue="")}
    menu = SCRIPT.steps["menu"]
    assert isinstance(menu, Ask)
    keys = {**menu.keys, "8": Choice(name="rappel", then="ou")}
    welcome = {**SCRIPT.steps, "menu": msgspec.structs.replace(menu, keys=keys), "ou": where}
    callback = Callback(tries=1, again_after_ms=60_000, between="00:00-24:00", script="rappel")
    texts = {**TEXTS, **{f"chiffre.{n}": f"chiffre {n}" for n in range(10)}}
    texts |= {"rappel.numero": "Votre numéro ?", "rappel.confirmer": "Exact ?", "rappel.numero_faux": "Non."}
    return msgspec.structs.replace(
        with_queues(centre, "demandant", callback=callback, max_waiting=5),
        scripts={
            "accueil": msgspec.structs.replace(SCRIPT, steps=welcome),
            "rappel": Script(name="rappel", start="ou", steps=steps),
        },
        texts={"fr": texts},
    )


def hearing() -> Centre:
    """parlant"""
    keys = {"0": Choice(name="conseiller", then="generaliste"), "*": Choice(name="silence", then="urgence")}
    steps: dict[str, Step] = {
        **{name: step for name, step in SCRIPT.steps.items() if name not in ("bienvenue", "numero", "masque")},
        "ouverte": Listen(
            texts=("parole.question",),
            topics={"rsa": "rsa", "logement": "generaliste"},
            dangers={"violence": "urgence", "any": "generaliste"},
            keys=keys,
            otherwise="menu",
            unheard="menu",
        ),
        "urgence": Say(texts=("parole.danger",), then="secours"),
        "secours": HandOver(queue="generaliste", topic="danger", emergency=True),
    }
    topics = {
        "rsa": Topic(name="rsa", title="RSA", spoken="le RSA"),
        "fsl": Topic(name="fsl", title="Aide au logement", spoken="l'aide au logement", group="logement"),
        "apa": Topic(name="apa", title="APA", spoken="l'APA"),
    }
    return msgspec.structs.replace(
        small(),
        digest="parlant",
        scripts={"accueil": msgspec.structs.replace(SCRIPT, start="ouverte", steps=steps)},
        texts={"fr": {**TEXTS, **SPEECH_TEXTS}},
        topics=topics,
    )


def inquiring() -> Centre:
    """renseigné"""
    return inquire(hearing())


def inquiring_first() -> Centre:
    """curieux"""
    return beginning_with_details(inquire(hearing()))


CENTRES: Final = {
    "petit": small,
    "étroit": narrow,
    "pressé": hurried,
    "spécialisé": specialised,
    "réformé": reformed,
    "élargi": widened,
    "plafonné": capped,
    "réservé": reserved,
    "automatique": automatic,
    "ménagé": careful,
    "mêlé": blended,
    "minuté": timed,
    "débordant": overflowing,
    "partagé": shared,
    "rappelant": calling_back,
    "appelant": citizen_first,
    "demandant": asking_where,
    "parlant": hearing,
    "renseigné": inquiring,
    "curieux": inquiring_first,
    "bilingue": lambda: bilingual(hearing()),
}


def interaction(number: int) -> ids.InteractionId:
    """The id of the `number`-th interaction: always the same one, in order of number."""
    return ids.mint(START_MS, number.to_bytes(10, "big"))


def configurations(first: Centre) -> Configurations:
    """All the centres, `first` in force."""
    known = Configurations(first)
    for build in CENTRES.values():
        centre = build()
        if centre.digest not in known.by_digest:
            known.add(centre)
    return known


def kernel(centre: Centre | None = None) -> Kernel:
    """A kernel that knows all the centres; `petit` is in force unless another is given."""
    return Kernel(configurations(centre or small()))
