"""Lists, single records, deleted records, search and count (2.1, 2.2, 2.7, 4.2)."""

from __future__ import annotations

import re
import secrets
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from ..common import Response
from .call import Call, answer, empty
from .errors import ApiError, bad_param, missing_param, over_limit
from .fields import ModuleDef
from .world import DAY, Record, Table

SORTS = ("id", "Created_Time", "Modified_Time")
LIST_PARAMS = frozenset(
    {
        "fields",
        "ids",
        "page",
        "per_page",
        "page_token",
        "sort_by",
        "sort_order",
        "cvid",
        "converted",
        "territory_id",
        "include_child",
    }
)


@dataclass
class PageToken:
    """A place in a walk. `after` is the sort key of the last record served."""

    user: str
    params: dict[str, str]
    since: int | None
    expires: int
    page: int
    served: int
    after: tuple[int, str] | None
    previous: str | None


@dataclass
class Tokens:
    """All page tokens given out."""

    known: dict[str, PageToken] = field(default_factory=dict)

    def issue(self, token: PageToken) -> str:
        """Stores a place and names it; of expired ones the oldest go."""
        while len(self.known) > 5000:
            oldest = next(iter(self.known))
            if self.known[oldest].expires > token.expires - 2 * DAY:
                break
            del self.known[oldest]
        name = secrets.token_hex(40)
        self.known[name] = token
        return name


@dataclass
class Walk:
    """What one list request asks for, checked."""

    names: list[str]
    per_page: int
    page: int
    sort_by: str
    descending: bool
    since: int | None
    ids: list[str] | None
    token: PageToken | None
    token_name: str | None
    params: dict[str, str]


def list_records(call: Call, name: str, tokens: Tokens) -> Response:
    """GET /{module}."""
    table = call.table(name, "View")
    walk = _read_walk(call, table.module, tokens)
    start = walk.token.after if walk.token else None
    served = walk.token.served if walk.token else (walk.page - 1) * walk.per_page
    if served >= call.knobs.pagination_ceiling:
        raise ApiError(
            400,
            "PAGINATION_LIMIT_EXCEEDED",
            f"You can only get upto {call.knobs.pagination_ceiling} records"
            " using page_token param",
            {"param_name": "page_token"},
        )
    if walk.token is not None and call.knobs.page_token_position == "key":
        skip = 0
    else:
        start, skip = None, served
    rows = _ordered(call, table, walk, start)
    page: list[tuple[tuple[int, str], Record]] = []
    more = False
    for item in rows:
        if skip:
            skip -= 1
            continue
        if len(page) == walk.per_page:
            more = True
            break
        page.append(item)
    if not page:
        unchanged = walk.since is not None and served == 0
        return empty(304 if unchanged else 204)
    names = listable(call, walk.names)
    data = [call.show.record(r, table.module, names) for _, r in page]
    last = page[-1][0]
    info = _info(call, walk, tokens, last, served + len(page), len(page), more)
    return answer({"data": data, "info": info})


def _read_walk(call: Call, module: ModuleDef, tokens: Tokens) -> Walk:
    args = call.args
    for first, second in (("page", "page_token"), ("sort_by", "cvid")):
        if first in args and second in args:
            raise ApiError(
                400,
                "AMBIGUITY_DURING_PROCESSING",
                "ambiguity while processing the request",
                {
                    "ambiguity_due_to": [
                        {"param_name": first},
                        {"param_name": second},
                    ]
                },
            )
    names = list_fields(call, module)
    if "cvid" in args and args["cvid"] != module.view_id:
        raise bad_param("cvid")
    sort_by = args.get("sort_by", "id")
    if sort_by not in SORTS:
        raise bad_param("sort_by", supported_values=list(SORTS))
    order = args.get("sort_order", "desc").lower()
    if order not in ("asc", "desc"):
        raise bad_param("sort_order", supported_values=["asc", "desc"])
    if args.get("converted", "false").lower() not in ("true", "false", "both"):
        raise bad_param("converted", supported_values=["true", "false", "both"])
    per_page = call.number("per_page", 200, 1, 200)
    page = call.number("page", 1, 1, 10**9)
    if page * per_page > call.knobs.discrete_limit:
        raise ApiError(
            400,
            "DISCRETE_PAGINATION_LIMIT_EXCEEDED",
            f"You can only get the first {call.knobs.discrete_limit} records"
            " without using page_token param",
            {"limit": call.knobs.discrete_limit},
        )
    walk = Walk(
        names=names,
        per_page=per_page,
        page=page,
        sort_by=sort_by,
        descending=order == "desc",
        since=call.since("If-Modified-Since"),
        ids=read_ids(call, args["ids"]) if "ids" in args else None,
        token=None,
        token_name=args.get("page_token"),
        params={k: v for k, v in args.items() if k not in ("page", "page_token")},
    )
    if walk.token_name is not None:
        walk.token = _check_token(call, walk, tokens)
        walk.page = walk.token.page
    return walk


