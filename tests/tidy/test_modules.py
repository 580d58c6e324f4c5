"""Every module has a test file of its own, or says here where it is tested and why."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.tidy.packages import INSTALLED, ROOT

FACTS = "tests/core/test_events.py"
MATCHING = "tests/acd/test_match.py"
LINK = "tests/telephony/test_link.py"
LOG = "tests/journal/test_log.py"
ACCOUNTS = "tests/contracts/test_account_cards.py"
MIGRATIONS = "tests/journal/test_migrations.py"
PERSONAL = "tests/runtime/test_personal.py"
RETENTION = "tests/runtime/test_retention.py"
SETTINGS = "tests/config/test_settings.py"
IMPORT = "tests/crm_bridge/test_importing.py"
COMMANDS = "tests/runtime/test_command_line.py"
SCALED = "tests/asterisk/test_scaled.py"
WHOLE_CALLS = "tests/asterisk/test_whole_call.py"
CROWD = "tests/traffic/test_asterisk.py"
INSTALL = "tests/install/test_main.py"
SIMULATE = "tests/runtime/test_simulate.py"
PAGES = "tests/softphone_ui/test_perform.py"

# Where a module is tested whose tests do not bear its name: it is a part of something that is tested as one.
ELSEWHERE = {
    "calls/changes.py": "tests/calls/test_call.py",  # how facts change its rows
    "calls/orders.py": "tests/calls/test_decide.py",  # what the mind of connections orders
    "calls/unserved.py": "tests/calls/test_closing.py",
    "calls/place.py": "tests/calls/test_transfers.py",  # where transfers that fail lead
    "casework/state.py": "tests/casework/test_lists.py",  # tables and the routes of facts to them
    "ivr/tongues.py": "tests/ivr/test_languages.py",  # which words are said in which voice
    "acd/busy.py": "tests/acd/test_state.py",
    "acd/hands.py": "tests/acd/test_blend.py",
    "acd/work.py": "tests/acd/test_blend.py",
    "acd/after.py": "tests/acd/test_wishes.py",
    "acd/away.py": "tests/acd/test_wishes.py",
    "acd/floor.py": MATCHING,
    "acd/idle.py": MATCHING,
    "acd/need.py": MATCHING,
    "acd/profiles.py": MATCHING,
    "acd/turn.py": MATCHING,
    "acd/waiting.py": MATCHING,
    "core/events/base.py": FACTS,
    "core/events/calls.py": FACTS,
    "core/events/citizens.py": FACTS,
    "core/events/details.py": FACTS,
    "core/events/dialogue.py": FACTS,
    "core/events/distribution.py": FACTS,
    "core/events/hours.py": FACTS,
    "core/events/work.py": FACTS,
    "core/events/writings.py": FACTS,
    "runtime/commands/tokens.py": "tests/runtime/test_messages.py",
    "speech/reader.py": "tests/speech/test_reading.py",
    "softphone_ui/takes_written.py": "tests/softphone_ui/test_ways_writings.py",
    "runtime/settings/capacity.py": SETTINGS,
    "runtime/settings/slots.py": SETTINGS,
    "runtime/settings/dangers.py": "tests/config/test_dangers.py",
    "core/events/legs.py": FACTS,
    "core/events/lines.py": FACTS,
    "core/events/instructions.py": FACTS,
    "core/events/outgoing.py": FACTS,
    "core/events/pages.py": FACTS,
    "core/events/platform.py": FACTS,
    "core/events/tasks.py": FACTS,
    "core/ports.py": "tests/contracts/test_edge_cards.py",  # Protocols: what passes the cards, fulfils them
    "crm_bridge/csv_lines.py": IMPORT,
    "crm_bridge/database.py": "tests/crm_bridge/test_store.py",
    "crm_bridge/outbox.py": "tests/contracts/test_outbox_cards.py",
    "crm_bridge/sending.py": "tests/crm_bridge/test_webhooks.py",
    "crm_bridge/tables.py": "tests/crm_bridge/test_store.py",
    "install/commands.py": INSTALL,
    "install/lock.py": "tests/install/test_pins.py",
    "install/pip_settings.py": INSTALL,
    "install/progress.py": INSTALL,
    "install/python_env.py": INSTALL,
    "install/tools.py": INSTALL,
    "core/events/speech.py": "tests/ivr/test_hearing.py",
    "core/script.py": "tests/ivr/test_script.py",
    "ivr/changes.py": "tests/ivr/test_dialogue.py",
    "ivr/heard.py": "tests/ivr/test_details.py",
    "ivr/steps.py": "tests/ivr/test_decide.py",
    "ivr/handing_over.py": "tests/ivr/test_decide.py",
    "ivr/saying.py": "tests/ivr/test_decide.py",
    "journal/prune.py": "tests/runtime/test_prune.py",
    "journal/check.py": "tests/journal/test_salvage.py",
    "journal/files.py": LOG,
    "journal/key_file.py": "tests/journal/test_keys.py",
    "journal/migrations/env.py": MIGRATIONS,
    "journal/migrations/versions_journal/r0001_journal.py": MIGRATIONS,
    "journal/migrations/versions_journal/r0002_recordings.py": MIGRATIONS,
    "journal/migrations/versions_journal/r0003_ledger.py": MIGRATIONS,
    "journal/ledger.py": RETENTION,
    "runtime/upkeep/dossier.py": PERSONAL,
    "runtime/upkeep/erasure.py": PERSONAL,
    "runtime/upkeep/holdings.py": PERSONAL,
    "runtime/upkeep/person.py": PERSONAL,
    "runtime/upkeep/eliminated.py": RETENTION,
    "journal/migrations/versions_keys/r0001_keys.py": MIGRATIONS,
    "journal/migrations/versions_keys/r0002_tenants.py": MIGRATIONS,
    "journal/migrations/versions_records/r0001_records.py": MIGRATIONS,
    "journal/migrations/versions_outbox/r0001_outbox.py": MIGRATIONS,
    "journal/migrations/versions_accounts/r0001_accounts.py": MIGRATIONS,
    "journal/reading.py": LOG,
    "journal/shelf.py": "tests/journal/test_keys.py",
    "journal/store.py": LOG,
    "journal/tables.py": LOG,
    "journal/wal.py": "tests/journal/test_crash.py",
    "journal/writer.py": LOG,
    "runtime/__main__.py": COMMANDS,
    "runtime/accounts.py": ACCOUNTS,
    "runtime/demo/board.py": "tests/runtime/test_view.py",
    "runtime/options.py": COMMANDS,
    "runtime/commands/call.py": WHOLE_CALLS,
    "runtime/demo/run.py": WHOLE_CALLS,
    "runtime/demo/several.py": SCALED,
    "runtime/diagrams.py": "tests/core/test_life.py",
    "runtime/commands/doctor.py": COMMANDS,
    "runtime/commands/doctor_trunk.py": "tests/trunks/test_doctor.py",
    "runtime/commands/findings.py": COMMANDS,
    "runtime/edges.py": WHOLE_CALLS,
    "runtime/logs.py": COMMANDS,
    "runtime/commands/phones.py": COMMANDS,
    "runtime/demo/plan.py": WHOLE_CALLS,
    "runtime/platform.py": WHOLE_CALLS,
    "runtime/settings/assessment.py": "tests/config/test_assessment.py",
    "runtime/settings/callbacks.py": "tests/config/test_callbacks.py",
    "runtime/settings/catalogue.py": SETTINGS,
    "runtime/crm.py": "tests/crm_bridge/test_perform.py",
    "runtime/settings/crm.py": SETTINGS,
    "runtime/settings/content.py": SETTINGS,
    "runtime/settings/faults.py": SETTINGS,
    "runtime/settings/hours.py": SETTINGS,
    "core/needs.py": MATCHING,
    "runtime/settings/needs.py": "tests/config/test_needs.py",
    "runtime/settings/overflow.py": "tests/config/test_needs.py",
    "runtime/settings/lines.py": SETTINGS,
    "runtime/settings/files.py": SETTINGS,
    "runtime/scaled/first_picture.py": "tests/softphone_ui/test_picture.py",
    "runtime/commands/passwords.py": COMMANDS,
    "runtime/settings/pages.py": SETTINGS,
    "runtime/settings/operating.py": SETTINGS,
    "runtime/settings/outgoing.py": SETTINGS,
    "runtime/settings/people.py": SETTINGS,
    "runtime/settings/platform.py": SETTINGS,
    "runtime/settings/reading.py": SETTINGS,
    "runtime/settings/report.py": SETTINGS,
    "runtime/settings/scripts.py": SETTINGS,
    "runtime/scaled/leading.py": SCALED,
    "runtime/scaled/roles.py": SCALED,
    "runtime/scaled/servers.py": "tests/journal/test_postgres.py",
    "runtime/settings/urgences.py": SETTINGS,
    "runtime/settings/sectors.py": "tests/config/test_sectors.py",
    "runtime/settings/servers.py": SETTINGS,
    "runtime/settings/source.py": SETTINGS,
    "runtime/settings/learnt.py": "tests/runtime/test_improve.py",
    "runtime/settings/topics.py": "tests/config/test_topics.py",
    "runtime/settings/values.py": SETTINGS,
    "speech/between.py": "tests/speech/test_worker.py",
    "speech/pauses.py": "tests/speech/test_endpoint.py",
    "speech/engines/port.py": "tests/speech/engines/test_vosk.py",
    "runtime/settings/speech.py": SETTINGS,
    "speech/understand/topics.py": "tests/speech/test_understand.py",
    "runtime/settings/walls.py": SETTINGS,
    "softphone_ui/accounts.py": ACCOUNTS,
    "softphone_ui/kept_sessions.py": ACCOUNTS,
    "softphone_ui/passwords.py": ACCOUNTS,
    "softphone_ui/table_orders.py": "tests/softphone_ui/test_ways_instructions.py",
    "softphone_ui/takes_instructed.py": "tests/softphone_ui/test_ways_instructions.py",
    "runtime/telling/explained.py": "tests/softphone_ui/test_ways_instructions.py",
    "runtime/telling/floor.py": "tests/runtime/test_instructions.py",
    "runtime/commands/services.py": "tests/runtime/test_counter.py",
    "runtime/commands/speech.py": "tests/runtime/test_models.py",
    "runtime/reload.py": "tests/asterisk/test_reload.py",
    "runtime/simulation/app_queue.py": SIMULATE,
    "runtime/simulation/arrivals.py": SIMULATE,
    "runtime/simulation/engine.py": SIMULATE,
    "runtime/simulation/outcome.py": SIMULATE,
    "runtime/simulation/picture.py": SIMULATE,
    "runtime/simulation/rules.py": SIMULATE,
    "runtime/tools.py": COMMANDS,
    "runtime/demo/town.py": WHOLE_CALLS,
    "runtime/commands/trace.py": COMMANDS,
    "runtime/up.py": COMMANDS,
    "runtime/scaled/wires.py": SCALED,
    "runtime/scaled/webhook_process.py": "tests/asterisk/test_webhooks_kill_nine.py",
    "runtime/wiring.py": "tests/tidy/test_house.py",
    "softphone_ui/asking.py": PAGES,
    "softphone_ui/desk.py": PAGES,
    "softphone_ui/forms.py": "tests/softphone_ui/test_ways.py",
    "softphone_ui/guard.py": "tests/softphone_ui/test_access.py",
    "softphone_ui/hall.py": PAGES,
    "softphone_ui/directory.py": "tests/softphone_ui/test_transfer.py",
    "softphone_ui/serving.py": PAGES,
    "softphone_ui/rows.py": "tests/softphone_ui/test_picture.py",
    "softphone_ui/takes.py": "tests/softphone_ui/test_picture.py",
    "softphone_ui/ways_call.py": "tests/softphone_ui/test_ways.py",
    "softphone_ui/ways_live.py": "tests/softphone_ui/test_live.py",
    "softphone_ui/ways_records.py": "tests/softphone_ui/test_searches.py",
    "softphone_ui/ways_session.py": "tests/softphone_ui/test_ways.py",
    "softphone_ui/ways_states.py": "tests/softphone_ui/test_ways.py",
    "softphone_ui/ways_tasks.py": "tests/softphone_ui/test_ways.py",
    "telephony/causes.py": "tests/telephony/test_translate.py",
    "telephony/conf_safe.py": "tests/telephony/test_conf.py",
    "telephony/conf_texts.py": "tests/telephony/test_conf.py",
    "telephony/fields.py": "tests/telephony/test_translate.py",
    "telephony/legs.py": "tests/telephony/test_translate.py",
    "telephony/looking.py": "tests/trunks/test_doctor.py",
    "telephony/orders.py": "tests/telephony/test_perform.py",
    "telephony/snapshot.py": "tests/telephony/test_calls.py",
    "traffic/__main__.py": CROWD,
    "traffic/call.py": CROWD,
    "traffic/clock.py": CROWD,
    "traffic/crowd.py": CROWD,
    "traffic/errors.py": "tests/traffic/test_sip.py",
    "traffic/fields.py": "tests/traffic/test_plan.py",
    "traffic/leg.py": CROWD,
    "traffic/offered.py": CROWD,
    "traffic/robot_page.py": WHOLE_CALLS,
    "traffic/placed.py": CROWD,
    "traffic/registration.py": "tests/traffic/test_phone.py",
    "traffic/tally.py": "tests/traffic/test_report.py",
    "traffic/ticker.py": "tests/traffic/test_rtp.py",
}


def modules() -> list[str]:
    found = [path for package in INSTALLED for path in sorted((ROOT / package).rglob("*.py"))]
    return [str(path.relative_to(ROOT)) for path in found if path.name != "__init__.py"]


def own_test(module: str) -> Path:
    """Beside the tests of its package, or in a folder named as the part of it that it is in."""
    package, *inner, name = module.split("/")
    nested = ROOT.joinpath("tests", package, *inner, f"test_{name}")
    return nested if nested.exists() else ROOT / "tests" / package / f"test_{name}"


def test_every_module_is_tested_somewhere() -> None:
    assert [module for module in modules() if not own_test(module).exists() and module not in ELSEWHERE] == []


def test_what_is_tested_elsewhere_is_there_and_has_no_file_of_its_own() -> None:
    assert [place for place in set(ELSEWHERE.values()) if not (ROOT / place).exists()] == []
    assert [module for module in ELSEWHERE if own_test(module).exists() or not (ROOT / module).exists()] == []


_PATCHES = {"monkeypatch.setattr", "monkeypatch.setitem", "mocker.patch", "mock.patch"}


def test_nothing_is_mocked_or_patched() -> None:
    """Fakes over mocks: a fake is a class of ours that can be read.  Environment variables may be set."""
    found = []
    for path in sorted((ROOT / "tests").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [alias.name for alias in node.names] + [getattr(node, "module", "") or ""]
                found += [f"{path.name}: {name}" for name in names if "mock" in name]
            elif isinstance(node, ast.Attribute) and ast.unparse(node) in _PATCHES:
                found.append(f"{path.name}:{node.lineno}: {ast.unparse(node)}")
    assert found == []


def test_what_decides_is_tested_without_waiting() -> None:
    """Virtual time: no test of the words, the decisions or the shell sleeps for real."""
    pure = ("core", "ivr", "acd", "calls", "casework", "scenarios", "properties", "simulation")
    found = [
        f"{path.name}:{node.lineno}"
        for folder in pure
        for path in sorted((ROOT / "tests" / folder).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "sleep"
    ]
    assert found == []
