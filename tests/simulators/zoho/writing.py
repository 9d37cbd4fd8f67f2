"""Insert, update, upsert, delete: batches judged item by item (2.3 to 2.6)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from ..common import RequestLog, Response
from .activities import END
from .activity_judge import occurrences
from .activity_values import day_instant
from .call import Call, answer
from .errors import ApiError, ItemError, error_body, missing_param
from .fields import ModuleDef
from .judge import Judge, Judged, duplicate, id_text
from .world import Record, Table

TRIGGERS = ("workflow", "approval", "blueprint", "pathfinder", "orchestration")
MISSING = "(missing)"


@dataclass
class Workflow:
    """A rule that changes records when workflows run, `delay` seconds later."""

    module: str
    fields: dict[str, Any]
    delay: float
    on: tuple[str, ...]


class Writer:
    """Carries out one write call."""

    def __init__(
        self, call: Call, table: Table, log: RequestLog, workflows: list[Workflow]
    ) -> None:
        self.call = call
        self.world = call.world
        self.table = table
        self.module: ModuleDef = table.module
        self.log = log
        self.workflows = workflows
        self.judge = Judge(call.world, call.user, table.module, call.now)
        self.runs_workflows = True
        self.unmodified_since: int | None = None

    # -- requests ----------------------------------------------------------

    def insert(self) -> Response:
        """POST /{module}."""
        items = self._items(self._envelope())
        results: list[dict[str, Any]] = []
        for index, item in enumerate(items):
            results += self._one(index, item, self._insert)
        return self._reply(results, 201)

    def update(self, record_id: str | None = None) -> Response:
        """PUT /{module} or /{module}/{id}."""
        if record_id is not None and not record_id.isdecimal():
            raise _bad_id()
        data = self._envelope()
        self.unmodified_since = self.call.since("If-Unmodified-Since")
        items = self._items(data)
        if record_id is not None:
            self._single(record_id)
            if isinstance(items[0], dict):
                items = [{**items[0], "id": record_id}]
        results: list[dict[str, Any]] = []
        for index, item in enumerate(items):
            results += self._one(index, item, self._update)
        return self._reply(results, 200)

    def upsert(self) -> Response:
        """POST /{module}/upsert."""
        if not self.module.upsert:
            raise ApiError(
                400,
                "NOT_SUPPORTED",
                "upsert is not supported for this module",
                {"resource_path_index": 0},
            )
        data = self._envelope()
        self.unmodified_since = self.call.since("If-Unmodified-Since")
        checks = self._checks(data.get("duplicate_check_fields"))
        items = self._items(data)
        results: list[dict[str, Any]] = []
        for index, item in enumerate(items):
            results += self._one(index, item, lambda n, it: self._upsert(n, it, checks))
        return self._reply(results, 200)

    def delete(self, record_id: str | None = None) -> Response:
        """DELETE /{module}?ids= or /{module}/{id}."""
        flag = self.call.args.get("wf_trigger", self.call.args.get("workflow_trigger"))
        self.runs_workflows = self.call.flag("wf_trigger", True)
        self.call.seen |= {"wf_trigger": MISSING if flag is None else flag.lower()}
        if record_id is not None:
            if not record_id.isdecimal():
                raise _bad_id()
            if record_id not in self.table.rows or not self._seen(record_id):
                raise ApiError(
                    400,
                    "INVALID_DATA",
                    "record not deleted",
                    {"resource_path_index": 1},
                )
            ids = [record_id]
        else:
            ids = self._delete_ids()
        results: list[dict[str, Any]] = []
        for index, item in enumerate(ids):
            results += self._one(index, item, self._delete)
        return self._reply(results, 200)

    def _delete_ids(self) -> list[str]:
        text = self.call.args.get("ids")
        if not text:
            raise missing_param("ids")
        ids = [i.strip() for i in text.split(",")]
        if not all(i.isdecimal() for i in ids):
            raise ApiError(
                400,
                "UNABLE_TO_PARSE_DATA_TYPE",
                "either the request body or parameters is in wrong format",
                {"param_name": "ids"},
            )
        if len(ids) > 100:
            raise _too_many()
        return ids

    # -- the envelope ------------------------------------------------------

    def _envelope(self) -> dict[str, Any]:
        data = self.call.body()
        trigger = data.get("trigger", MISSING)
        if trigger is not MISSING and (
            not isinstance(trigger, list) or any(t not in TRIGGERS for t in trigger)
        ):
            raise ApiError(
                400,
                "INVALID_DATA",
                "invalid data",
                {
                    "api_name": "trigger",
                    "json_path": "$.trigger",
                    "supported_values": list(TRIGGERS),
                },
            )
        if trigger is MISSING:
            self.runs_workflows = data.get("wf_trigger", True) is not False
        else:
            self.runs_workflows = "workflow" in trigger
        self.call.seen |= {
            "trigger": trigger,
            "wf_trigger": data.get("wf_trigger", MISSING),
            "skip_feature_execution": data.get("skip_feature_execution", MISSING),
            "apply_feature_execution": data.get("apply_feature_execution", MISSING),
        }
        return data

    def _items(self, data: dict[str, Any]) -> list[Any]:
        where: dict[str, Any] = {"api_name": "data", "json_path": "$.data"}
        items = data.get("data")
        if items is None:
            raise ApiError(
                400, "MANDATORY_NOT_FOUND", "required field not found", where
            )
        if isinstance(items, dict):
            items = [items]
        if not isinstance(items, list):
            details = {"expected_data_type": "jsonarray", **where}
            raise ApiError(400, "INVALID_DATA", "invalid data", details)
        if not items:
            details = {"minimum_length": 1, **where}
            raise ApiError(400, "INVALID_DATA", "invalid data", details)
        if len(items) > 100:
            raise _too_many()
        self.call.seen["items"] = items
        return items

    def _checks(self, names: Any) -> list[str]:
        """Duplicate checks in order: those named, then other unique fields."""
        unique = [f.api_name for f in self.module.fields.values() if f.unique]
        allowed = [*self.module.duplicate_check, *unique]
        if names is None:
            names = list(self.module.duplicate_check)
        if not isinstance(names, list) or any(n not in allowed for n in names):
            raise ApiError(
                400,
                "INVALID_DATA",
                "invalid data",
                {
                    "api_name": "duplicate_check_fields",
                    "json_path": "$.duplicate_check_fields",
                },
            )
        return list(dict.fromkeys([*names, *unique]))

    def _single(self, record_id: str) -> None:
        """The single form's own words for a record that is not there (2.4)."""
        if record_id in self.table.rows and self._seen(record_id):
            return
        deleted = record_id in self.table.bin or record_id in self.table.gone
        message = (
            "record not deleted" if deleted else "the id given seems to be invalid"
        )
        raise ApiError(
            400, "INVALID_DATA", message, {"resource_path_index": 1}, wrap="data"
        )

    # -- items -------------------------------------------------------------

    def _one(
        self,
        index: int,
        item: Any,
        work: Callable[[int, Any], dict[str, Any] | list[dict[str, Any]]],
    ) -> list[dict[str, Any]]:
        """The items of the answer for one of the request."""
        try:
            self._fault(index, item)
            results = work(index, item)
        except ItemError as error:
            return [error.body]
        return results if isinstance(results, list) else [results]

    def _fault(self, index: int, item: Any) -> None:
        """Refuses an item where a fault rule says so."""
        rule = self.call.request.fault("item_error")
        if rule is None or index not in rule.options.get("items", [index]):
            return
        raise ItemError(
            rule.options.get("code", "RECORD_LOCKED"),
            rule.options.get(
                "message",
                "Sorry, you cannot perform this operation as the record is locked.",
            ),
            rule.options.get(
                "details",
                {
                    "api_name": "id",
                    "json_path": f"$.data[{index}].id",
                    "action": "record_locking",
                },
            ),
        )

    def _seen(self, record_id: str) -> bool:
        record = self.table.rows.get(record_id)
        return record is not None and self.world.sees(self.call.user, record)

    def _object(self, index: int, item: Any) -> dict[str, Any]:
        if not isinstance(item, dict):
            raise ItemError(
                "INVALID_DATA",
                "invalid data",
                {"expected_data_type": "jsonobject", "json_path": f"$.data[{index}]"},
            )
        return item

    def _insert(self, index: int, item: Any) -> list[dict[str, Any]]:
        judged = self.judge.judge(self._object(index, item), index, None)
        owner = self.world.users[judged.owner or self.call.user.id]
        made = occurrences(self.world, judged.values, index, owner)
        limit = self.world.knobs.max_records
        if limit is not None and len(self.table.rows) + len(made) > limit:
            raise ItemError(
                "MAX_RECORDS_LIMIT_REACHED",
                "maximum number of records limit reached",
                {"max_no_of_records": limit},
            )
        return [self._create(judged, values) for values in made]

    def _create(self, judged: Judged, values: dict[str, Any]) -> dict[str, Any]:
        invited = self._invited(judged, values)
        record = self.world.insert(
            self.module.api_name,
            {k: v for k, v in {**values, **invited}.items() if v is not None},
            self.call.user.id,
            self.call.now,
            owner=judged.owner,
            tags=judged.tags or (),
        )
        if judged.approved is False:
            record.approval = "approval_pending"
        self._tell(record, "create", invited, self._assignee_told(judged, None))
        self._automation(record, "create")
        details = {**self._times(record), "$approval_state": record.approval}
        return _success(details, "record added")

    def _update(self, index: int, item: Any) -> dict[str, Any]:
        fields = self._object(index, item)
        where = {"api_name": "id", "json_path": f"$.data[{index}].id"}
        if fields.get("id") is None:
            raise ItemError("MANDATORY_NOT_FOUND", "required field not found", where)
        record_id = id_text(fields["id"])
        if record_id is None or not self._seen(record_id):
            raise ItemError("INVALID_DATA", "the id given seems to be invalid", where)
        return self._change(index, fields, self.table.rows[record_id])

    def _change(
        self, index: int, fields: dict[str, Any], record: Record
    ) -> dict[str, Any]:
        self._may_change(record, index)
        judged = self.judge.judge(fields, index, record)
        invited = self._invited(judged, {**record.values, **judged.values})
        told = self._assignee_told(judged, record)
        changes = {**judged.values, **invited}
        same = (
            all(record.values.get(k) == v for k, v in changes.items())
            and judged.owner in (None, record.owner)
            and judged.tags in (None, record.tags)
        )
        if self.world.knobs.noop_bumps or not same:
            self.world.update(
                record,
                changes,
                self.call.user.id,
                self.call.now,
                owner=judged.owner,
                tags=judged.tags,
            )
            self._tell(record, "edit", invited, told)
            self._automation(record, "edit")
        return _success(self._times(record), "record updated")

    def _may_change(self, record: Record, index: int) -> None:
        if self.unmodified_since is not None:
            if record.modified > self.unmodified_since:
                raise ItemError(
                    "ALREADY_MODIFIED",
                    "record updated time has already passed if-unmodified-since time",
                    self._times(record),
                )
        if record.locked:
            raise ItemError(
                "RECORD_LOCKED",
                "Sorry, you cannot perform this operation as the record is locked.",
                {
                    "api_name": "id",
                    "json_path": f"$.data[{index}].id",
                    "action": "record_locking",
                },
            )
        if record.approval != "approved":
            raise ItemError("NOT_APPROVED", "record not approved", {"id": record.id})

    def _upsert(self, index: int, item: Any, checks: list[str]) -> dict[str, Any]:
        fields = self._object(index, item)
        found, field = self._twin(index, fields, checks)
        if found is None:
            (answer_,) = self._insert(index, fields)
            answer_["details"].pop("$approval_state", None)
            return {**answer_, "action": "insert", "duplicate_field": None}
        fields = {k: v for k, v in fields.items() if k != "id"}
        answer_ = self._change(index, fields, found)
        return {**answer_, "action": "update", "duplicate_field": field}

    def _twin(
        self, index: int, fields: dict[str, Any], checks: list[str]
    ) -> tuple[Record | None, str | None]:
        """The record an upsert means, and the field that told (2.5)."""
        record_id = id_text(fields.get("id"))
        if record_id is not None and self._seen(record_id):
            return self.table.rows[record_id], None
        found: Record | None = None
        by: str | None = None
        for name in checks:
            value = fields.get(name)
            matches = self.table.having(name, value) if value else set()
            if not matches:
                continue
            if found is None:
                found, by = self.table.rows[min(matches)], name
            elif found.id not in matches:
                other = self.table.rows[min(matches)]
                raise duplicate(
                    self.world, self.module, name, index, other, len(matches) > 1
                )
        return found, by

    def _delete(self, index: int, item: str) -> dict[str, Any]:
        if item not in self.table.rows or not self._seen(item):
            raise ItemError("INVALID_DATA", "record not deleted", {"id": item})
        record = self.table.rows[item]
        if record.locked:
            raise ItemError(
                "RECORD_LOCKED",
                "You cannot perform this operation as the record is locked.",
                {"action": "record_locking", "id": item},
            )
        if record.approval != "approved":
            raise ItemError("NOT_APPROVED", "record not approved", {"id": item})
        self.world.delete(record, self.call.user.id, self.call.now)
        self._automation(record, "delete")
        return _success({"id": item}, "record deleted")

    # -- afterwards --------------------------------------------------------

    def _times(self, record: Record) -> dict[str, Any]:
        users = self.world.users
        return {
            "Modified_Time": self.call.show.time(record.modified),
            "Modified_By": users[record.modified_by].ref(),
            "Created_Time": self.call.show.time(record.created),
            "id": record.id,
            "Created_By": users[record.created_by].ref(),
        }

    def _invited(self, judged: Judged, values: dict[str, Any]) -> dict[str, Any]:
        """The participants as invited, where the write is to send invitations."""
        notify = judged.notify
        if notify is None:
            notify = self.world.knobs.send_notification
        if not notify or not values.get("Participants"):
            return {}
        return {
            "Participants": [{**row, "invited": True} for row in values["Participants"]]
        }

    def _assignee_told(self, judged: Judged, current: Record | None) -> bool:
        """Whether a task's new owner gets a mail (3.2, Send_Notification_Email)."""
        if self.module.api_name != "Tasks":
            return False
        given = judged.values.get("Send_Notification_Email")
        if given is not None:
            return bool(given)
        new = current is None or judged.owner not in (None, current.owner)
        return new and self.world.knobs.notify_assignee

    def _tell(
        self, record: Record, what: str, invited: dict[str, Any], assignee: bool
    ) -> None:
        """Notes the mails that a write sends to people."""
        mails = [("assignment", self.world.users[record.owner].email)] * assignee
        for row in invited.get("Participants", ()):
            address = row["Email"] or row["participant"]
            mails.append(("invitation", address))
        self._mails(record, what, mails)

    def _mails(
        self, record: Record, what: str, mails: Iterable[tuple[str, str]]
    ) -> None:
        for kind, address in mails:
            self.log.mail(
                kind=kind,
                module=record.module,
                id=record.id,
                operation=what,
                to=address,
                time=int(self.call.now),
            )

    def cancel(self, record_id: str) -> Response:
        """POST /Events/{id}/actions/cancel: only after invitations (3.3)."""
        if not record_id.isdecimal():
            raise _bad_id()
        items = self._items(self.call.body())
        self._single(record_id)
        results = self._one(0, items[0], lambda n, it: self._cancel(record_id, it))
        return self._reply(results, 200)

    def _cancel(self, record_id: str, item: Any) -> dict[str, Any]:
        send = self._object(0, item).get("send_cancelling_mail")
        if not isinstance(send, bool):
            where = "$.data[0].send_cancelling_mail"
            details = {"api_name": "send_cancelling_mail", "json_path": where}
            raise ItemError("MANDATORY_NOT_FOUND", "required field not found", details)
        record = self.table.rows[record_id]
        people = record.values.get("Participants") or []
        end = record.values[END]
        if isinstance(end, str):
            zone = self.call.user.time_zone
            end = day_instant(end, zone, end=True, clock="23:59:59")
        over = end <= self.call.now
        invited = any(row["invited"] for row in people)
        if over or not invited or record.values.get("$event_cancelled"):
            raise ItemError(
                "NOT_ALLOWED", "the event cannot be cancelled", {"id": record_id}
            )
        changes = {"$event_cancelled": True}
        self.world.update(record, changes, self.call.user.id, self.call.now)
        if send:
            told = [("cancellation", r["Email"] or r["participant"]) for r in people]
            self._mails(record, "cancel", told)
        message = "The event is successfully cancelled"
        return _success({"id": record_id}, message)

    def _automation(self, record: Record, what: str) -> None:
        knobs = self.world.knobs
        by = self.call.user.id
        if self.runs_workflows:
            if knobs.workflow_mails:
                owner = self.world.users[record.owner].email
                self._mails(record, what, [("workflow", owner)])
            for rule in self.workflows:
                if rule.module == record.module and what in rule.on:
                    self._later(record, rule.fields, by, rule.delay)
        if knobs.touch_after is not None and what != "delete":
            self._later(record, {}, by, knobs.touch_after)

    def _later(
        self, record: Record, changes: dict[str, Any], by: str, delay: float
    ) -> None:
        def work(now: int) -> None:
            if record.deleted is None and record.id in self.table.rows:
                self.world.update(record, changes, by, now)

        if delay <= 0:
            work(int(self.call.now))
        else:
            self.world.later.append((self.call.now + delay, work))

    def _reply(self, results: list[dict[str, Any]], all_good: int) -> Response:
        good = sum(r["status"] == "success" for r in results)
        self.call.seen |= {
            "results": [r["code"] for r in results],
            "ids": [r["details"].get("id") for r in results],
        }
        codes = {r["code"] for r in results}
        if good == len(results):
            status = all_good
        elif good:
            status = 207
        else:
            status = 412 if codes == {"ALREADY_MODIFIED"} else 400
        if self.world.knobs.old_write_status and status in (201, 207, 400):
            status = 200 if good else 202
        return answer({"data": results}, status)


