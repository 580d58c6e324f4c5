"""The systemd unit of this installation, as text: `./allo systemd > /etc/systemd/system/allo.service`.

A centre of several processes has one a role: `./allo systemd --role kernel > /etc/systemd/system/allo-kernel.service`.

What runs `./allo prune` each night are two more, `--prune timer` and `--prune service`.

An ordinary user runs it.  `KillMode=process`: stopping or restarting Allo leaves Asterisk, and with it every call.
`Type=notify`: started means that calls are taken.  A loop that no longer turns is killed and started again.
What it prints goes to journald, which rotates; Asterisk's log is rotated by Allo.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from core import limits
from core.errors import AlloError

TELEPHONY: Final = "telephony"
"""The role whose process has Asterisk for a child."""
WATCHDOG_S: Final = 10
START_S: Final = 90
STOP_S: Final = 30
# systemd reads %, quotes, backslashes and spaces in its own way.
_PLAIN: Final = re.compile(r"/[A-Za-z0-9_./@+~-]*")
_USER: Final = re.compile(r"[a-z_][a-z0-9_-]{0,31}")

_WALLS: Final = """\
UMask=0077
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=read-only
ReadWritePaths={home}
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
"""

UNIT: Final = """\
[Unit]
Description=Allo, centre de contacts{what}
Documentation=file://{root}/docs/runbook.md
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=0

[Service]
Type=notify
NotifyAccess=main
User={user}
WorkingDirectory={root}
Environment=ALLO_HOME={home}
# Les secrets que la configuration nomme par secret_env, un NOM=valeur par ligne, lisible par root seul :
EnvironmentFile=-/etc/allo/environment
ExecStart={root}/allo up{roles} --config {config}
{kill}
Restart=always
RestartSec=1
TimeoutStartSec={start_s}
TimeoutStopSec={stop_s}
WatchdogSec={watchdog_s}
LimitNOFILE={files}
{walls}
[Install]
WantedBy=multi-user.target
"""

# At night, when few call; a machine that was off then does it when it is on again.
PRUNE_TIMER: Final = """\
[Unit]
Description=Allo, ce qui a dépassé sa durée de conservation est retiré chaque nuit
Documentation=file://{root}/docs/runbook.md

[Timer]
OnCalendar=*-*-* 03:00:00
RandomizedDelaySec=10min
Persistent=true

[Install]
WantedBy=timers.target
"""

# At no lower priority than the centre: starved while it holds the journal, it would keep the centre waiting.
PRUNE: Final = """\
[Unit]
Description=Allo, ce qui a dépassé sa durée de conservation est retiré
Documentation=file://{root}/docs/runbook.md

[Service]
Type=oneshot
User={user}
WorkingDirectory={root}
Environment=ALLO_HOME={home}
EnvironmentFile=-/etc/allo/environment
ExecStart={root}/allo prune --config {config}
{walls}"""


_LEAVES_ASTERISK: Final = """\
# Asterisk et ses appels survivent à un arrêt d'Allo. Pour tout arrêter : systemctl kill --kill-whom=all {unit}
KillMode=process"""


def render(*, user: str, root: Path, config: Path, home: Path, role: str = "") -> str:
    """The unit of the whole centre, or of the process that has one `role`.

    Raises AlloError for a user or a path that systemd could read otherwise than it is meant.
    """
    _check(user, root, config, home)
    times = {"start_s": START_S, "stop_s": STOP_S, "watchdog_s": WATCHDOG_S, "files": limits.OPEN_FILES}
    asterisk = role in ("", TELEPHONY)
    return UNIT.format(
        user=user,
        root=root,
        config=config,
        home=home,
        what=f" ({role})" if role else "",
        roles=f" --role {role}" if role else "",
        kill=_LEAVES_ASTERISK.format(unit=name(role)) if asterisk else "KillMode=mixed",
        walls=_WALLS.format(home=home),
        **times,
    )


def render_prune(part: str, *, user: str, root: Path, config: Path, home: Path) -> str:
    """What runs `./allo prune` each night: a timer, and the service of the same name that it starts.

    Raises AlloError as `render` does.
    """
    _check(user, root, config, home)
    if part == "timer":
        return PRUNE_TIMER.format(root=root)
    if part == "service":
        return PRUNE.format(user=user, root=root, config=config, home=home, walls=_WALLS.format(home=home))
    raise AlloError(f"--prune {part[:40]} : timer (quand) ou service (quoi), il faut les deux.")


def _check(user: str, *paths: Path) -> None:
    if not _USER.fullmatch(user):
        raise AlloError(f"« {user[:40]} » n'est pas un nom de compte : donnez-en un par --user.")
    if user == "root":
        raise AlloError("Allo n'a pas besoin de root : donnez par --user le compte ordinaire qui le fera tourner.")
    for path in paths:
        if not _PLAIN.fullmatch(str(path)):
            raise AlloError(
                f"{path} : un chemin sans espace ni accent est nécessaire pour systemd, déplacez ce dossier."
            )


def name(role: str = "") -> str:
    """What the unit is called."""
    return f"allo-{role}" if role else "allo"
