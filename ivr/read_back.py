"""What a caller said or typed, read back: digits in pairs, dates, communes, by sounds that tell nothing of anybody.

Each piece is a text that was spoken before anybody called: the hundred numbers, the months, and every commune there is.
What is said of one caller is only which of them are played, in which order, and that is sealed.  No value becomes the
text of a prompt, which would be kept, nor of an order in the open.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from core import events as e
from core.centre import Centre
from core.personal import Personal
from core.script import Details
from core.text import READ, Text, say
from ivr.dialogue import Dialogue, State

UNDERSTOOD_TEXT: Final = "renseignement.compris"
RIGHT_TEXT: Final = "renseignement.bien_cela"
SEVERAL_TEXT: Final = "renseignement.plusieurs"
PRESS_TEXT: Final = "renseignement.tapez"
OTHERS_TEXT: Final = "renseignement.autres"
FIRST_TEXT: Final = "renseignement.premier"
NUMBER: Final = "renseignement.nombre"
COMMUNE: Final = "renseignement.commune_dite"
READ_BACK: Final = say(READ)
UNDERSTOOD: Final = say(UNDERSTOOD_TEXT)
RIGHT: Final = say(RIGHT_TEXT)
SEVERAL: Final = say(SEVERAL_TEXT)
PRESS: Final = say(PRESS_TEXT)
OTHERS: Final = say(OTHERS_TEXT)
FIRST: Final = say(FIRST_TEXT)
DIGIT: Final = tuple(say(f"chiffre.{digit}") for digit in range(10))
MONTH: Final = {month: say(f"mois.{month}") for month in range(1, 13)}
CENTURY: Final = {century: say(f"siecle.{century}") for century in ("19", "20")}
SPOKEN: Final = (UNDERSTOOD, RIGHT, SEVERAL, PRESS, OTHERS, FIRST, *DIGIT, *MONTH.values(), *CENTURY.values())
KEYS: Final = (*(text.key for text in SPOKEN), NUMBER, COMMUNE)
"""Of the catalogue: without them nothing can be read back."""
CHOICES_MOST: Final = 9
"""Each has a key; of more, the last key leads to the next ones."""


def asks_for_details(centre: Centre) -> bool:
    return any(isinstance(step, Details) for script in centre.scripts.values() for step in script.steps.values())


def pieces_to_prepare(centre: Centre) -> Iterator[Text]:
    """What must be spoken before the first caller is read anything, and is not so by being a text without places."""
    for number in range(10, 100):
        yield _number(number)
    for commune in centre.gazetteer.values():
        yield _commune(commune.name)


def question(details: Sequence[e.Detail]) -> tuple[Text, ...]:
    """Whether it is that one, or which of them."""
    return (UNDERSTOOD, READ_BACK, RIGHT) if len(details) == 1 else (SEVERAL, READ_BACK)


def read(state: State, interaction: str, row: Dialogue, details: Sequence[e.Detail]) -> Personal | None:
    """The sounds that read `details` back, each with its key where there are several; None where one is missing."""
    texts: list[Text] = []
    for number, detail in enumerate(details if len(details) <= CHOICES_MOST else details[: CHOICES_MOST - 1], 1):
        found = pieces(state.configurations.now, detail.kind, detail.value.text or "")
        if not found:
            return None
        texts += found
        texts += (PRESS, DIGIT[number]) if len(details) > 1 else ()
    texts += (OTHERS, PRESS, DIGIT[CHOICES_MOST]) if len(details) > CHOICES_MOST else ()
    paths = sounds(state, row.language, texts)
    return Personal(interaction, "words", "\n".join(paths)) if paths is not None else None


def sounds(state: State, language: str, texts: Sequence[Text]) -> list[str] | None:
    """The files of these texts; None where one cannot be played."""
    ready = [state.prompts.get(text.prompt(language)) for text in texts]
    paths = [prompt.path for prompt in ready if prompt is not None and prompt.path is not None]
    return paths if len(paths) == len(texts) else None


def pieces(centre: Centre, kind: str, value: str) -> list[Text]:
    """The texts that say it; none where it is not of that kind."""
    if kind == "commune":
        commune = centre.gazetteer.get(value)
        return [_commune(commune.name)] if commune is not None else []
    if kind == "birth_date":
        return _date(value)
    if kind == "telephone":
        digits = value.replace("+33", "0", 1)
        pairs = [digits[at : at + 2] for at in range(0, len(digits), 2)]
        return [text for pair in pairs for text in _pair(pair)] if digits.isdecimal() else []
    return [DIGIT[int(digit)] for digit in value if digit.isdecimal()]


def _pair(digits: str) -> list[Text]:
    """ "45" is one number; "06" is zero and six."""
    if len(digits) == 2 and digits[0] != "0":
        return [_number(int(digits))]
    return [DIGIT[int(digit)] for digit in digits]


def _date(value: str) -> list[Text]:
    year, month, day = value.split("-")
    century = CENTURY.get(year[:2])
    if century is None:
        return []
    of_day = [FIRST] if int(day) == 1 else [_number(int(day))]
    of_year = [_number(int(year[2:]))] if int(year[2:]) else []
    return [*of_day, MONTH[int(month)], century, *of_year]


def _number(number: int) -> Text:
    return DIGIT[number] if number < 10 else say(NUMBER, nombre=str(number))


def _commune(name: str) -> Text:
    return say(COMMUNE, commune=name)
