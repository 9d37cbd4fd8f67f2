"""COQL: select, from, where, order by, limit; no joins of more than two (4.3)."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from ..common import Response
from .activities import END, START
from .call import Call, answer, empty
from .errors import ApiError, invalid_module
from .fields import FieldDef, ModuleDef
from .metadata import field_json
from .oauth import allows, module_scopes
from .times import read_date, read_instant
from .world import Record, Table

_TOKEN = re.compile(
    r"\s*(?:(?P<string>'(?:\\.|''|[^'\\])*')"
    r"|(?P<number>-?\d+(?:\.\d+)?)"
    r"|(?P<word>[A-Za-z_$][\w$]*(?:\.[A-Za-z_][\w]*)*)"
    r"|(?P<sign>!=|<>|>=|<=|[=<>(),]))",
    re.S,
)
_SIGNS = {"=", "!=", "<>", ">", "<", ">=", "<="}
_NOT_SELECTABLE = {
    "Participants",
    "Record_Image",
    "Recurring_Activity",
    "Remind_At",
    "Remind_Participants",
    "Tag",
}

Test = Callable[[Record, dict[str, Any]], bool]


def syntax_error(near: str, position: int = 0) -> ApiError:
    """400 SYNTAX_ERROR."""
    return ApiError(
        400,
        "SYNTAX_ERROR",
        "missing clause" if position == 0 else "error in the query",
        {"clause": near}
        if position == 0
        else {"line": 1, "column": position, "near": near},
    )


def invalid_query(**details: Any) -> ApiError:
    """400 INVALID_QUERY."""
    return ApiError(400, "INVALID_QUERY", "invalid query formed", details)


@dataclass
class Token:
    """One word of the query."""

    kind: str
    text: str
    position: int


@dataclass
class Condition:
    """`field operator value`, with literals already read."""

    name: str
    operator: str
    value: Any


@dataclass
class Group:
    """Conditions joined by `and` or by `or`."""

    word: str
    parts: list[Any]


@dataclass
class Query:
    """A parsed query."""

    columns: list[str] = field(default_factory=list)
    module: str = ""
    where: Any = None
    order: list[tuple[str, bool]] = field(default_factory=list)
    limit: int | None = None
    offset: int = 0


def tokens_of(text: str) -> list[Token]:
    """The query's words. Raises SYNTAX_ERROR at what is none."""
    found: list[Token] = []
    position = 0
    text = text.rstrip().rstrip(";").rstrip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise syntax_error(text[position : position + 10], position + 1)
        kind = match.lastgroup or ""
        found.append(Token(kind, match[kind], match.start(kind) + 1))
        position = match.end()
    return found