def list_fields(call: Call, module: ModuleDef) -> list[str]:
    """`fields` of a list: mandatory, at most 50 (2.1)."""
    names = [n.strip() for n in call.args.get("fields", "").split(",") if n.strip()]
    if not names:
        raise missing_param("fields")
    names = list(dict.fromkeys(names))
    if len(names) > call.knobs.max_fields:
        raise over_limit(call.knobs.max_fields, "fields")
    if call.knobs.unknown_list_fields == "refuse":
        for name in names:
            if not name.startswith("$") and module.get(name) is None:
                raise bad_param("fields")
    return names


def listable(call: Call, names: list[str]) -> list[str]:
    """Without the fields that only a single record has (2.1)."""
    if call.knobs.participants_in_list:
        return names
    return [n for n in names if n != "Participants"]


def read_ids(call: Call, text: str) -> list[str]:
    """`ids`: a comma list of record ids."""
    ids = list(dict.fromkeys(i.strip() for i in text.split(",") if i.strip()))
    if not ids or not all(i.isdecimal() for i in ids):
        raise bad_param("ids")
    if len(ids) > call.knobs.max_ids:
        raise over_limit(call.knobs.max_ids, "ids")
    return ids


def _check_token(call: Call, walk: Walk, tokens: Tokens) -> PageToken:
    token = tokens.known.get(walk.token_name or "")
    if token is not None and token.user != call.user.id:
        raise bad_param("page_token")
    if token is not None and token.expires <= call.now:
        raise ApiError(
            400,
            "EXPIRED_VALUE",
            "Page token expired",
            {"api_name": "page_token", "json_path": "$.query.page_token"},
        )
    bound = token is not None and token.params == walk.params
    if bound and call.knobs.page_token_bound_to_header:
        bound = token is not None and token.since == walk.since
    if token is None or not bound:
        raise ApiError(
            400,
            "TOKEN_BOUND_DATA_MISMATCH",
            "The page_token given seems to be invalid or input param is added"
            " or altered or deleted",
            {"param_name": "page_token"},
        )
    return token


def _ordered(
    call: Call, table: Table, walk: Walk, after: tuple[int, str] | None
) -> Iterator[tuple[tuple[int, str], Record]]:
    """Visible records with their sort keys, from behind `after` on."""
    if walk.ids is not None:
        rows = [table.rows[i] for i in walk.ids if i in table.rows]
        keys = sorted(_key(walk.sort_by, r) for r in rows)
    elif walk.sort_by == "id":
        keys = [(0, i) for i in table.ids]
    elif walk.sort_by == "Modified_Time":
        keys = table.by_modified
    else:
        keys = table.by_created
    low, high = 0, len(keys)
    if walk.sort_by == "Modified_Time" and walk.since is not None:
        low = bisect_left(keys, (walk.since, ""))
    if after is not None and walk.descending:
        high = min(high, bisect_left(keys, after))
    elif after is not None:
        low = max(low, bisect_right(keys, after))
    span = range(high - 1, low - 1, -1) if walk.descending else range(low, high)
    for position in span:
        key = keys[position]
        record = table.rows[key[1]]
        if walk.since is not None and record.modified < walk.since:
            continue
        if call.world.sees(call.user, record):
            yield key, record


def _key(sort_by: str, record: Record) -> tuple[int, str]:
    match sort_by:
        case "Modified_Time":
            return record.modified, record.id
        case "Created_Time":
            return record.created, record.id
    return 0, record.id


def _info(
    call: Call,
    walk: Walk,
    tokens: Tokens,
    last: tuple[int, str],
    served: int,
    count: int,
    more: bool,
) -> dict[str, Any]:
    following = expiry = None
    if more:
        here = PageToken(
            user=call.user.id,
            params=walk.params,
            since=walk.since,
            expires=int(call.now + call.knobs.page_token_hours * 3600),
            page=walk.page,
            served=0,
            after=None,
            previous=None,
        )
        expiry = call.show.time(here.expires)
        back = walk.token_name
        if back is None and walk.page == 1:
            back = tokens.issue(here)
        following = tokens.issue(
            replace(here, page=walk.page + 1, served=served, after=last, previous=back)
        )
    return {
        "call": False,
        "per_page": walk.per_page,
        "next_page_token": following,
        "count": count,
        "sort_by": walk.sort_by,
        "page": walk.page,
        "previous_page_token": walk.token.previous if walk.token else None,
        "page_token_expiry": expiry,
        "sort_order": "desc" if walk.descending else "asc",
        "email": False,
        "more_records": more,
    }


# -- one record ------------------------------------------------------------


