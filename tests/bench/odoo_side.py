"""The bench's acts in Odoo: runs in Odoo's shell, with the simulators far away.

Every function takes the environment and plain values, commits, and gives back plain
values.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from tests.simulators.common import ControlClient

from . import machine
from .servers import STRIDE

PASSWORD = "Sommer-17"
#: Long enough that nothing of the pass before is in the overlap of the next one.
PAUSE_MINUTES = 10
#: Filling a simulator may take this long (seconds).
PATIENCE = 1800.0


class Sides:
    """Both simulators, and what a piece of work asked of them."""

    def __init__(self, urls: dict[str, str]) -> None:
        self.domino = ControlClient(urls["domino"], timeout=PATIENCE)
        self.zoho = ControlClient(urls["zoho"], timeout=PATIENCE)
        self.both = {"domino": self.domino, "zoho": self.zoho}

    def pause(self, **time: float) -> None:
        for side in self.both.values():
            side.clock(advance=time or {"minutes": PAUSE_MINUTES})

    def begin(self) -> None:
        for side in self.both.values():
            side.clear_log()

    def asked(self) -> dict[str, Any]:
        """Requests, writes and the most at one time, by side, since ``begin``."""
        logs = {name: side.log() for name, side in self.both.items()}
        return {
            name: {
                key: log[key]
                for key in ("requests", "writes", "peak_requests", "peak_connections")
            }
            | {"counts": log["counts"]}
            for name, log in logs.items()
        }


def connect(env: Any, urls: dict[str, str], client: dict[str, str]) -> None:
    """An organisation with its grant, a server, seats for everybody."""
    org = env["notes.zoho.org"].create(
        {
            "name": "Bench",
            "data_center": "custom",
            "accounts_url": urls["zoho"],
            "api_url": urls["zoho"],
            **client,
        }
    )
    code = ControlClient(urls["zoho"]).act("make_self_client_code")
    org.exchange_code(code)
    env["notes.zoho.domino.server"].create(
        {"name": "mail.bench.example", "base_url": urls["domino"], "allow_http": True}
    )
    env["notes.zoho.license"].create({"name": "Bench", "seats": 100_000})
    env.cr.commit()


def add_accounts(env: Any, persons: list[dict[str, str]], **values: Any) -> Any:
    """A connected account for each: ``name``, ``mail_file``, ``zoho_user``."""
    group = env.ref("notes_zoho_sync.group_user")
    users = (
        env["res.users"]
        .with_context(no_reset_password=True, tracking_disable=True)
        .create(
            [
                {
                    "name": person["name"],
                    "login": person["mail_file"],
                    "email": f"{person['name'].lower().replace(' ', '.')}@x.example",
                    "group_ids": [(6, 0, [group.id])],
                    "tz": "Europe/Berlin",
                }
                for person in persons
            ]
        )
    )
    accounts = (
        env["notes.zoho.account"]
        .with_context(tracking_disable=True)
        .create(
            [
                {
                    "user_id": user.id,
                    "org_id": env["notes.zoho.org"].search([], limit=1).id,
                    "server_id": env["notes.zoho.domino.server"].search([], limit=1).id,
                    "notes_username": person["name"],
                    "notes_password": PASSWORD,
                    "mail_file": f"/{person['mail_file'].strip('/')}",
                    "zoho_user_id": person["zoho_user"],
                    "zoho_user_email": user.email,
                    "tz": "Europe/Berlin",
                    "state": "connected",
                    "settings_chosen": True,
                    **values,
                }
                for person, user in zip(persons, users, strict=True)
            ]
        )
    )
    env.cr.commit()
    return accounts


def one_account(env: Any, sides: Sides, name: str, **values: Any) -> Any:
    """Somebody new on both sides, with a connected account."""
    path = sides.domino.act("add_user", name=name, password=PASSWORD)
    first, _, last = name.partition(" ")
    owner = sides.zoho.act(
        "add_user",
        email=f"{first}.{last}@zoho.example".lower(),
        first_name=first,
        last_name=last,
    )
    person = {"name": name, "mail_file": path, "zoho_user": owner}
    return add_accounts(env, [person], **values)


def backends(env: Any) -> list[int]:
    """Processes of PostgreSQL that work for this process, as far as they are here."""
    found = env.execute_query_dict(
        # This process and its locks; nobody else uses the database.
        _SQL("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
    )
    return [row["pid"] for row in found if os.path.exists(f"/proc/{row['pid']}")]


def _SQL(text: str) -> Any:
    from odoo.tools import SQL  # only where Odoo is

    return SQL(text)


def measured_run(env: Any, sides: Sides, account: Any) -> dict[str, Any]:
    """One whole run, feed included: what it took, asked, and how it ended."""
    sides.begin()
    pids = backends(env)
    with machine.measured(pids) as used:
        run = account.sync_now()
    asked = sides.asked()
    return {**asdict(used), **asked, "state": run.state, "counters": run.counters}


# -- against the peer ----------------------------------------------------------------


def contacts(
    env: Any, urls: dict[str, str], size: int, born_in: str, idle_runs: int = 3
) -> dict[str, Any]:
    """First sync of one account, its settling, idle, 1 % changed on both sides.

    :param born_in: ``notes`` or ``zoho``: where the contacts are at first.
    """
    sides = Sides(urls)
    account = one_account(env, sides, f"{born_in.title()} Peer{size}")
    mail_file, owner = account.mail_file, account.zoho_user_id
    _warm_up(env, sides)
    if born_in == "notes":
        sides.domino.act("fill", mailfile=mail_file, number=size)
    else:
        sides.zoho.act("fill", owner=owner, number=size)
    sides.pause()
    found = {"first": measured_run(env, sides, account)}
    there = sides.zoho.act("owned", owner=owner)
    links = env["notes.zoho.link"].search_count(
        [("account_id", "=", account.id), ("state", "=", "linked")]
    )
    if there != size or links != size:
        raise RuntimeError(f"{there} contacts and {links} links instead of {size}")
    sides.pause()
    found["settled"] = measured_run(env, sides, account)
    sides.pause()
    _wait_for_autovacuum(env)
    runs = []
    for _ in range(idle_runs):
        sides.pause()
        runs.append(measured_run(env, sides, account))
    _no_writes(runs)
    found["idle"] = min(runs, key=lambda run: run["cpu"] + run["database_cpu"])
    changed = max(size // 100, 2)
    sides.domino.act(
        "touch", mailfile=mail_file, first=0, number=changed // 2, text="Chief"
    )
    sides.zoho.act(
        "touch", owner=owner, first=size // 2, number=changed // 2, text="Chief"
    )
    sides.pause()
    found["changed"] = measured_run(env, sides, account)
    sides.pause()
    sides.pause(hours=25)
    found["listing"] = measured_run(env, sides, account)
    account.write({"state": "paused"})
    env.cr.commit()
    return found


def _warm_up(env: Any, sides: Sides) -> None:
    """Let everything be imported and cached that is so once in a process's life."""
    account = one_account(env, sides, "Wanda Warm")
    sides.domino.act("fill", mailfile=account.mail_file, number=5)
    account.sync_now()
    account.write({"state": "paused"})
    env.cr.commit()