class Parser:
    """Reads one query. `pairs`: each bracket joins two conditions, no more."""

    def __init__(self, text: str, *, pairs: bool) -> None:
        self.tokens = tokens_of(text)
        self.at = 0
        self.pairs = pairs

    def parse(self) -> Query:
        """The whole query. Raises ApiError."""
        query = Query()
        self._expect("select")
        query.columns = self._list(self._name)
        self._expect("from")
        query.module = self._name()
        if not self._take("where"):
            raise syntax_error("where")
        query.where = self._condition(top=True)
        if self._take("order"):
            self._expect("by")
            query.order = self._list(self._ordering)
        if self._take("limit"):
            query.limit = self._whole()
            if self._take(","):
                query.offset, query.limit = query.limit, self._whole()
            elif self._take("offset"):
                query.offset = self._whole()
        elif self._take("offset"):
            query.offset = self._whole()
        if self.at < len(self.tokens):
            self._stop()
        return query

    # -- pieces ----------------------------------------------------------------

    def _peek(self) -> Token | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def _take(self, word: str) -> bool:
        token = self._peek()
        if token is None or token.kind == "string" or token.text.lower() != word:
            return False
        self.at += 1
        return True

    def _expect(self, word: str) -> None:
        if not self._take(word):
            if self._peek() is None:
                raise syntax_error(word)
            self._stop()

    def _stop(self) -> None:
        token = self._peek()
        if token is None:
            raise syntax_error("query")
        raise syntax_error(token.text, token.position)

    def _next(self, *kinds: str) -> Token:
        token = self._peek()
        if token is None or token.kind not in kinds:
            self._stop()
        assert token is not None
        self.at += 1
        return token

    def _name(self) -> str:
        return self._next("word").text

    def _whole(self) -> int:
        text = self._next("number").text
        if not text.isdecimal():
            raise syntax_error(text, 1)
        return int(text)

    def _list(self, read: Callable[[], Any]) -> list[Any]:
        items = [read()]
        while self._take(","):
            items.append(read())
        return items

    def _ordering(self) -> tuple[str, bool]:
        name = self._name()
        if self._take("desc"):
            return name, True
        self._take("asc")
        return name, False

    def _condition(self, *, top: bool = False) -> Any:
        left = self._operand()
        word = None
        parts = [left]
        while True:
            token = self._peek()
            text = token.text.lower() if token and token.kind == "word" else ""
            if text not in ("and", "or"):
                break
            if word is not None and (self.pairs or text != word):
                self._stop()
            word = text
            self.at += 1
            parts.append(self._operand())
        return left if word is None else Group(word, parts)

    def _operand(self) -> Any:
        if self._take("("):
            inner = self._condition()
            self._expect(")")
            return inner
        return self._comparison()

    def _comparison(self) -> Condition:
        name = self._name()
        token = self._next("word", "sign")
        word = token.text.lower()
        if word in _SIGNS:
            return Condition(name, "!=" if word == "<>" else word, self._literal())
        if word == "is":
            negated = self._take("not")
            self._expect("null")
            return Condition(name, "is not null" if negated else "is null", None)
        negated = word == "not"
        if negated:
            word = self._next("word").text.lower()
        prefix = "not " if negated else ""
        match word:
            case "in":
                self._expect("(")
                values = self._list(self._literal)
                self._expect(")")
                return Condition(name, f"{prefix}in", values)
            case "like":
                return Condition(name, f"{prefix}like", self._literal())
            case "between":
                low = self._literal()
                self._expect("and")
                return Condition(name, f"{prefix}between", [low, self._literal()])
        raise syntax_error(token.text, token.position)

    def _literal(self) -> Any:
        token = self._next("string", "number", "word")
        if token.kind == "string":
            return re.sub(r"\\(.)|''", lambda m: m[1] or "'", token.text[1:-1])
        if token.kind == "number":
            number = float(token.text)
            return number if "." in token.text else int(token.text)
        if token.text.lower() in ("true", "false"):
            return token.text.lower() == "true"
        raise syntax_error(token.text, token.position)


# -- what a query means --------------------------------------------------------


