"""Every switch of the simulator: what organisations and sources differ in."""

from __future__ import annotations

from dataclasses import dataclass

# Edition -> (base credits, credits a user, cap, concurrent calls); section 5.1.
EDITIONS: dict[str, tuple[int, int, int | None, int]] = {
    "free": (5_000, 0, 5_000, 5),
    "standard": (50_000, 250, 100_000, 10),
    "professional": (50_000, 500, 3_000_000, 15),
    "enterprise": (50_000, 1_000, 5_000_000, 20),
    "ultimate": (50_000, 2_000, None, 25),
}


@dataclass
class Knobs:
    """Switches; a comment names the section of the fact sheet they rest on.

    Those marked "unsettled" stand for what no source at hand settles: a
    client should work with either value.
    """

    # -- accounts server (section 1) --
    dc: str = "us"
    access_token_seconds: int = 3600
    code_seconds: int = 180  # conflict: three or two minutes, or one
    token_scope: bool = True  # newer answers carry `scope`
    old_expires: bool = False  # `expires_in` in ms beside `expires_in_sec`
    consent: str = "auto"  # auto | page | deny
    consent_user: str | None = None  # who consents; None: the first administrator
    base_url: str | None = None  # what answers name; None: the listening address
    token_limits: bool = True
    token_limit_status: int = 400  # conflict: 400 or 200
    access_per_window: int = 10  # access tokens a refresh token, 10 minutes
    live_access_tokens: int = 15
    refresh_tokens_per_user: int = 20
    refresh_per_window: int = 10
    codes_per_window: int = 10
    token_error_status: int = 200
    secret_error: str = "invalid_client_secret"  # spelling unsettled
    redirect_error: str = "invalid_redirect_uri"  # or redirect_uri_mismatch
    bearer: bool = True  # `Authorization: Bearer` works too
    permission_status: int = 403  # conflict: 403 or 400
    method_status: int = 400  # conflict: 400 or, in old versions, 405

    # -- credits and concurrency (section 5.1) --
    edition: str = "enterprise"
    licenses: int = 10
    daily_limit: int | None = None  # None: what the edition grants
    concurrency: int | None = None  # None: what the edition grants
    heavy_concurrency: int = 10
    limit_body: str = "details"  # 429 body: details | plain (unsettled)
    retry_after: int | None = None  # Retry-After of a 429, seconds (unsettled)

    # -- reading (sections 2.1, 2.2, 2.7) --
    max_fields: int = 50
    max_ids: int = 100  # unsettled
    discrete_limit: int = 2000
    pagination_ceiling: int = 100_000
    page_token_hours: float = 24
    page_token_bound_to_header: bool = True  # unsettled
    page_token_position: str = "key"  # key | offset (unsettled)
    unknown_list_fields: str = "ignore"  # ignore | refuse (unsettled)
    missing_record_status: int = 204  # 204 | 400 | 404 (unsettled)
    malformed_id_status: int = 400  # 204 | 400 | 404 (unsettled)
    deleted_304: bool = False  # 304 of /deleted (unsettled)
    deleted_errors_wrapped: bool = False  # {"data": [..]} around its 400s
    bad_since: str = "refuse"  # refuse | ignore a header that is not ISO 8601
    zulu_times: bool = False  # accept `Z` for an offset
    sharing: str = "public"  # public | private (own records, admins see all)

    # -- writing (sections 2.3 to 2.8, 3.4) --
    picklist: str = "accept"  # accept | add | refuse (unsettled)
    unknown_fields: str = "ignore"  # ignore | refuse (unsettled)
    read_only_fields: str = "ignore"  # ignore | refuse (unsettled)
    html: str = "keep"  # keep | escape | strip (unsettled)
    line_ends: str = "keep"  # keep | crlf | lf (unsettled)
    trim: bool = False  # unsettled
    length_unit: str = "codepoints"  # codepoints | utf16 (unsettled)
    lookup_by_name: str = "refuse"  # refuse | match | create (unsettled)
    tag_update: str = "replace"  # replace | add (unsettled)
    inactive_owner_code: str = "INVALID_DATA"  # unsettled
    multiple_errors: bool = False  # all faults of an item, or the first
    old_write_status: bool = False  # conflict: 200/202 for 201/207/400
    name_rule: str = "last_name"  # last_name | either (section 2.11)
    unique_email: bool = False
    noop_bumps: bool = True  # an update that changes nothing moves Modified_Time
    restore_bumps: bool = False  # unsettled
    merge_leaves: str = "recycle"  # recycle | permanent (unsettled)
    workflow_mails: bool = True  # a workflow rule mails the owner
    touch_after: float | None = None  # a formula touches what was written, s later
    max_records: int | None = None  # storage of the organisation

    # -- tasks and events (sections 2.9, 3.2, 3.3, 6) --
    meeting_venue: str = "mandatory"  # mandatory | optional | absent
    event_reminder: str = "multireminder"  # or event_reminder, its older shape
    all_day_end: str = "00:00:00"  # or 23:59:59 (unsettled)
    end_rule: str = "after"  # after the start | not_before it (unsettled)
    participants_in_list: bool = True  # or in the single GET alone (unsettled)
    participants_update: str = "replace"  # replace | merge (unsettled)
    empty_participants: str = "list"  # list | null (unsettled)
    email_participant: str = "both"  # Email beside participant, or null (unsettled)
    send_notification: bool = True  # what a missing $send_notification means
    notify_assignee: bool = True  # what a missing Send_Notification_Email means
    recurring_update: str = "ignore"  # ignore | refuse (unsettled)
    recurring_needs_reminder: bool = True  # of events
    max_occurrences: int = 500  # of one insert; no source names a limit
    reopening_empties_closed_time: bool = True  # unsettled
    picklist_defaults: bool = True  # an insert fills what it lacks (unsettled)

    # -- search, count, COQL (sections 4.2, 2.10, 4.3) --
    search_window: int = 2000  # unsettled
    search_lag: float = 60.0  # seconds until the index knows a write
    count_lag: float = 60.0
    coql_lag: float = 0.0
    coql_limit: int = 2000  # 2000 | 200 (unsettled)
    coql_window: int = 100_000
    coql_in: int = 50  # conflict: 50 or 100
    coql_pairs: bool = True  # three conditions need brackets around two