def _wait_for_autovacuum(env: Any) -> None:
    """PostgreSQL tidies up by itself within a minute after many changes, so that an
    account is at rest only then."""
    for _ in range(90):
        dead = env.execute_query(
            _SQL(
                "SELECT n_dead_tup > 50 + 0.2 * n_live_tup FROM pg_stat_user_tables "
                "WHERE relname = 'notes_zoho_link'"
            )
        )
        env.cr.commit()
        if not dead[0][0]:
            return
        time.sleep(1)


def _no_writes(runs: Iterable[dict[str, Any]]) -> None:
    for run in runs:
        writes = run["domino"]["writes"] + run["zoho"]["writes"]
        if writes or run["state"] != "done":
            raise RuntimeError(f"an idle run ended as {run}")


# -- organisation scale ------------------------------------------------------------

#: The UNID of the n-th copy, as ``servers.copied_unid`` makes it.
_COPIED_KEY = "upper(to_hex(3221225472::bigint + {n})) || substr(l.notes_key, 9)"
_COPIED_ID = f"(l.zoho_id::bigint + {{n}}::bigint * {STRIDE})::text"


def copy_links(env: Any, source: Any, targets: list[tuple[int, int]]) -> None:
    """Give accounts the links of another, under the keys of the copied records.

    :param targets: account and the number of the copy.
    """
    columns = [
        row["column_name"]
        for row in env.execute_query_dict(
            _SQL(
                "SELECT column_name FROM information_schema.columns "
                "WHERE table_name = 'notes_zoho_link' AND column_name <> 'id'"
            )
        )
    ]
    values = {
        "account_id": "t.account",
        "notes_key": _COPIED_KEY.format(n="t.n"),
        "zoho_id": _COPIED_ID.format(n="t.n"),
    }
    # This table is ours, and the statement has no value from outside.
    env.cr.execute(
        f"INSERT INTO notes_zoho_link ({', '.join(columns)}) "
        f"SELECT {', '.join(values.get(name, f'l.{name}') for name in columns)} "
        "FROM notes_zoho_link l, unnest(%s, %s) AS t(account, n) "
        "WHERE l.account_id = %s AND l.id <= %s",
        [
            [account for account, _ in targets],
            [number for _, number in targets],
            source.id,
            max(env["notes.zoho.link"].search([("account_id", "=", source.id)]).ids),
        ],
    )


