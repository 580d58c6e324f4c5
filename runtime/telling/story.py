"""The life of one interaction as a text table: what happened (›), what followed (·), what was ordered (‹).

The same words serve `./allo trace`, the scenarios in tests/scenarios and a supervisor who asks what became of a call.
Personal data never appears here: digits, numbers and words are left out.
"""

from __future__ import annotations

import string
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from core import events as e
from core.commands import Command
from core.events.base import Event
from core.ids import LegId, is_agent, is_caller
from core.step import Step
from core.text import Text
from runtime.telling.why import Called, explain, explain_kept, explain_overflow, explain_put_off

PHRASES: Final[dict[str, str]] = {
    # facts
    "CallArrived": "appel reçu pour {dialled}",
    "LegRinging": "le téléphone sonne ({party})",
    "LegAnswered": "ligne ouverte ({party})",
    "LegEnded": "ligne fermée ({party}) : {reason}, code {code}",
    "CallerHeld": "l'appelant est en attente, en musique",
    "CallerReturned": "l'appelant est de retour",
    "LegsBridged": "les deux lignes sont réunies",
    "KeyPressed": "touche pressée",
    "PlaybackEnded": "fin du message (entier : {completed})",
    "PhoneSeen": "téléphone {phone} joignable : {reachable}",
    "NodeSeen": "état du nœud {node} relu",
    "MachineHeard": "une machine appelle : {what}",
    "TrunkChanged": "ligne {trunk} utilisable : {reachable} {reason}",
    "NodeLost": "liaison perdue avec le nœud {node} : {reason}",
    "DialogueStarted": "accueil par le service {service}, script {script}",
    "StepReached": "étape {step}, essai {attempt}",
    "PromptAwaited": "message {prompt} en préparation",
    "PlaybackStarted": "message {prompt}",
    "ListeningStarted": "écoute des touches",
    "ChoiceMade": "choix « {choice} » à l'étape {step}",
    "LanguageChosen": "suite en langue {language} ({how})",
    "DigitTaken": "un chiffre tapé à l'étape {step}",
    "NumberTyped": "numéro à rappeler tapé à l'étape {step}, relu",
    "ChoiceMissed": "pas de choix à l'étape {step} (essai {attempt}) : {why}",
    "SpeechCapacity": "{streams} appelant(s) peuvent parler à la fois {why}",
    "HearingAsked": "écoute de ce que dit l'appelant, étape {step}",
    "HearingPlaced": "le son de l'appelant est attendu",
    "WordsHeard": "l'appelant parle",
    "DangerHeard": "danger entendu : {danger}, niveau {urgency}",
    "SpeechUnderstood": "compris : {reading.topic} ({reading.confidence} %), niveau {reading.urgency} {reading.danger}",
    "HearingEnded": "fin de l'écoute : {why}",
    "DetailDoubted": "renseignement relu à l'appelant, étape {step}",
    "DetailTaken": "renseignement recueilli à l'étape {step} ({how})",
    "DetailSkipped": "renseignement non recueilli à l'étape {step} : {kind} ({why})",
    "TopicDoubted": "à confirmer à l'étape {step} : {topics}",
    "TopicTaken": "sujet retenu à l'étape {step} : {topic} ({how})",
    "DangerTaken": "danger d'abord : {danger}, niveau {urgency}",
    "HeardCorrected": "{agent} corrige ce qui a été compris : {topic}, niveau {urgency}",
    "NeedStated": "besoin établi : file {need.queue}, thème {need.topic}, priorité {need.priority}",
    "DialogueEnded": "fin de l'accueil : {how}",
    "AnnouncementEnded": "annonce terminée",
    "PromptReady": "message {prompt} prêt",
    "InteractionQueued": "mis en file {need.queue}",
    "QueueOverflowed": "file {queue}, {why} ({waiting} en attente) : vers {to}",
    "QueueFull": "file {queue}, {why} : personne ne peut prendre {script}",
    "AgentChosen": "proposé à {agent} ({why.eligible} apte(s) sur {why.available} libre(s), règle {why.rule})",
    "OfferAnswered": "{agent} prend l'appel",
    "OfferMissed": "{agent} ne répond pas ({misses} fois de suite)",
    "OfferDeclined": "{agent} refuse",
    "OfferFailed": "{agent} n'a pas pu être appelé : {reason}",
    "CallbackAsked": "préfère être rappelé, file {queue}",
    "CallbackWished": "rappel demandé par {by} à une heure convenue",
    "CallbackDue": "rappel promis, en file {need.queue}",
    "CallbackChosen": "rappel confié à {agent}",
    "CallbackPutOff": "rappel remis ({why}, {tries} essai(s) sans réponse)",
    "CallbackKept": "rappel tenu",
    "CallbackLeft": "rappel laissé aux agents après {tries} essai(s)",
    "PlaceKept": "place du premier appel gardée",
    "OfferWithdrawn": "proposition retirée à {agent}",
    "AgentAsked": "{agent} demande : {wish} {reason}",
    "AgentStateChanged": "{agent} : {state} {reason}",
    "WishKept": "{agent} l'aura une fois libre : {wish} {reason}",
    "WritingArrived": "écrit reçu ({channel}) pour {service}, par l'accès {system}",
    "WritingUnderstood": "écrit compris : {reading.topic} ({reading.confidence} %), niveau {reading.urgency}",
    "WritingSetAside": "écrit d'une machine : proposé à personne",
    "WritingAnswered": "{agent} a traité l'écrit {code}",
    "WorkOffered": "tâche proposée à {agent}",
    "WorkAnswered": "{agent} répond à la proposition (prise : {take}) {reason}",
    "WorkTaken": "{agent} prend la tâche proposée",
    "WorkDeclined": "{agent} rend la tâche proposée : {reason}",
    "WorkMissed": "{agent} ne répond pas à la proposition ({misses} fois de suite)",
    "WorkPulledBack": "tâche retirée à {agent}, des appels attendent",
    "WorkLeft": "tâche sortie des mains de {agent}",
    "WorkDrafted": "brouillon de {agent}",
    "WrapUpExtended": "{agent} prolonge ses notes",
    "PauseOverran": "{agent} : pause {reason} plus longue que prévu",
    "AnnouncementDue": "annonce : {say}",
    "CallConnected": "en conversation avec {agent}",
    "AgentLost": "{agent} perdu en pleine conversation : {why}",
    "ConversationEnded": "fin de conversation avec {agent}, par : {by}",
    "OpeningChanged": "service {service} : {state}",
    "ServiceAsked": "{by} demande : {wish}",
    "NoticeSet": "service {service} : message de {by} à chaque appel",
    "NoticeLifted": "service {service} : message retiré {by}",
    "ServiceClosed": "service {service} fermé par {by}",
    "ServiceReopened": "service {service} rouvert {by}",
    "WaitAsked": "{by} demande pourquoi cette personne attend",
    "WaitExplained": "file {wait.queue}, place {wait.place}, {wait.before} avant elle",
    "InstructionGiven": "consigne de {by}",
    "ContactMoved": "déplacé de {left} vers {need.queue} {by_whom}",
    "ContactSpeaks": "attend désormais en langue {need.language}, à la même place",
    "ContactKnown": "les fiches disent qui attend : son référent ou son secteur est demandé",
    "ContactRanked": "priorité {need.priority} au lieu de {priority_before}, par {by}",
    "ContactGiven": "donné à {agent} par {by}",
    "AgentForced": "{by} demande pour {agent} : {wish}",
    "QueueShut": "file {queue} fermée par {by} ({tenant}), ceux qui attendent : {waiting}",
    "QueueReopened": "file {queue} rouverte ({tenant}) {by_whom}",
    "QueueClosed": "file {queue} : n'attend plus, {why} {script}",
    "CallbackNoted": "rappel noté, file {queue}",
    "WaitLeft": "quitte la file {queue}, suite par le script {script}",
    "LetIn": "admis au-delà de la capacité de {need.queue}",
    "InteractionEnded": "terminé : {outcome} ({reason})",
    "CentreStarted": "centre démarré, version {release}",
    "ConfigurationApplied": "configuration appliquée",
    "ClockStepped": "horloge de la machine décalée de {by_ms} ms",
    "DeadlineReached": "échéance ({kind})",
    "OrderDone": "ordre {order} accepté",
    "OrderRefused": "ordre {order} refusé : {reason}",
    "OrderFailed": "ordre {order} échoué : {reason}",
    "FactsMissed": "{count} fait(s) manqué(s), état redemandé",
    "Broken": "défaut interne : {error} sur {fact} ({mind})",
    "JournalAlarm": "journal en service : {kept} {reason}",
    "CitizenSought": "fiche recherchée ({tenant})",
    "CitizenFound": "fiche : {how}",
    "CitizenNamed": "{agent} a demandé qui parle, et l'a trouvé",
    "LookUpsUnusual": "consultations inhabituelles ({tenant}) : {count} {why} {agent}",
    "RecordShown": "fiche affichée à {agent} avant la réponse",
    "WrapUpNoted": "{agent} conclut : {code}",
    "PageSeen": "page de {agent} ouverte : {open}",
    "RequestAnswered": "demande {request} faite : {done} {reason}",
    "RecordingStarted": "message demandé, file {queue}",
    "MessageHeard": "{agent} écoute le message",
    "MessageErased": "enregistrement effacé",
    "MessageRecorded": "message laissé ({duration_ms} ms)",
    "TaskOpened": "à faire : {kind}, file {queue}",
    "TaskRepeated": "nouvelle tentative ({attempts})",
    "TaskAsked": "{agent} demande : {wish}",
    "TaskClaimed": "tâche prise par {agent}",
    "TaskReleased": "tâche rendue par {agent}",
    "TaskClosed": "tâche close : {how}",
    "DialAsked": "{agent} demande à appeler un numéro pour le service {service}",
    "DialAllowed": "appel sortant permis ({kind}), ligne {line}",
    "DialRefused": "appel sortant de {agent} refusé ({kind}) : {why}",
    "CallPlaced": "appel sortant de {agent} ({kind})",
    "CitizenDialled": "le numéro est composé pour {agent}",
    "CitizenAnswered": "la personne rappelée a décroché : {agent} lui est réservé",
    "FraudSuspected": "fraude possible : {agent}, {why} {count} fois en une heure, bloqué : {held}",
    "TransferAsked": "{agent} demande un transfert vers {to}",
    "ConsultAsked": "{agent} demande : {wish}",
    "TransferStarted": "transféré par {agent} vers {entry}{colleague} {queue}",
    "HelpAsked": "{agent} demande les secours dans la conversation : {wish} {to}",
    "HelpCalled": "secours appelés dans la conversation : {entry}",
    "HelpJoined": "{entry} est dans la conversation, à trois",
    "HelpEnded": "{entry} n'est pas, ou plus, dans la conversation : {reason}",
    "HelpStays": "{agent} quitte la conversation, {entry} et la personne se parlent",
    "ConsultBegun": "{agent} parle d'abord avec l'interlocuteur",
    "ConversationResumed": "de nouveau en conversation avec {agent}",
    "TransferJoined": "en conversation avec {entry}",
    "TransferFailed": "{entry} n'a pas pris l'appel : {reason}",
    # orders
    "AnswerCall": "décrocher",
    "PlayPrompt": "dire le message",
    "HoldCaller": "mettre en attente",
    "ReturnCaller": "reprendre l'appelant",
    "RingAgent": "appeler {phone}",
    "DialNumber": "composer le numéro, ligne {line}",
    "PartLegs": "mettre en attente et garder l'agent en ligne",
    "JoinLegs": "mettre en relation ({leg})",
    "HangUpLeg": "raccrocher ({party})",
    "PreparePrompt": "préparer le message {prompt}",
    "RecordMessage": "enregistrer le message",
    "EraseMessage": "effacer l'enregistrement",
    "UnderstandWriting": "comprendre l'écrit",
    "SeekCitizen": "chercher la fiche ({tenant})",
    "HearCaller": "écouter l'appelant",
    "OpenSpeech": "mener le son de l'appelant à l'écoute",
    "StopHearing": "ne plus écouter",
    "LookAgain": "redemander l'état du nœud {node}",
}

