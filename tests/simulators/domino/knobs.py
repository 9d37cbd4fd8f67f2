"""How this Domino server is set up: every choice the fact sheet leaves open."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Knobs:
    """Settings of the simulated server; may be changed while it runs.

    Login: `auth` is `basic`, `session` or `session_override` (form for
    browsers, Basic for the API). `force401` gives the form the status 401,
    `login_form` is `html` or `json` (a site's own form). `session_cookie` is
    `DomAuthSessId`, `LtpaToken` or `LtpaToken2`; `basic_on_session` lets a
    session server take Basic all the same. `anonymous_root` lets anybody
    read `/api`. `anonymous_data` is the server's DataServiceAllowAnonymous.

    Site and server: `methods` of the Web Site document (PATCH is no choice
    there before release 12), `services` enabled and `installed`. `fp` is the
    fix pack of 9.0.1 that the API has (8: fields, limits; 9: scores,
    attachment links). `max_view_entries` is a number, 0 for no limit, None
    for what the fix pack says.

    Bodies: `forbidden_body` of the 403 for a disabled service (`json` or
    `html`), `router_body` of 404/405/406/415 from the API's router (`none` or
    `html`), `stack_traces` in errors, `missing_text` of a wrong UNID.

    Data: `since_inclusive`; `replica_time` makes `since` look at the time a
    document changed in this file (else at the document's own);
    `trashed_get` answers `404` or `document`, `trashed_listed` shows trashed
    documents in the document list; `delete_to_trash` makes an API delete a
    soft one where the database has soft deletes; `restore_touches_file`
    makes a restored document show up in `since`. `null_value` in a body:
    `empty`, `remove` or `error`; `boolean_value`: `error`, `text` or
    `number`; `empty_date` for "" in a date field: `empty`, `remove` or
    `error`; `iso_dates` says whether the server's locale reads date-only ISO
    text, `day_first` how it reads slashed ones. `compute_adds_public_access`
    and `required_items` (per form) tell what `computewithform` does;
    `private_contact_access` what marking a contact private does to
    `$PublicAccess`: `remove`, `keep` or `zero`.

    Calendar: `series_form` of a detail: `rdate` (dates with periods),
    `rule` (wherever a rule says it) or `mixed` (rule until an instance is
    changed or gone); `all_day_series` the same for whole days: `dates`,
    `rule` or `error` (the API's reader knows periods only: 500).
    `all_day_end` is `exclusive` or `inclusive`; `before_inclusive` lets a
    list's end take part. `private_class` is `private` or `confidential`.
    `cancelled_status` shows `status` on a cancelled meeting;
    `declined_get` answers a declined one with `event` or `404`;
    `own_answer_shown` shows the owner's answer among the attendees.
    `invitee_put`: `allow`, or `refuse` (1030) a change of an own copy.
    `calendar_delete_to_trash` makes a calendar delete a soft one.
    `old_template` (also a property of single mail files): lists as before
    release 9, with ids valid for `read_range_minutes`. `working_hours`
    (first and last hour) makes all other time busy in free/busy.
    """

    auth: str = "basic"
    force401: bool = False
    login_form: str = "html"
    session_cookie: str = "DomAuthSessId"
    cookie_domain: str | None = None
    session_idle_minutes: float = 30.0
    basic_on_session: bool = False
    anonymous_root: bool = True
    anonymous_data: bool = False
    realm: str = "/"

    methods: tuple[str, ...] = (
        "GET",
        "HEAD",
        "POST",
        "OPTIONS",
        "TRACE",
        "PUT",
        "DELETE",
    )
    services: tuple[str, ...] = ("Data", "Calendar", "Freebusy")
    installed: tuple[str, ...] = ("Core", "Data", "Calendar", "Freebusy")
    server_name: str = "Mail1/Acme"
    public_origin: str | None = None
    absolute_urls: bool = False
    fp: int = 10
    max_view_entries: int | None = None
    zone: str = "Europe/Berlin"
    prevent_gzip: bool = False
    empty_content_encoding: bool = True
    session_id_cookie: bool = True
    home_server_shown: bool = True

    forbidden_body: str = "json"
    router_body: str = "none"
    stack_traces: bool = True
    missing_text: str = "Invalid universal id"

    since_inclusive: bool = True
    replica_time: bool = True
    trashed_get: str = "404"
    trashed_listed: bool = False
    delete_to_trash: bool = True
    restore_touches_file: bool = True
    null_value: str = "empty"
    boolean_value: str = "error"
    empty_date: str = "empty"
    iso_dates: bool = True
    day_first: bool = True
    full_text_lag_seconds: float = 0.0
    compute_adds_public_access: bool = False
    required_items: dict[str, tuple[str, ...]] = field(default_factory=dict)
    private_contact_access: str = "remove"

    series_form: str = "rdate"
    all_day_series: str = "dates"
    all_day_end: str = "exclusive"
    before_inclusive: bool = False
    private_class: str = "private"
    cancelled_status: bool = True
    declined_get: str = "event"
    own_answer_shown: bool = True
    invitee_put: str = "allow"
    calendar_delete_to_trash: bool = True
    old_template: bool = False
    read_range_minutes: float = 10.0
    working_hours: tuple[int, int] | None = None

    @property
    def page_limit(self) -> int | None:
        """Most view entries of one call, None without limit."""
        if self.max_view_entries is None:
            return 100 if self.fp >= 8 else None
        if self.max_view_entries == 0:
            return None
        return self.max_view_entries if self.max_view_entries > 10 else 100