def _success(details: dict[str, Any], message: str) -> dict[str, Any]:
    return {
        "code": "SUCCESS",
        "details": details,
        "message": message,
        "status": "success",
    }


def _bad_id() -> ApiError:
    return ApiError(
        400, "INVALID_DATA", "invalid record id", {"resource_path_index": 0}
    )


def _too_many() -> ApiError:
    return ApiError(
        400,
        "LIMIT_EXCEEDED",
        "count of records in your request exceeds the limit",
        {"maximum_length": 100, "api_name": "data"},
        wrap="data",
    )


def purge_bin(call: Call) -> Response:
    """DELETE /settings/recycle_bin?ids=: deletes from the bin for good (2.7)."""
    wanted = call.args.get("ids")
    if not wanted:
        raise missing_param("ids")
    results = []
    for record_id in wanted.split(","):
        tables = call.world.tables.values()
        record = next((t.bin[record_id] for t in tables if record_id in t.bin), None)
        if record is None:
            results.append(
                error_body("INVALID_DATA", "record not deleted", {"id": record_id})
            )
        else:
            call.world.purge(record, call.now)
            results.append(_success({"id": record_id}, "record deleted"))
    good = sum(r["status"] == "success" for r in results)
    status = 200 if good == len(results) else 207 if good else 400
    return answer({"recycle_bin": results}, status)