_VALUES: Final = {
    "True": "oui",
    "False": "non",
    "hung_up": "raccroché",
    "no_answer": "sans réponse",
    "not_registered": "non enregistrée",
    "proxies_silent": "aucun serveur ne répond",
    "declined": "refusé",
    "busy": "occupé",
    "lost": "perdu",
    "left": "laissé seul",
    "available": "disponible",
    "offered": "sollicité",
    "on_interaction": "en conversation",
    "wrap_up": "post-appel",
    "paused": "en pause",
    "missed": "appels sans réponse",
    "on_task": "traite une demande",
    "logged_out": "déconnecté",
    "answered": "traité",
    "resolved": "résolu",
    "converted": "rappel noté",
    "out_of_hours": "hors horaires",
    "unknown_number": "numéro inconnu",
    "open": "ouvert",
    "last_admission": "plus d'admission avant la fermeture",
    "closed": "fermé",
    "announce": "message à chaque appel",
    "withdraw": "plus de message",
    "shut": "fermer plus tôt",
    "reopen": "rouvrir",
    "refused": "pas de ligne, ou plus d'appels permis",
    "abandoned": "abandonné",
    "reached": "joint",
    "unreached": "non joint",
    "agent_unanswered": "le téléphone de l'agent n'a pas répondu",
    "cancelled": "annulé par l'agent",
    "congestion": "réseau encombré",
    "unreachable": "injoignable",
    "agent_busy": "agent occupé",
    "agent_away": "agent absent",
    "destination": "destination non permise",
    "emergency": "numéro d'urgence",
    "line_full": "ligne pleine",
    "machine": "machine",
    "robot": "automate",
    "handed_over": "confié à une personne",
    "gone": "l'appelant est parti",
    "silence": "silence",
    "wrong_key": "touche inconnue",
    "caller": "appelant",
    "agent": "agent",
    "fault": "panne",
    "transfer": "transfert",
    "claim": "prendre la tâche",
    "release": "rendre la tâche",
    "close": "clore la tâche",
    "callback": "rappel promis",
    "written": "un écrit",
    "join": "mettre les deux en relation",
    "take_back": "reprendre l'usager",
    "bring": "les appeler",
    "dismiss": "y renoncer",
    "leave": "les laisser ensemble",
    "phone_gone": "son téléphone ne répond plus",
    "leg_failed": "sa ligne est tombée",
    "unseen": "sa ligne n'est plus là",
    "held": "l'appelant a été mis en attente",
    "done": "faite",
    "got_through": "mis en relation",
    "replaced": "remplacée",
    "called_off": "annulée",
    "call_off": "annuler le rappel",
    "hour": "à une heure convenue",
    "expired": "trop tard",
    "longest_idle": "libre depuis le plus longtemps",
    "least_versatile": "le moins polyvalent",
    "preferred": "l'agent connu de la personne",
    "given": "consigne",
    "full": "pleine",
    "empty": "personne en poste",
    "waited": "attente trop longue",
    "estimated": "attente estimée trop longue",
    "keep": "servis ici",
    "overflow": "vers le débordement",
    "ready": "disponible",
    "pause": "pause",
    "log_in": "connexion",
    "log_out": "déconnexion",
    "cancel": "plus rien après l'appel",
    "finish": "fin des notes",
    "longer": "plus de temps pour les notes",
    "persons": "personnes trouvées par nom en une heure, par",
    "agents": "agents ont cherché la même personne en un jour",
    "one": "trouvée",
    "unsure": "numéro à confirmer",
    "several": "plusieurs personnes",
    "none": "aucune",
    "shared": "numéro partagé",
    "withheld": "numéro masqué",
    "late": "trop tard",
    "away": "injoignable",
    "too_long": "trop long",
    "stopped": "arrêtée",
    "failed": "panne",
    "clear": "dit clairement",
    "key": "par la touche",
    "said": "nommée par la personne",
    "record": "d'après la fiche",
    "confirmed": "confirmé",
    "chosen": "choisi",
}


