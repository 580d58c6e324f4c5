"""`./allo`: the command line, one function a subcommand; each imports what it needs when it runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from runtime.commands import audit, instructions, personal, prompts, records, services, speech, understand, webhooks
from runtime.options import CONFIG, Config, Json

app = typer.Typer(
    name="allo",
    help="Allo, le centre de contacts libre des services publics.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

app.add_typer(records.app, name="records")
app.add_typer(personal.app, name="personal")
app.add_typer(webhooks.app, name="webhooks")
app.add_typer(understand.app, name="understand")
app.add_typer(services.app, name="service")
app.add_typer(speech.app, name="speech")
app.add_typer(prompts.app, name="prompts")
app.add_typer(instructions.contacts, name="contact")
app.add_typer(instructions.agents, name="agent")
app.add_typer(instructions.queues, name="queue")
app.command()(audit.audit)


@app.command()
def up(
    role: Annotated[
        list[str] | None,
        typer.Option("--role", metavar="RÔLE", help="Cette partie seule : kernel, telephony, speech, pages, webhooks."),
    ] = None,
    config: Config = CONFIG,
) -> None:
    """Démarre le centre et le fait tourner jusqu'à Ctrl-C."""
    from runtime.up import run_centre

    sys.exit(run_centre(config, role or ()))


@app.command()
def demo(
    calls: Annotated[int | None, typer.Option("--calls", min=1, metavar="N", help="S'arrêter après N appels.")] = None,
    rate: Annotated[float, typer.Option("--rate", min=0.1, metavar="PAR_MIN", help="Appels par minute.")] = 30.0,
    seed: Annotated[int, typer.Option("--seed", help="Même graine, mêmes appels.")] = 1,
    picture: Annotated[
        Path | None, typer.Option("--picture", metavar="FICHIER", help="Garder le moment le plus chargé, en SVG.")
    ] = None,
    scaled: Annotated[
        bool, typer.Option("--scaled", help="En plusieurs processus, avec un Valkey et un PostgreSQL à elle.")
    ] = False,
    config: Config = CONFIG,
    as_json: Json = False,
) -> None:
    """Montre le centre au travail : de vrais appels SIP, de vrais agents, dans un tableau vivant."""
    from runtime.demo.run import run_demo

    asked = run_demo(
        config, calls=calls or 0, rate_per_min=rate, seed=seed, picture=picture, as_json=as_json, scaled=scaled
    )
    sys.exit(asked)


@app.command()
def call(
    number: Annotated[str, typer.Option("--number", metavar="N", help="Numéro composé ; sinon celui du service.")] = "",
    keys: Annotated[
        str | None,
        typer.Option("--keys", metavar="TOUCHES", help="Touches pressées pendant l'accueil ; sans --say : 1."),
    ] = None,
    say: Annotated[
        list[str] | None,
        typer.Option(
            "--say", metavar="TEXTE", help="Phrase dite quand on est écouté ; plusieurs fois pour un dialogue."
        ),
    ] = None,
    seconds: Annotated[float, typer.Option("--seconds", min=1, max=3600, help="Durée avant de raccrocher.")] = 30.0,
    config: Config = CONFIG,
    as_json: Json = False,
) -> None:
    """Appelle le centre en marche, comme un usager, et montre le déroulé de l'appel."""
    from runtime.commands.call import run_call

    pressed = keys if keys is not None else "" if say else "1"
    sys.exit(run_call(config, number=number, keys=pressed, say=say or (), seconds=seconds, as_json=as_json))


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []})
def test(context: typer.Context) -> None:
    """Lance tous les tests ; ce qui suit est passé à pytest. --nightly : des milliers de journées simulées, neuves."""
    from runtime.commands.testing import run_tests

    sys.exit(run_tests(context.args))


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def bench(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NOM", help="Nom du banc, sans argument : la liste.")] = "",
    as_json: Json = False,
) -> None:
    """Mesure une partie du centre à côté d'une référence, dans le même passage ; ce qui suit est passé au banc."""
    from runtime.commands.testing import run_bench

    sys.exit(run_bench(name, context.args, as_json=as_json))