def get_record(call: Call, name: str, record_id: str) -> Response:
    """GET /{module}/{id}: 204 for one that is gone or out of sight (2.2)."""
    table = call.table(name, "View")
    if not record_id.isdecimal():
        return _no_record(call, call.knobs.malformed_id_status)
    record = table.rows.get(record_id)
    if record is None or not call.world.sees(call.user, record):
        return _no_record(call, call.knobs.missing_record_status)
    since = call.since("If-Modified-Since")
    if since is not None and record.modified < since:
        return empty(304)
    if "fields" in call.args:
        names = list_fields(call, table.module)
        data = call.show.record(record, table.module, names)
    else:
        data = call.show.whole(record, table.module)
    return answer({"data": [data]})


def _no_record(call: Call, status: int) -> Response:
    if status == 204:
        return empty()
    raise ApiError(
        status, "INVALID_DATA", "invalid record id", {"resource_path_index": 1}
    )


# -- deleted records -------------------------------------------------------


def list_deleted(call: Call, name: str) -> Response:
    """GET /{module}/deleted, the newest deletion first (2.7)."""
    table = call.table(name, "View")
    kind = call.args.get("type", "all")
    if kind not in ("all", "recycle", "permanent"):
        raise ApiError(
            400,
            "PATTERN_NOT_MATCHED",
            "Please check whether the input values are correct",
            {"param_name": "type"},
            wrap="data" if call.knobs.deleted_errors_wrapped else None,
        )
    per_page = call.number("per_page", 200, 1, 200)
    page = call.number("page", 1, 1, 10**9)
    since = call.since("If-Modified-Since")
    call.world.expire(table, call.now)
    rows: list[tuple[int, str, dict[str, Any]]] = []
    if kind != "permanent":
        for r in table.bin.values():
            if call.world.sees(call.user, r):
                rows.append((r.deleted or 0, r.id, _binned(call, r)))
    if kind != "recycle":
        for gone in table.gone.values():
            if gone.id not in call.user.hidden:
                rows.append((gone.time, gone.id, _gone(call, gone.id, gone.time)))
    rows = [r for r in rows if since is None or r[0] >= since]
    rows.sort(key=lambda r: r[:2], reverse=True)
    first = (page - 1) * per_page
    part = rows[first : first + per_page]
    if not part:
        conditional = call.knobs.deleted_304 and since is not None
        return empty(304 if conditional else 204)
    info = {
        "per_page": per_page,
        "count": len(part),
        "page": page,
        "more_records": len(rows) > first + per_page,
    }
    return answer({"data": [r[2] for r in part], "info": info})


def _binned(call: Call, record: Record) -> dict[str, Any]:
    users = call.world.users
    return {
        "deleted_by": users[record.deleted_by].ref() if record.deleted_by else None,
        "id": record.id,
        "display_name": call.world.name_of(record),
        "type": "recycle",
        "created_by": users[record.created_by].ref(),
        "deleted_time": call.show.time(record.deleted),
    }


def _gone(call: Call, record_id: str, time: int) -> dict[str, Any]:
    return {
        "deleted_by": None,
        "id": record_id,
        "display_name": None,
        "type": "permanent",
        "created_by": None,
        "deleted_time": call.show.time(time),
    }


def list_bin(call: Call) -> Response:
    """GET /settings/recycle_bin: the bins of all modules (2.7)."""
    wanted = read_ids(call, call.args["ids"]) if "ids" in call.args else None
    per_page = call.number("per_page", 200, 1, 200)
    page = call.number("page", 1, 1, 10**9)
    rows: list[Record] = []
    for table in call.world.tables.values():
        call.world.expire(table, call.now)
        rows += [r for r in table.bin.values() if wanted is None or r.id in wanted]
    rows.sort(key=lambda r: (r.deleted or 0, r.id), reverse=True)
    first = (page - 1) * per_page
    part = rows[first : first + per_page]
    if not part:
        return empty()
    users = call.world.users
    data = [
        {
            "owner": users[r.owner].ref(),
            "module": {"api_name": r.module, "id": call.world.modules[r.module].id},
            "deleted_by": users[r.deleted_by].ref() if r.deleted_by else None,
            "id": r.id,
            "display_name": call.world.name_of(r),
            "deleted_time": call.show.time(r.deleted),
        }
        for r in part
    ]
    info = {
        "per_page": per_page,
        "count": len(part),
        "page": page,
        "more_records": len(rows) > first + per_page,
    }
    return answer({"recycle_bin": data, "info": info})


# -- search and count ------------------------------------------------------

Match = Any
_CRITERION = re.compile(r"([A-Za-z]\w*):([a-z_]+):((?:\\.|[^\\()])*)", re.S)