class Reader:
    """Column values of records, comparable: times as seconds, ids as text."""

    def __init__(self, call: Call, module: ModuleDef) -> None:
        self.call = call
        self.world = call.world
        self.module = module
        self.joins: set[str] = set()

    def definition(self, name: str) -> FieldDef:
        """The last field of a column path. Raises INVALID_QUERY."""
        head, _, rest = name.partition(".")
        found = self.module.get(head)
        if found is None or found.api_name in _NOT_SELECTABLE:
            raise invalid_query(column_name=name, reason="column is not available")
        if not rest:
            return found
        self.joins.add(head)
        if len(self.joins) > 2:
            raise invalid_query(column_name=name, reason="more than two joins")
        if found.data_type == "ownerlookup":
            if rest not in ("id", "email", "first_name", "last_name", "full_name"):
                raise invalid_query(column_name=name, reason="column is not available")
            return FieldDef(rest, "bigint" if rest == "id" else "text")
        target = self.world.modules.get(found.lookup or "")
        inner = target.get(rest) if target else None
        if inner is None:
            raise invalid_query(column_name=name, reason="column is not available")
        return inner

    def value(self, record: Record, known: dict[str, Any], name: str) -> Any:
        """A comparable value."""
        head, _, rest = name.partition(".")
        found = self._plain(record, known, head)
        if not rest or found is None:
            return found
        user = self.world.users.get(found)
        if user is not None:
            return {
                "id": user.id,
                "email": user.email,
                "first_name": user.first_name,
                "last_name": user.last_name,
                "full_name": user.name,
            }[rest]
        definition = self.module.fields[head]
        target = self.world.find(definition.lookup or "", found)
        return None if target is None else self._plain(target, target.values, rest)

    def _plain(self, record: Record, known: dict[str, Any], name: str) -> Any:
        match name:
            case "id":
                return record.id
            case "Owner":
                return record.owner
            case "Created_By":
                return record.created_by
            case "Modified_By":
                return record.modified_by
            case "Created_Time":
                return record.created
            case "Modified_Time" | "Change_Log_Time__s":
                return record.modified
            case "Last_Activity_Time":
                return record.activity
            case "Full_Name":
                return self.world.name_of(record)
            case "Locked__s":
                return record.locked
            case "Record_Status__s":
                return "Available"
            case "Layout":
                return self.world.modules[record.module].layout_id
        found = known.get(name)
        if found is None:
            definition = self.world.modules[record.module].fields.get(name)
            boolean = definition is not None and definition.data_type == "boolean"
            return definition.default if definition and boolean else None
        if name in (START, END):
            return self.call.show.instant(name, found)
        return found

    def shown(self, record: Record, known: dict[str, Any], name: str) -> Any:
        """A column as the answer has it: lookups answer only their id."""
        definition = self.definition(name)
        value = self.value(record, known, name)
        if value is None:
            return None
        if definition.data_type in ("lookup", "ownerlookup", "layout"):
            return {"id": value}
        if definition.data_type == "datetime":
            return self.call.show.time(value)
        return value

    def literal(self, definition: FieldDef, name: str, value: Any) -> Any:
        """A literal in the column's terms. Raises INVALID_QUERY."""
        kind = definition.data_type
        answer_: Any
        if kind in ("bigint", "lookup", "ownerlookup", "layout"):
            text = str(value)
            answer_ = text.zfill(19) if text.isdecimal() else None
        elif kind == "datetime":
            answer_ = read_instant(value, zulu=self.call.knobs.zulu_times)
        elif kind == "date":
            answer_ = read_date(value)
        elif kind == "boolean":
            answer_ = value if isinstance(value, bool) else None
        elif kind in ("integer", "double", "currency"):
            known = isinstance(value, int | float) and not isinstance(value, bool)
            answer_ = value if known else None
        else:
            answer_ = value.casefold() if isinstance(value, str) else None
        if answer_ is None:
            raise invalid_query(
                column_name=name, reason="invalid value", expected_data_type=kind
            )
        return answer_

    def test(self, node: Any) -> Test:
        """A where clause as a function of record and indexed values."""
        if isinstance(node, Group):
            parts = [self.test(p) for p in node.parts]
            if node.word == "and":
                return lambda r, v: all(p(r, v) for p in parts)
            return lambda r, v: any(p(r, v) for p in parts)
        return self._comparison(node)

    def _comparison(self, condition: Condition) -> Test:
        name, operator = condition.name, condition.operator
        definition = self.definition(name)
        if definition.data_type == "textarea":
            raise invalid_query(column_name=name, reason="column cannot be filtered")
        if operator in ("is null", "is not null"):
            wanted = operator == "is null"
            return lambda r, v: (self.value(r, v, name) is None) is wanted
        values = condition.value
        listed = isinstance(values, list)
        read = [
            self.literal(definition, name, x) for x in (values if listed else [values])
        ]
        if operator.endswith("in") and len(read) > self.call.knobs.coql_in:
            raise ApiError(
                400,
                "LIMIT_EXCEEDED",
                "limit exceeded",
                {"limit": self.call.knobs.coql_in, "clause": "in"},
            )
        compare = _comparer(operator, read)

        def test(record: Record, known: dict[str, Any]) -> bool:
            found = self.value(record, known, name)
            if found is None:
                return False
            if isinstance(found, str):
                found = found.casefold()
            return compare(found)

        return test


def _comparer(operator: str, read: list[Any]) -> Callable[[Any], bool]:
    first = read[0]
    match operator:
        case "=":
            return lambda x: x == first
        case "!=":
            return lambda x: x != first
        case ">":
            return lambda x: x > first
        case ">=":
            return lambda x: x >= first
        case "<":
            return lambda x: x < first
        case "<=":
            return lambda x: x <= first
        case "in":
            return lambda x: x in read
        case "not in":
            return lambda x: x not in read
        case "between":
            return lambda x: read[0] <= x <= read[1]
        case "not between":
            return lambda x: not read[0] <= x <= read[1]
    pattern = re.compile(".*".join(re.escape(p) for p in str(first).split("%")), re.S)
    wanted = operator == "like"
    return lambda x: (pattern.fullmatch(str(x)) is not None) is wanted