@app.command()
def check(
    directory: Annotated[
        Path, typer.Argument(metavar="DOSSIER", show_default="config", help="Dossier de configuration.")
    ] = CONFIG,
) -> None:
    """Vérifie une configuration : toutes les fautes d'un coup, fichier:ligne:colonne."""
    from core.errors import ConfigurationFault
    from runtime.settings import describe, load
    from runtime.settings.dangers import check_sentences

    try:
        loaded = load(directory)
        taught = check_sentences(loaded.settings)
        typer.echo(describe(loaded))
        typer.echo(taught)
    except ConfigurationFault as fault:
        for line in fault.faults:
            typer.echo(line, err=True)
        typer.echo(f"{len(fault.faults)} faute(s) : rien n'a été démarré.", err=True)
        sys.exit(1)


@app.command()
def hours(
    service: Annotated[str, typer.Option("--service", metavar="NOM", help="Un seul service ; sinon tous.")] = "",
    first: Annotated[
        str, typer.Option("--from", metavar="DATE", help="Premier jour, 21/12/2026 ; sinon ce jour.")
    ] = "",
    days: Annotated[int, typer.Option("--days", metavar="N", help="Nombre de jours.")] = 14,
    at: Annotated[
        str, typer.Option("--at", metavar="MOMENT", help="Ce qu'on entendrait alors : 25/12/2026 10:00.")
    ] = "",
    config: Config = CONFIG,
    as_json: Json = False,
) -> None:
    """Montre quand chaque service répond, jour par jour, ou ce qu'un appelant entendrait, et pourquoi."""
    from runtime.commands.opening_days import run_hours

    sys.exit(run_hours(config, service=service, first=first, days=days, at=at, as_json=as_json))


@app.command()
def reload(
    check: Annotated[bool, typer.Option("--check", help="Montrer les différences, ne rien appliquer.")] = False,
    as_json: Json = False,
) -> None:
    """Relit la configuration du centre en marche, dit ce qui change et l'applique : en entier, ou pas du tout."""
    from runtime.reload import run_reload

    sys.exit(run_reload(check=check, as_json=as_json))


@app.command()
def trace(
    interaction: Annotated[str, typer.Argument(metavar="ID", help="Interaction ; sans elle, les dernières.")] = "",
    orders: Annotated[bool, typer.Option("--orders", help="Montrer aussi les ordres acceptés.")] = False,
    why: Annotated[bool, typer.Option("--why", help="Expliquer chaque choix, et pourquoi on attend.")] = False,
    config: Config = CONFIG,
    as_json: Annotated[bool, typer.Option("--json", help="Ces explications en JSON, comme l'API.")] = False,
) -> None:
    """Raconte la vie d'une interaction, d'après le journal."""
    from runtime.commands.trace import run_trace

    sys.exit(run_trace(config, interaction, orders=orders, why=why, as_json=as_json))


@app.command()
def callbacks(config: Config = CONFIG, as_json: Json = False) -> None:
    """Liste les rappels promis : file pleine, touche de rappel, heure convenue avec un agent."""
    from runtime.commands.tasks import run_tasks

    sys.exit(run_tasks(config, "callback", as_json=as_json))


@app.command()
def tasks(config: Config = CONFIG, as_json: Json = False) -> None:
    """Liste les personnes à qui répondre : messages laissés, rappels promis, appels abandonnés, écrits."""
    from runtime.commands.tasks import run_tasks

    sys.exit(run_tasks(config, None, as_json=as_json))


@app.command()
def phones(config: Config = CONFIG) -> None:
    """Donne à chaque poste d'agent son compte et son mot de passe SIP."""
    from runtime.commands.phones import run_phones

    sys.exit(run_phones(config))


@app.command()
def message(
    service: Annotated[str, typer.Option("--service", metavar="NOM", help="Le service, comme dans services.yaml.")],
    text: Annotated[str, typer.Option("--text", metavar="TEXTE", help="Ce qu'écrit la personne ; - pour le lire.")],
    token: Annotated[str, typer.Option("--token", envvar="ALLO_TOKEN", help="Le jeton (./allo token add).")],
    channel: Annotated[str, typer.Option("--channel", help="email, form ou chat.")] = "email",
    subject: Annotated[str, typer.Option("--subject", metavar="TEXTE", help="L'objet.")] = "",
    sender: Annotated[str, typer.Option("--from", metavar="ADRESSE", help="Qui écrit.")] = "",
    config: Config = CONFIG,
) -> None:
    """Envoie un message écrit au centre ouvert, comme le ferait le site ou la messagerie."""
    from runtime.commands.messages import run_message

    sent = {"channel": channel, "service": service, "subject": subject, "sender": sender}
    sys.exit(run_message(config, token, text, sent))


