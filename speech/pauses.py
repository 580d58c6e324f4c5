"""Words after which somebody goes on, in each language: a pause after one of these is no end.

Greetings are among them: people say who they are, wait to be greeted, and then say what they want.
"""

from __future__ import annotations

from typing import Final

_FRENCH: Final = """
à allô au aux avec alors bonjour bonsoir car ce ces c'est cette chez comme comment dans de depuis des donc du en entre
est et euh eh heu hein il ils j'ai je jusqu'à la le les leur ma madame mademoiselle mais mes mon monsieur ne nos notre
numéro on ou où par parce pendant pour puis quand que quel quelle qu'il qu'elle qui sa sans ses si son sous suis sur ta
tes ton très un une vers votre vos voudrais
"""
OPEN_WORDS: Final[dict[str, frozenset[str]]] = {"fr": frozenset(_FRENCH.split())}