def _candidates(reader: Reader, table: Table, where: Any) -> Iterable[str]:
    """Ids worth testing, rising: narrowed by `Owner =` and `id >` at the top."""
    tops = where.parts if isinstance(where, Group) and where.word == "and" else [where]
    flat: list[Condition] = []
    while tops:
        node = tops[0]
        tops = tops[1:]
        if isinstance(node, Condition):
            flat.append(node)
        elif node.word == "and":
            tops = [*node.parts, *tops]
    ids: list[str] = table.ids
    for c in flat:
        if c.name == "Owner" and c.operator == "=":
            ids = table.by_owner.get(str(c.value), [])
    low, high = 0, len(ids)
    for c in flat:
        if c.name == "id" and c.operator in (">", ">="):
            find = bisect_right if c.operator == ">" else bisect_left
            low = max(low, find(ids, str(c.value).zfill(19)))
    return (ids[i] for i in range(low, high))


def run(call: Call) -> Response:
    """POST /coql."""
    data = call.body()
    text = data.get("select_query")
    if not isinstance(text, str):
        raise ApiError(
            400,
            "MANDATORY_NOT_FOUND",
            "required field not found",
            {"api_name": "select_query", "json_path": "$.select_query"},
        )
    query = Parser(text, pairs=call.knobs.coql_pairs).parse()
    if query.module not in call.world.modules:
        raise invalid_module()
    if not allows(call.scopes, module_scopes(query.module, "READ")):
        raise ApiError(401, "OAUTH_SCOPE_MISMATCH", "Unauthorized")
    table = call.table(query.module, "View")
    limit = 200 if query.limit is None else query.limit
    _check_limits(call, query, limit)
    reader = Reader(call, table.module)
    test = reader.test(query.where)
    for name in [*query.columns, *(n for n, _ in query.order)]:
        reader.definition(name)
    rows: list[tuple[Record, dict[str, Any]]] = []
    enough = query.offset + limit + 1 if _by_id(query) else None
    for record_id in _candidates(reader, table, query.where):
        record = table.rows[record_id]
        known = call.world.indexed(record, call.now, call.knobs.coql_lag)
        if known is None or not call.world.sees(call.user, record):
            continue
        if test(record, known):
            rows.append((record, known))
            if enough is not None and len(rows) >= enough:
                break
    for name, descending in reversed(query.order):
        rows.sort(
            key=lambda x: _order(reader.value(x[0], x[1], name)), reverse=descending
        )
    part = rows[query.offset : query.offset + limit]
    if not part:
        return empty()
    answer_: dict[str, Any] = {
        "data": [
            {**{c: reader.shown(r, v, c) for c in query.columns}, "id": r.id}
            for r, v in part
        ]
    }
    if "fields" in (data.get("include_meta") or []):
        answer_["fields"] = {
            c: field_json(
                reader.definition(c),
                table.module,
                call.world.modules,
                call.world.profile_refs(),
            )
            for c in query.columns
        }
    more = len(rows) > query.offset + limit
    answer_["info"] = {"count": len(part), "more_records": more}
    return answer(answer_)


def _by_id(query: Query) -> bool:
    return not query.order or query.order == [("id", False)]


def _order(value: Any) -> tuple[bool, Any]:
    return (value is not None, value if value is not None else 0)


def _check_limits(call: Call, query: Query, limit: int) -> None:
    checks = (
        ("limit", limit, call.knobs.coql_limit),
        ("offset", query.offset + limit, call.knobs.coql_window),
        ("select", len(query.columns), 50),
        ("order by", len(query.order), 10),
    )
    for clause, found, most in checks:
        if found > most:
            raise ApiError(
                400,
                "LIMIT_EXCEEDED",
                "limit exceeded",
                {"limit": most, "clause": clause},
            )
