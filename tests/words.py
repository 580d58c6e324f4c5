"""The French that the centres of tests say."""

from __future__ import annotations

from typing import Final

TEXTS: Final = {
    "accueil.bienvenue": "Bonjour.",
    "accueil.masque": "Votre numéro est masqué.",
    "menu.choix": "Pour le RSA, tapez 1. Pour nos horaires, tapez 2.",
    "horaires": "Nous répondons de 8 heures 30 à 17 heures 30. Au revoir.",
    "transfert.rsa": "Je vous mets en relation.",
    "dialogue.silence": "Je n'ai pas entendu votre choix.",
    "dialogue.touche_inconnue": "Cette touche ne correspond à aucun choix.",
    "attente.position": "Vous êtes en position {position}.",
    "attente.coupure": "Nous avons été coupés, un autre conseiller vous reprend.",
    "attente.prochain": "Vous êtes la prochaine personne.",
    "attente.autre_equipe": "Une autre équipe.",
    "attente.rappel_touche": "Pour être rappelé, tapez {touche}.",
    "attente.rappel_bonjour": "Bonjour, c'est votre rappel.",
    "attente.plus_longue": "L'attente est plus longue que dit.",
    "attente.moins_de_2": "Moins de 2 minutes.",
    "attente.moins_de_5": "Moins de 5 minutes.",
    "attente.moins_de_10": "Moins de 10 minutes.",
    "attente.moins_de_20": "Moins de 20 minutes.",
    "attente.entre_5_et_10": "De 5 à 10 minutes.",
    "attente.entre_10_et_20": "De 10 à 20 minutes.",
    "attente.plus_de_10": "Plus de 10 minutes.",
    "attente.plus_de_20": "Plus de 20 minutes.",
    "message.invitation": "Laissez votre message après le bip.",
    "message.merci": "Votre message est enregistré.",
    "message.vide": "Nous n'avons rien entendu.",
    "attente.rappel_note": "Nous avons noté votre numéro.",
    "accueil.greve": "En raison d'une grève, l'attente est longue.",
    "ferme.bientot": "Nous allons fermer.",
    "ferme.horaires": "Nos bureaux sont fermés.",
    "numero.inconnu": "Ce numéro n'est celui d'aucun service.",
}