@app.command()
def token(
    do: Annotated[str, typer.Argument(metavar="add|list|remove", help="Créer, montrer ou supprimer.")],
    name: Annotated[str, typer.Argument(metavar="NOM", help="Le nom du système : site, messagerie.")] = "",
    tenant: Annotated[str, typer.Option("--tenant", metavar="NOM", help="Pour quelle organisation.")] = "",
    config: Config = CONFIG,
) -> None:
    """Les jetons des systèmes qui apportent les messages écrits ; un jeton n'est montré qu'une fois."""
    from runtime.commands.tokens import run_token

    sys.exit(run_token(config, do, name, tenant))


@app.command()
def password(
    name: Annotated[str, typer.Argument(metavar="NOM", help="Le nom de l'agent dans centre.yaml.")],
    make: Annotated[bool, typer.Option("--make", help="En inventer un et l'afficher, une seule fois.")] = False,
    config: Config = CONFIG,
) -> None:
    """Donne à un agent le mot de passe de sa page ; il est demandé au clavier, ou lu sur l'entrée."""
    from runtime.commands.passwords import run_password

    sys.exit(run_password(config, name, make=make))


@app.command()
def backup(
    target: Annotated[Path, typer.Argument(metavar="DOSSIER|FICHIER.tar", help="Où écrire la sauvegarde.")],
    config: Config = CONFIG,
    as_json: Json = False,
) -> None:
    """Sauvegarde le centre pendant qu'il fonctionne : données d'un côté, clés de l'autre."""
    from runtime.commands.operate import run_backup

    sys.exit(run_backup(config, target, as_json=as_json))


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(metavar="FICHIER", help="La sauvegarde, celle des données.")],
    keys: Annotated[Path | None, typer.Option("--keys", metavar="FICHIER", help="Ses clés ; sinon à côté.")] = None,
    without_keys: Annotated[bool, typer.Option("--without-keys", help="Repartir sans relire les noms.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Mettre de côté ce qui est là.")] = False,
    config: Annotated[
        Path | None,
        typer.Option("--config", metavar="DOSSIER", help="Dit où est PostgreSQL ; sinon celle de la sauvegarde."),
    ] = None,
) -> None:
    """Remet une sauvegarde en place, après l'avoir vérifiée ; jamais sous un centre en marche."""
    from runtime.commands.operate import run_restore

    sys.exit(run_restore(file, keys, without_keys=without_keys, force=force, config=config))


@app.command()
def upgrade(
    target: Annotated[Path, typer.Argument(metavar="DOSSIER", help="Où écrire la sauvegarde d'abord faite.")],
    config: Config = CONFIG,
) -> None:
    """Prépare les données pour cette version : vérifie, sauvegarde, migre, relit tout, dit ce qui change."""
    from runtime.commands.operate import run_upgrade

    sys.exit(run_upgrade(config, target))


@app.command()
def systemd(
    user: Annotated[str, typer.Option("--user", metavar="COMPTE", help="Compte ordinaire ; sinon le vôtre.")] = "",
    role: Annotated[
        str, typer.Option("--role", metavar="RÔLE", help="Le service d'une seule partie : kernel, telephony…")
    ] = "",
    prune: Annotated[
        str, typer.Option("--prune", metavar="timer|service", help="Plutôt ce qui allège le journal chaque nuit.")
    ] = "",
    config: Config = CONFIG,
) -> None:
    """Écrit le service systemd de cette installation sur la sortie."""
    from runtime.commands.operate import run_systemd

    sys.exit(run_systemd(config, user, role, prune))


@app.command()
def staff(
    aht_s: Annotated[float, typer.Option("--aht-s", metavar="S", help="Durée moyenne d'un appel, post-appel compris.")],
    calls_per_hour: Annotated[
        float | None, typer.Option("--calls-per-hour", metavar="N", help="Appels par heure.")
    ] = None,
    arrivals: Annotated[
        Path | None, typer.Option("--arrivals", metavar="FICHIER", help="CSV par intervalle : timestamp_local,calls.")
    ] = None,
    patience_s: Annotated[
        float | None, typer.Option("--patience-s", metavar="S", help="Patience moyenne ; sans elle, infinie.")
    ] = None,
    target_s: Annotated[float, typer.Option("--target-s", metavar="S", help="« À temps » : en S secondes.")] = 20.0,
    short_s: Annotated[
        float | None, typer.Option("--short-s", metavar="S", help="Abandon bref : avant S ; sinon --target-s.")
    ] = None,
    agents: Annotated[int | None, typer.Option("--agents", metavar="N", help="Ce que N agents donnent.")] = None,
    goal: Annotated[str, typer.Option("--goal", metavar="NOM=VALEUR", help="Combien pour sl_offered=0.8.")] = "",
    shrinkage: Annotated[
        float, typer.Option("--shrinkage", metavar="PART", help="Part du temps payé hors ligne : donne les postes.")
    ] = 0.0,
    as_json: Json = False,
) -> None:
    """Dit combien d'agents il faut, ou ce que N agents donnent (Erlang C, et A avec une patience)."""
    from runtime.commands.staff import Asked, run_staff

    asked = Asked(calls_per_hour, aht_s, patience_s, target_s, short_s, agents, goal, shrinkage, arrivals)
    sys.exit(run_staff(asked, as_json=as_json))