def copy_cursor(env: Any, source: Any, target: Any) -> None:
    """Let an account have got as far as another one did."""
    ours = env["notes.zoho.cursor"].search([("account_id", "=", source.id)])
    for cursor in ours:
        text = json.dumps(cursor.data)
        text = text.replace(source.mail_file, target.mail_file)
        text = text.replace(source.zoho_user_id, target.zoho_user_id)
        env["notes.zoho.cursor"].create(
            {
                "account_id": target.id,
                "name": cursor.name,
                "data": json.loads(text),
            }
        )


def one_of_many(
    env: Any, urls: dict[str, str], contacts: int, todos: int, events: int
) -> int:
    """Somebody with records of all kinds, really synced and settled; the account."""
    sides = Sides(urls)
    account = one_account(
        env,
        sides,
        "Tina Template",
        sync_tasks=bool(todos),
        sync_events=bool(events),
        event_range="all",
    )
    sides.domino.act("fill", mailfile=account.mail_file, number=contacts)
    sides.domino.act(
        "fill_agenda", mailfile=account.mail_file, todos=todos, events=events
    )
    for _ in range(3):
        sides.pause()
        run = account.sync_now()
        if run.state != "done":
            raise RuntimeError(f"{run.state}: {run.message}")
    links = env["notes.zoho.link"].search([("account_id", "=", account.id)])
    if len(links) != contacts + todos + events or set(links.mapped("state")) != {
        "linked"
    }:
        raise RuntimeError(f"{len(links)} links: {set(links.mapped('state'))}")
    return int(account.id)


def multiply(env: Any, urls: dict[str, str], account: int, number: int) -> None:
    """So many colleagues who have what the account has, on both sides and
    here, as after a real sync."""
    sides = Sides(urls)
    source = env["notes.zoho.account"].browse(account)
    files = sides.domino.act(
        "copy_people",
        source=source.mail_file,
        password=PASSWORD,
        number=number,
    )
    owners = sides.zoho.act("copy_people", source=source.zoho_user_id, number=number)
    accounts = add_accounts(
        env,
        [
            {"name": f"Person {n:04}", "mail_file": path, "zoho_user": owner}
            for n, (path, owner) in enumerate(zip(files, owners, strict=True), 1)
        ],
        sync_tasks=source.sync_tasks,
        sync_events=source.sync_events,
        event_range=source.event_range,
        notes_auth_mode=source.notes_auth_mode,
        notes_features=source.notes_features,
    )
    copy_links(env, source, [(account.id, n) for n, account in enumerate(accounts, 1)])
    for account in accounts:
        copy_cursor(env, source, account)
    source.write({"state": "paused"})
    env.cr.commit()
    env.cr.execute("ANALYZE notes_zoho_link")
    env.cr.commit()


def be_active(env: Any, urls: dict[str, str], share: float, changes: int) -> int:
    """Some of the accounts change contacts on both sides; how many accounts."""
    sides = Sides(urls)
    accounts = env["notes.zoho.account"].search([("state", "=", "connected")])
    active = accounts[:: round(1 / share)]
    for account in active:
        sides.domino.act(
            "touch", mailfile=account.mail_file, first=0, number=changes, text="Chief"
        )
        sides.zoho.act(
            "touch",
            owner=account.zoho_user_id,
            first=changes,
            number=changes,
            text="Chief",
        )
    return len(active)


