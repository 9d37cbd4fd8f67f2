"""One act of Odoo, killed at a point and gone on with: does it come right?

Each trial has a moment before, an act whose process is killed, and what people and
the cron do afterwards in the same way whether it was killed or not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from tests.demo import odoo_side

from . import verdict
from .boundaries import Point, crossed
from .plot import ANNA, Plot, at, story
from .stage import Ended, Servers, Stage

#: What goes by between two syncs; more than an unknown outcome has to wait for.
PAUSE = {"minutes": 20}
Act = Callable[[Any], Any]


def sync(env: Any) -> list[list[Any]]:
    """All accounts, once."""
    runs = env["notes.zoho.account"].search([], order="id").sync_now()
    return [[run.state, run.counters or {}] for run in runs]


@dataclass(frozen=True)
class Trial:
    """An act, what is there before it, and whether people are meant to get mail."""

    name: str
    set_up: Callable[[Stage, Plot, Any], None]
    act: Act
    #: What the person does who finds that it has not worked.
    repeat: Act | None = None
    mails: bool = False
    #: What the undisturbed act must have told, so that it is known to be a trial.
    covers: Callable[[Any], list[str]] = lambda _: []


# -- moments --------------------------------------------------------------------------


def _connected(stage: Stage, plot: Plot, env: Any) -> None:
    """Two people have records on both sides, and are connected."""
    plot.seed()
    odoo_side.connect(
        env,
        story(),
        stage.urls["domino"],
        {
            "url": stage.urls["zoho"],
            "client_id": stage.zoho.client_id,
            "client_secret": stage.zoho.client_secret,
        },
        "http://127.0.0.1:1",
    )
    stage.let_pass(**PAUSE)


def _worked(stage: Stage, plot: Plot, env: Any) -> None:
    """All is in step; then people work on both sides."""
    _connected(stage, plot, env)
    for run in sync(env):
        assert run[0] == "done", run
    stage.let_pass(**PAUSE)
    plot.vanish()
    sync(env)
    stage.let_pass(**PAUSE)
    plot.work()
    stage.let_pass(**PAUSE)


def _about_to_meet(stage: Stage, plot: Plot, env: Any) -> None:
    """A meeting is entered and not sent."""
    _connected(stage, plot, env)
    sync(env)
    stage.let_pass(**PAUSE)
    user = env["res.users"].search([("login", "=", ANNA.login)])
    mine = env(user=user.id)
    mine["notes.zoho.meeting"].create(
        {
            "subject": "Vertragsverhandlung",
            "start": _naive(at(20, "13:00")),
            "stop": _naive(at(20, "14:00")),
            "location": "Würzburg",
            "participant_emails": "ben@fjordlicht.example, gast@auswaerts.example",
        }
    )
    env.cr.commit()


def _met(stage: Stage, plot: Plot, env: Any) -> None:
    """A meeting is sent, and in both systems."""
    _about_to_meet(stage, plot, env)
    schedule(env)
    env.cr.commit()
    stage.let_pass(**PAUSE)
    sync(env)
    stage.let_pass(**PAUSE)


def _moved(stage: Stage, plot: Plot, env: Any) -> None:
    """The same, and it was moved in Odoo."""
    _met(stage, plot, env)
    start = {"start": _naive(at(21, "13:00")), "stop": _naive(at(21, "15:00"))}
    _meeting(env).write(start)
    env.cr.commit()


def _naive(text: str) -> str:
    from datetime import UTC, datetime

    return f"{datetime.fromisoformat(text).astimezone(UTC):%Y-%m-%d %H:%M:%S}"


# -- acts -----------------------------------------------------------------------------


def _meeting(env: Any) -> Any:
    meeting = env["notes.zoho.meeting"].search([], limit=1)
    return meeting.with_env(env(user=meeting.account_id.user_id.id))


def schedule(env: Any) -> None:
    """Press *Schedule*, unless it says that it is sent."""
    if _meeting(env).state == "draft":
        _pressed(env, "action_schedule")


def send_changes(env: Any) -> None:
    """Press *Send changes*, unless there are none."""
    if _meeting(env).is_changed:
        _pressed(env, "action_send_changes")


def cancel(env: Any) -> None:
    """Press *Cancel*, unless it says that it is cancelled."""
    if _meeting(env).state != "cancelled":
        _pressed(env, "action_cancel")


def _pressed(env: Any, button: str) -> None:
    getattr(_meeting(env), button)()
    env.cr.commit()


def _patiently(act: Act) -> Act:
    """As a person does: is told to wait, waits, presses again."""

    def press(env: Any) -> str:
        from odoo.exceptions import UserError

        try:
            act(env)
        except UserError as error:
            env.cr.rollback()
            return str(error)
        return ""

    return press


def _carries_everything(runs: list[list[Any]]) -> list[str]:
    """A run in which each kind is created, updated and deleted on each side."""
    done: Counter[str] = Counter()
    for _, counters in runs:
        done.update(_flat(counters))
    return [
        f"no {kind} is {outcome} in {target}"
        for kind in ("contact", "task", "event")
        for target in ("notes", "zoho")
        for outcome in ("created", "updated", "deleted")
        if not done[f"{kind} {target} {outcome}"]
    ]


def _flat(counters: dict[str, Any]) -> dict[str, int]:
    return {
        f"{kind} {target} {outcome}": number
        for kind, targets in counters.items()
        for target, outcomes in targets.items()
        for outcome, number in outcomes.items()
    }


TRIALS = {
    trial.name: trial
    for trial in (
        Trial("sync", _worked, sync, covers=_carries_everything),
        Trial("first sync", _connected, sync),
        Trial("schedule", _about_to_meet, schedule, _patiently(schedule), mails=True),
        Trial("reschedule", _moved, send_changes, _patiently(send_changes), mails=True),
        Trial("cancel", _met, cancel, _patiently(cancel), mails=True),
    )
}


# -- trying ---------------------------------------------------------------------------


@dataclass
class Outcome:
    """What became of one point; `wrong` is empty when all came right."""

    point: str
    killed: bool
    wrong: list[str] = field(default_factory=list)

    def plain(self) -> dict[str, Any]:
        return asdict(self)


@dataclass
class Reference:
    """How it ends when nobody is killed."""

    points: list[Point]
    stores: Counter[str]
    links: Counter[str]
    mails: Counter[str]


class Trier:
    """A set stage, and how the act ends undisturbed."""

    def __init__(self, stage: Stage, trial: Trial) -> None:
        self.stage = stage
        self.trial = trial
        self.plot = Plot(stage.domino, stage.zoho)
        with stage.open() as env:
            trial.set_up(stage, self.plot, env)
            env.cr.commit()
        stage.set()
        self.reference = self._undisturbed()

    def _undisturbed(self) -> Reference:
        def counted(env: Any) -> list[Any]:
            with crossed() as points:
                told = self.trial.act(env)
                return [told, [asdict(point) for point in points]]

        with self.stage.again() as servers:
            ended = self.stage.odoo(counted)
            told, points = ended.result()
            if gaps := self.trial.covers(told):
                raise RuntimeError("; ".join(gaps))
            wrong = ended.trouble + self._go_on(servers)
            wrong += self._judge(servers)
            if wrong:
                raise RuntimeError("it is wrong undisturbed:\n" + "\n".join(wrong))
            return Reference(
                [Point(**point) for point in points],
                self._stores(servers),
                verdict.links(self.stage.query),
                self._mails(servers),
            )

    def kill(self, point: Point) -> Outcome:
        """Kill it there, go on, and judge."""

        def dying(env: Any) -> None:
            with crossed(point):
                self.trial.act(env)

        with self.stage.again() as servers:
            ended = self.stage.odoo(dying)
            outcome = Outcome(str(point), ended.killed)
            if not ended.killed:
                outcome.wrong.append(f"it did not get there {ended.error}".strip())
            outcome.wrong += ended.trouble + self.rest(servers)
        return outcome

    def rest(self, servers: Servers) -> list[str]:
        """Go on after whatever has happened; what is wrong then."""
        wrong = self._go_on(servers)
        return wrong + self._judge(servers) + self._compare(servers)

    def _go_on(self, servers: Servers) -> list[str]:
        """Press again; sync twice; then nothing is left to do."""
        wrong: list[str] = []

        def do(act: Act) -> Any:
            ended: Ended = self.stage.odoo(act)
            wrong.extend(ended.trouble)
            if ended.error or ended.signal:
                wrong.append(ended.error or f"ended by signal {ended.signal}")
            return ended.value

        if self.trial.repeat:
            if do(self.trial.repeat):
                self.stage.pass_time(servers, **PAUSE)
                if words := do(self.trial.repeat):
                    wrong.append(f"pressed again after a while: {words}")
        for _ in range(2):
            self.stage.pass_time(servers, **PAUSE)
            runs = do(sync)
        wrong += [f"a run is {state}" for state, _ in runs or () if state != "done"]
        self.stage.pass_time(servers, **PAUSE)
        before = servers.writes()
        do(sync)
        if written := servers.writes() - before:
            wrong.append(f"an idle run writes {written} times")
        return wrong

    def _judge(self, servers: Servers) -> list[str]:
        domino, zoho = servers.domino.dump(), servers.zoho.dump()
        return [
            *verdict.disagreements(servers, self.plot.story(), self.trial.mails),
            *verdict.broken_links(self.stage.query, domino, zoho),
        ]

    def _compare(self, servers: Servers) -> list[str]:
        wanted = self.reference
        links = verdict.links(self.stage.query)
        mails = self._mails(servers)
        wrong = verdict.differences(self._stores(servers), wanted.stores)
        if links != wanted.links:
            wrong.append(f"links: {dict(links)} and not {dict(wanted.links)}")
        if mails != wanted.mails:
            wrong.append(f"mails: {dict(mails)} and not {dict(wanted.mails)}")
        return wrong

    def _stores(self, servers: Servers) -> Counter[str]:
        return verdict.meaning(servers.domino.dump(), servers.zoho.dump())

    def _mails(self, servers: Servers) -> Counter[str]:
        mails = servers.domino.log()["mails"] + servers.zoho.log()["mails"]
        return verdict.mails(mails)