@app.command()
def adherence(
    roster: Annotated[
        Path, typer.Argument(metavar="FICHIER", help="Le planning : CSV agent,debut,fin,activite ou ICS.")
    ],
    day: Annotated[str, typer.Option("--day", metavar="JOUR", help="2026-11-23 ; sinon aujourd'hui.")] = "",
    now: Annotated[
        bool, typer.Option("--now", help="Qui devrait être en ligne et ne l'est pas, depuis quand.")
    ] = False,
    config: Config = CONFIG,
    as_json: Json = False,
) -> None:
    """Compare le planning d'un jour avec ce que les agents ont fait, d'après le journal."""
    from runtime.commands.adherence import run_adherence

    sys.exit(run_adherence(config, roster, day, now=now, as_json=as_json))


@app.command()
def simulate(
    calls_per_hour: Annotated[
        float | None, typer.Option("--calls-per-hour", metavar="N", help="Appels de l'heure la plus chargée.")
    ] = None,
    arrivals: Annotated[
        Path | None, typer.Option("--arrivals", metavar="FICHIER", help="CSV par intervalle : timestamp_local,calls.")
    ] = None,
    journal: Annotated[
        str, typer.Option("--journal", metavar="JOUR", help="Rejouer ce jour du journal, 2026-11-23.")
    ] = "",
    aht_s: Annotated[float, typer.Option("--aht-s", metavar="S", help="Durée moyenne d'une conversation.")] = 300.0,
    patience_s: Annotated[float, typer.Option("--patience-s", metavar="S", help="Patience moyenne.")] = 240.0,
    rule: Annotated[
        list[str] | None,
        typer.Option(
            "--rule",
            metavar="RÈGLE",
            help="allo, app_queue, ou edf+least_versatile+keep_free=1… ; plusieurs fois pour comparer.",
        ),
    ] = None,
    seeds: Annotated[int, typer.Option("--seeds", metavar="N", help="Nombre de jours.")] = 5,
    plot: Annotated[Path | None, typer.Option("--plot", metavar="FICHIER", help="Image du premier jour, HTML.")] = None,
    config: Config = CONFIG,
    as_json: Json = False,
) -> None:
    """Joue des journées d'appels contre les agents configurés, à côté de la règle d'app_queue."""
    from runtime.commands.simulate import Asked, run_simulate

    asked = Asked(config, arrivals, calls_per_hour, aht_s, patience_s, tuple(rule or ()), seeds, journal, plot)
    sys.exit(run_simulate(asked, as_json=as_json))


@app.command()
def prune(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Écrire la liste de ce qui partirait, et c'est tout.")
    ] = False,
    config: Config = CONFIG,
    as_json: Json = False,
) -> None:
    """Efface ce qui a dépassé sa durée de conservation (retention, journal.kept_days), même centre ouvert."""
    from runtime.commands.prune import run_prune

    sys.exit(run_prune(config, rehearse=dry_run, as_json=as_json))


@app.command()
def doctor(
    about: Annotated[str, typer.Argument(metavar="[trunk]", help="trunk : les lignes de l'opérateur.")] = "",
    config: Config = CONFIG,
    as_json: Json = False,
) -> None:
    """Dit ce qui est installé, ce qui manque, et comment y remédier."""
    from runtime.commands.doctor import run_doctor

    if about not in ("", "trunk"):
        raise typer.BadParameter(f"« {about} » : écrivez doctor, ou doctor trunk")
    sys.exit(run_doctor(config, as_json=as_json, about=about))


if __name__ == "__main__":
    app(prog_name="./allo")