class _Words(string.Formatter):
    """Fills a phrase; values known to the glossary come out in French, absent ones empty."""

    def format_field(self, value: Any, _spec: str) -> str:
        if isinstance(value, tuple):
            return ", ".join(one.key if isinstance(one, Text) else str(one) for one in value)
        text = "" if value is None else str(value)
        return _VALUES.get(text, text)


_WORDS: Final = _Words()
ORDERED: Final = (e.ContactMoved, e.ContactRanked, e.ContactGiven)
"""What supervisors order about somebody, with their reason."""
INTERACTION_CHARACTERS: Final = 36
"""A task is named after the interaction that left it."""


def phrase(said: Event | Command) -> str:
    """One line for one fact or order, in French, without personal data."""
    name = type(said).__name__
    fields = {field: getattr(said, field) for field in said.__struct_fields__}
    leg = fields.get("leg")
    fields["by_whom"] = f"par {by}" if (by := fields.get("by")) else ""
    if fields.get("shut"):
        fields["why"] = "fermée par une consigne"
    fields["party"] = "" if leg is None else _party(leg)
    return _WORDS.vformat(PHRASES[name], (), fields).rstrip(" ,")


def _party(leg: LegId) -> str:
    return "appelant" if is_caller(leg) else "agent" if is_agent(leg) else "numéro composé"


