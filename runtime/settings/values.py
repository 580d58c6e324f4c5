"""How single values are written: durations, telephone numbers, names.  Each reader gives the value or a remedy."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

import phonenumbers
from phonenumbers import shortnumberinfo

REGION: Final = "FR"

_UNITS: Final = {"ms": 1, "s": 1_000, "min": 60_000, "h": 3_600_000}
_DURATION: Final = re.compile(r"(\d{1,9}) ?(ms|s|min|h)")
_NUMBER: Final = re.compile(r"[+0-9][0-9 .()\-/]{1,24}")
# The plan of numbers that have no E.164 form: 3BPQ and 10YT services, 116XYZ and 118XYZ.
_SHORT: Final = re.compile(r"3\d{3}|10\d{2}|11[68]\d{3}")
# ARCEP keeps these for fiction; they are not "valid" for every library, and our examples and tests use nothing else.
_FICTION: Final = re.compile(r"\+33(19900|26191|35301|46571|53649|63998)\d{4}")


class Unfit(ValueError):
    """The value is not what it should be; the message says what is wrong and the remedy, in French."""


def day(written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise Unfit(f"« {written[:40]} » n'est pas une date, écrivez 2026-11-23") from None


def duration_ms(written: str, least_ms: int, most_ms: int) -> int:
    """Milliseconds of `20s`, `1500ms`, `5min`, `2h`; raises Unfit when badly written or out of bounds."""
    found = _DURATION.fullmatch(written)
    if found is None:
        raise Unfit(f"« {written[:40]} » n'est pas une durée, écrivez un nombre et son unité (ms, s, min, h) : 20s")
    value = int(found[1]) * _UNITS[found[2]]
    if not least_ms <= value <= most_ms:
        raise Unfit(f"{written} hors limites, de {spell_ms(least_ms)} à {spell_ms(most_ms)}")
    return value


def spell_ms(value: int) -> str:
    """A duration as it would be written: the largest unit that divides it."""
    for unit in ("h", "min", "s"):
        if value and value % _UNITS[unit] == 0:
            return f"{value // _UNITS[unit]}{unit}"
    return f"{value}ms" if value else "0s"


def number(written: str) -> str:
    """The E.164 form of a number written as 01 99 00 10 00, 0199001000, +33 1 99 00 10 00 or 0033199001000.

    A short number (3939) has no such form and stays as its digits.  Raises Unfit for anything else.
    """
    compact = re.sub(r"[^0-9+]", "", written)
    if not _NUMBER.fullmatch(written) or not compact.isascii():
        raise Unfit(f"« {written[:40]} » n'est pas un numéro de téléphone, écrivez 01 99 00 10 00 ou +33 1 99 00 10 00")
    if len(compact) <= 6 and not compact.startswith("+"):
        return _short(compact)
    try:
        parsed = phonenumbers.parse(compact, REGION)
    except phonenumbers.NumberParseException:
        raise Unfit(f"« {written} » n'est pas un numéro de téléphone, vérifiez ses chiffres") from None
    e164 = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    if not phonenumbers.is_valid_number(parsed) and not _FICTION.fullmatch(e164):
        raise Unfit(f"« {written} » n'est attribué à personne dans le plan de numérotation, vérifiez ses chiffres")
    return e164


def _short(digits: str) -> str:
    if shortnumberinfo.is_emergency_number(digits, REGION):
        raise Unfit(f"« {digits} » est un numéro d'urgence, un service ne peut pas le prendre")
    parsed = phonenumbers.PhoneNumber(country_code=33, national_number=int(digits))
    if not _SHORT.fullmatch(digits) and not shortnumberinfo.is_valid_short_number_for_region(parsed, REGION):
        raise Unfit(f"« {digits} » n'est pas un numéro court français, vérifiez ses chiffres")
    return digits


# What names may be made of, and how to say it.
NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
NAME_SAID: Final = "minuscules sans accent, chiffres et « _ », 40 au plus"
PERSON: Final = re.compile(r"[a-z][a-z0-9._-]{0,39}")
PERSON_SAID: Final = "minuscules sans accent, chiffres, « . », « _ » et « - », 40 au plus"
ACCOUNT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
ACCOUNT_SAID: Final = "lettres sans accent, chiffres, « _ » et « - », 32 au plus"
TEXT_KEY: Final = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+){0,5}")
TEXT_KEY_SAID: Final = "minuscules sans accent, chiffres et « _ », séparés par des points"
STAR_CODE: Final = re.compile(r"\*[0-9]{2,4}")
STAR_CODE_SAID: Final = 'une étoile et 2 à 4 chiffres, entre guillemets : "*10"'
VARIABLE: Final = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
VARIABLE_SAID: Final = "le nom d'une variable d'environnement, en majuscules : ALLO_AMI_SECRET"
LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")
LANGUAGE_SAID: Final = "un code de langue : fr, en, ar, pt-BR"
VOICE: Final = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*(\+[a-zA-Z0-9]{1,16})?")
VOICE_SAID: Final = "une voix d'espeak-ng : fr, fr-be, fr+f2"
TOPIC: Final = re.compile(r"([a-z][a-z0-9_]{0,39})?")
TEXT_KEY_CHARACTERS: Final = 100  # a file name and an AMI field hold it
HOST: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