def search(call: Call, name: str) -> Response:
    """GET /{module}/search: from an index that is late; equals is contains (4.2)."""
    table = call.table(name, "View")
    wanted = _search_test(call, table.module)
    names = (
        list_fields(call, table.module)
        if "fields" in call.args
        else [f.api_name for f in table.module.shown()]
    )
    per_page = call.number("per_page", 200, 1, 200)
    page = call.number("page", 1, 1, 10**9)
    hits = []
    for record_id in reversed(table.ids):
        record = table.rows[record_id]
        known = call.world.indexed(record, call.now, call.knobs.search_lag)
        if known is None or not call.world.sees(call.user, record):
            continue
        if wanted(record, known):
            hits.append(record)
            if len(hits) == call.knobs.search_window:
                break
    first = (page - 1) * per_page
    part = hits[first : first + per_page]
    if not part:
        return empty()
    info = {
        "per_page": per_page,
        "count": len(part),
        "sort_by": "id",
        "page": page,
        "sort_order": "desc",
        "more_records": len(hits) > first + per_page,
    }
    names = listable(call, names)
    data = [call.show.record(r, table.module, names) for r in part]
    return answer({"data": data, "info": info})


def _search_test(call: Call, module: ModuleDef) -> Match:
    args = call.args
    if "criteria" in args:
        return _criteria(module, args["criteria"])
    for kind in ("email", "phone"):
        if kind in args:
            names = [f.api_name for f in module.shown() if f.data_type == kind]
            needle = args[kind].casefold()
            return lambda r, v: any(
                needle == str(v.get(n) or "").casefold() for n in names
            )
    if "word" in args:
        needle = args["word"].casefold()
        return lambda r, v: any(
            isinstance(x, str) and needle in x.casefold() for x in v.values()
        )
    raise missing_param("criteria")


def _criteria(module: ModuleDef, text: str) -> Match:
    """Reads `((A:equals:x)and(B:starts_with:y))`."""
    tests: list[Match] = []

    def leaf(found: re.Match[str]) -> str:
        tests.append(_criterion(module, found[1], found[2], found[3]))
        return f"#{len(tests) - 1}#"

    shape = _CRITERION.sub(leaf, text)
    if not tests or len(tests) > 10:
        raise _bad_criteria()
    while True:
        reduced = re.sub(r"\((#\d+#)\)", r"\1", shape)
        found = re.search(r"(#\d+#)\s*(and|or)\s*(#\d+#)", reduced)
        if found is None:
            shape = reduced
            break
        left, right = (tests[int(found[i].strip("#"))] for i in (1, 3))
        tests.append(_both(left, right) if found[2] == "and" else _any(left, right))
        span = found.span()
        shape = reduced[: span[0]] + f"#{len(tests) - 1}#" + reduced[span[1] :]
    if not re.fullmatch(r"\s*#\d+#\s*", shape):
        raise _bad_criteria()
    result: Match = tests[int(shape.strip().strip("#"))]
    return result


def _both(a: Match, b: Match) -> Match:
    return lambda r, v: a(r, v) and b(r, v)


def _any(a: Match, b: Match) -> Match:
    return lambda r, v: a(r, v) or b(r, v)


def _bad_criteria() -> ApiError:
    return ApiError(
        400, "INVALID_QUERY", "invalid query formed", {"param_name": "criteria"}
    )


def _criterion(module: ModuleDef, name: str, operator: str, raw: str) -> Match:
    definition = module.get(name)
    if definition is None:
        raise _bad_criteria()
    value = re.sub(r"\\(.)", r"\1", raw).strip().casefold()
    choices = [v.strip() for v in value.split(",")]

    def text(record: Record, known: dict[str, Any]) -> str:
        if name == "Owner":
            return record.owner
        found = known.get(name)
        if name in module.name_parts or found is not None:
            return str(found or "").casefold()
        if name == module.display_field and module.name_parts:
            parts = (known.get(p) for p in module.name_parts)
            return " ".join(p for p in parts if p).casefold()
        return ""

    match operator:
        case "equals":
            return lambda r, v: value in text(r, v)
        case "not_equal":
            return lambda r, v: value not in text(r, v)
        case "starts_with":
            return lambda r, v: text(r, v).startswith(value)
        case "in":
            return lambda r, v: text(r, v) in choices
    raise _bad_criteria()


def count(call: Call, name: str) -> Response:
    """GET /{module}/actions/count: a figure that is late (2.10)."""
    table = call.table(name, "View")
    filtered = {"criteria", "email", "phone", "word"} & set(call.args)
    wanted: Match = _search_test(call, table.module) if filtered else lambda r, v: True
    lag = call.knobs.count_lag
    total = 0
    for record in table.rows.values():
        known = call.world.indexed(record, call.now, lag)
        if known is not None and call.world.sees(call.user, record):
            total += bool(wanted(record, known))
    return answer({"count": total})