def concerns(step: Step, interaction: str) -> bool:
    """Whether anything of the step is about the interaction."""
    return any(about(said) == interaction for said in _said(step))


def _said(step: Step) -> Iterable[Event | Command]:
    yield step.input
    yield from step.facts
    for order in step.orders:
        yield order.command


def about(said: Event | Command) -> str | None:
    """The interaction that a fact or an order is about; None for one about nobody."""
    if isinstance(said, e.DeadlineReached):
        return said.key
    command = getattr(said, "command", None)
    found: str | None = getattr(said if command is None else command, "interaction", None)
    if found is None and (task := getattr(said, "task", "")):
        return str(task)[:INTERACTION_CHARACTERS]
    return found


def table(
    steps: Iterable[Step],
    interaction: str,
    *,
    zone: str = "Europe/Paris",
    orders_ends: bool = False,
    why: bool = False,
) -> str:
    """The interaction's life, a line for each thing that happened, with seconds since it began.

    Accepted orders are left out unless `orders_ends`: what they led to says more.  With `why`, each choice of an agent
    is explained.
    """
    lines: list[str] = []
    start_ms: int | None = None
    for step in steps:
        rows = [
            (mark, said)
            for mark, said in _marked(step)
            if about(said) == interaction and (orders_ends or not isinstance(said, e.OrderDone))
        ]
        if not rows:
            continue
        if start_ms is None:
            start_ms = step.now_ms
            began = datetime.fromtimestamp(start_ms / 1000, ZoneInfo(zone))
            lines.append(f"Interaction {interaction}, {began:%d/%m/%Y %H:%M:%S}")
        stamp = f"{(step.now_ms - start_ms) / 1000:9.3f} s"
        for mark, said in rows:
            lines.append(f"{stamp}  {mark} {type(said).__name__:<18} {phrase(said)}")
            stamp = " " * len(stamp)
            if why and isinstance(said, ORDERED) and said.reason:
                lines.append(f"{stamp}      raison : « {said.reason} »")
            elif why:
                lines += [f"{stamp}      {line}" for line in told_why(said, zone)]
    return "\n".join(lines)


def told_why(said: Event | Command, zone: str, called: Called = str) -> Iterable[str]:
    """Why it came to this, where it needs to be told; nothing for the rest."""
    match said:
        case e.AgentChosen() | e.CallbackChosen():
            return explain(said, zone, called)
        case e.QueueOverflowed():
            return explain_overflow(said)
        case e.PlaceKept():
            return explain_kept(said, zone)
        case e.CallbackPutOff():
            return explain_put_off(said, zone)
    return ()


def _marked(step: Step) -> Iterable[tuple[str, Event | Command]]:
    for index, said in enumerate(_said(step)):
        yield ("‹" if isinstance(said, Command) else "›" if index == 0 else "·"), said