def all_due(env: Any) -> str:
    """Make every account due, and both lanes; the instant.

    Nothing else that Odoo does by schedule takes their time.
    """
    now = env.cr.now()
    env["ir.cron"].search([]).write({"active": False})
    env["notes.zoho.account"].search([("state", "=", "connected")]).write(
        {"next_run": now}
    )
    env["notes.zoho.org"].search([]).write({"last_pull": False})
    for lane in ("cron_lane_1", "cron_lane_2"):
        env.ref(f"notes_zoho_sync.{lane}").write({"active": True, "nextcall": now})
    env.cr.commit()
    return str(now)


def idle_check(env: Any, urls: dict[str, str], number: int) -> list[dict[str, Any]]:
    """Some copied accounts run: at rest, and once more with all they have listed.

    :raises RuntimeError: something was written, or did not end well: the copies would
        not be what a sync leaves.
    """
    sides = Sides(urls)
    accounts = env["notes.zoho.account"].search([("state", "=", "connected")])
    found = []
    for pause in ({"minutes": PAUSE_MINUTES}, {"hours": 25}, {"minutes": 10}):
        sides.pause(**pause)
        for account in accounts[:number]:
            found.append(measured_run(env, sides, account))
    _no_writes(found)
    return found


def spent(env: Any, urls: dict[str, str]) -> dict[str, int]:
    """API credits by route since Zoho's simulator began."""
    return dict(Sides(urls).zoho.act("spent"))


def sizes(env: Any) -> dict[str, float]:
    """Bytes for each link, run and entry, indexes included."""
    env.cr.execute("ANALYZE notes_zoho_link, notes_zoho_run, notes_zoho_run_entry")
    found = {}
    for table in ("link", "run", "run_entry"):
        name = f"notes_zoho_{table}"
        rows = env.execute_query_dict(
            _SQL(
                f"SELECT count(*) AS n, pg_total_relation_size('{name}') AS whole, "
                f"pg_relation_size('{name}') AS data FROM {name}"
            )
        )[0]
        if rows["n"]:
            found[table] = rows["whole"] / rows["n"]
            found[f"{table}_data"] = rows["data"] / rows["n"]
            found[f"{table}_rows"] = rows["n"]
    return found


# -- very many links ---------------------------------------------------------------


def many_links(
    env: Any, urls: dict[str, str], original: int, number: int
) -> dict[str, Any]:
    """One account with ``original`` really synced contacts, then with copies of them
    up to ``number``: memory at rest, with 1 % changed, and at the daily listing."""
    sides = Sides(urls)
    account = one_account(env, sides, "Max Many")
    sides.domino.act("fill", mailfile=account.mail_file, number=original)
    for _ in range(3):
        sides.pause()
        account.sync_now()
    found = {"few": measured_run(env, sides, account)}
    base = machine.resident()
    copies = range(1, number // original)
    for each in copies:
        sides.domino.act(
            "copy_documents",
            source=account.mail_file,
            target=account.mail_file,
            number=each,
        )
        sides.zoho.act(
            "copy_records",
            source=account.zoho_user_id,
            target=account.zoho_user_id,
            number=each,
        )
    copy_links(env, account, [(account.id, each) for each in copies])
    cursor = env["notes.zoho.cursor"].search(
        [("account_id", "=", account.id), ("name", "=", "sync")]
    )
    data = dict(cursor.data)
    data["notes"]["totals"]["contact"] = number
    cursor.data = data
    env.cr.commit()
    env.cr.execute("ANALYZE notes_zoho_link")
    env.cr.commit()
    sides.pause()
    found["idle"] = measured_run(env, sides, account)
    _no_writes([found["idle"]])
    changed = number // 200
    sides.domino.act(
        "touch", mailfile=account.mail_file, first=0, number=changed, text="Chief"
    )
    sides.zoho.act(
        "touch",
        owner=account.zoho_user_id,
        first=number // 2,
        number=changed,
        text="Chief",
    )
    sides.pause()
    found["changed"] = measured_run(env, sides, account)
    sides.pause()
    found["settled"] = measured_run(env, sides, account)
    sides.pause(hours=25)
    found["listing"] = measured_run(env, sides, account)
    _no_writes([found["listing"]])
    for run in found.values():
        run["above"] = run["peak"] - base
    return {"links": number, "original": original, "base": base, **found}
