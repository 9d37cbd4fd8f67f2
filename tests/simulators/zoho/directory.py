"""Users, organisation and metadata calls (sections 3.5, 3.6)."""

from __future__ import annotations

from typing import Any

from ..common import Response
from .call import Call, answer, empty
from .errors import bad_param, invalid_module, missing_param
from .fields import ModuleDef
from .metadata import field_json, layout_json, module_json, pick_list
from .reading import read_ids
from .times import offset_ms
from .world import User

USER_TYPES = (
    "AllUsers",
    "ActiveUsers",
    "DeactiveUsers",
    "ConfirmedUsers",
    "NotConfirmedUsers",
    "DeletedUsers",
    "ActiveConfirmedUsers",
    "AdminUsers",
    "ActiveConfirmedAdmins",
    "CurrentUser",
)


def _is(user: User, kind: str, current: User) -> bool:
    active = user.status == "active"
    match kind:
        case "CurrentUser":
            return user.id == current.id
        case "ActiveUsers":
            return active
        case "DeactiveUsers":
            return user.status == "disabled"
        case "DeletedUsers":
            return user.status == "deleted"
        case "ConfirmedUsers":
            return user.confirmed
        case "NotConfirmedUsers":
            return not user.confirmed
        case "ActiveConfirmedUsers":
            return active and user.confirmed
        case "AdminUsers":
            return user.admin
        case "ActiveConfirmedAdmins":
            return active and user.confirmed and user.admin
    return True


def user_json(call: Call, user: User) -> dict[str, Any]:
    """A user object; `offset` is that of today in the user's zone."""
    admin = next(iter(call.world.users.values()))
    return {
        "country": None,
        "name_format__s": "Salutation,First Name,Last Name",
        "language": "en_US",
        "microsoft": False,
        "id": user.id,
        "state": None,
        "fax": None,
        "country_locale": "en_US",
        "sandboxDeveloper": False,
        "zip": None,
        "decimal_separator": "Period",
        "created_time": call.show.time(user.created),
        "time_format": "hh:mm a",
        "offset": offset_ms(int(call.now), user.time_zone),
        "profile": {
            "name": user.profile,
            "id": call.world.profiles.get(user.profile),
        },
        "created_by": admin.ref(),
        "zuid": user.zuid if user.confirmed else None,
        "full_name": user.name,
        "phone": None,
        "dob": None,
        "sort_order_preference__s": "First Name,Last Name",
        "status": user.status,
        "type__s": "Regular User",
        "role": {"name": user.profile, "id": call.world.roles.get(user.profile)},
        "city": None,
        "signature": None,
        "locale": "en_US",
        "personal_account": False,
        "Isonline": False,
        "Modified_By": admin.ref(),
        "street": None,
        "alias": None,
        "first_name": user.first_name or None,
        "email": user.email,
        "status_reason__s": None,
        "website": None,
        "Modified_Time": call.show.time(user.modified),
        "mobile": None,
        "last_name": user.last_name or None,
        "time_zone": user.time_zone,
        "number_separator": "Comma",
        "confirm": user.confirmed,
        "date_format": "MMM d, yyyy",
    }


def list_users(call: Call) -> Response:
    """GET /users."""
    kind = call.args.get("type", "AllUsers")
    if kind not in USER_TYPES:
        raise bad_param("type", supported_values=list(USER_TYPES))
    per_page = call.number("per_page", 200, 1, 200)
    page = call.number("page", 1, 1, 10**9)
    since = call.since("If-Modified-Since")
    ids = read_ids(call, call.args["ids"]) if "ids" in call.args else None
    found = [
        u
        for u in call.world.users.values()
        if _is(u, kind, call.user)
        and (ids is None or u.id in ids)
        and (since is None or u.modified >= since)
    ]
    first = (page - 1) * per_page
    part = found[first : first + per_page]
    if not part:
        return empty(304 if since is not None else 204)
    info = {
        "per_page": per_page,
        "count": len(part),
        "page": page,
        "more_records": len(found) > first + per_page,
    }
    return answer({"users": [user_json(call, u) for u in part], "info": info})


def get_user(call: Call, user_id: str) -> Response:
    """GET /users/{id}."""
    user = call.world.users.get(user_id)
    return empty() if user is None else answer({"users": [user_json(call, user)]})


def get_org(call: Call) -> Response:
    """GET /org."""
    world, knobs = call.world, call.knobs
    free = knobs.edition == "free"
    org = {
        "country": None,
        "hierarchy_preferences": {"type": "Role_Hierarchy"},
        "photo_id": None,
        "city": None,
        "description": None,
        "type": "production",
        "mc_status": False,
        "gapps_enabled": False,
        "lite_users_enabled": False,
        "domain_name": f"org{world.zgid}",
        "translation_enabled": False,
        "street": None,
        "alias": None,
        "currency": "Euro - EUR",
        "deletable_org_account": False,
        "id": world.org_id,
        "state": None,
        "fax": None,
        "employee_count": str(len(world.users)),
        "zip": None,
        "created_time": call.show.time(world.created),
        "website": None,
        "currency_symbol": "€",
        "mobile": None,
        "currency_locale": "de_DE",
        "primary_zuid": next(iter(world.users.values())).zuid,
        "zia_portal_id": None,
        "time_zone": world.time_zone,
        "zgid": world.zgid,
        "country_code": "DE",
        "license_details": {
            "paid_expiry": None,
            "users_license_purchased": knobs.licenses,
            "trial_type": None,
            "trial_expiry": None,
            "paid": not free,
            "paid_type": knobs.edition,
            "portal_users_license_purchased": 0,
        },
        "phone": None,
        "company_name": world.company,
        "privacy_settings": False,
        "primary_email": next(iter(world.users.values())).email,
        "hipaa_compliance_enabled": False,
        "iso_code": "EUR",
    }
    return answer({"org": [org]})


def _module_of(call: Call) -> ModuleDef:
    name = call.args.get("module")
    if not name:
        raise missing_param("module")
    module = call.world.modules.get(name)
    if module is None:
        raise invalid_module()
    return module


def list_fields(call: Call, field_id: str | None = None) -> Response:
    """GET /settings/fields[/{id}]?module=."""
    module = _module_of(call)
    kind = call.args.get("type", "all")
    if kind not in ("all", "unused"):
        raise bad_param("type", supported_values=["all", "unused"])
    fields = [
        field_json(f, module, call.world.modules, call.world.profile_refs())
        for f in module.shown()
        if kind == "all" and field_id in (None, f.id)
    ]
    return answer({"fields": fields}) if fields else empty()


def list_picks(call: Call, field_id: str) -> Response:
    """GET /settings/fields/{id}/pick_list_values?module=."""
    for f in _module_of(call).shown():
        if f.id == field_id and f.picks:
            return answer({"pick_list_values": pick_list(f)})
    return empty()


def list_modules(call: Call, name: str | None = None) -> Response:
    """GET /settings/modules[/{api_name}]; If-Modified-Since works here (3.5)."""
    world = call.world
    if name is not None and name not in world.modules:
        raise invalid_module()
    since = call.since("If-Modified-Since")
    admin = next(iter(world.users.values())).ref()
    modules = [
        module_json(m, call.show.time(m.modified) or "", admin, world.profile_refs())
        for m in world.modules.values()
        if name in (None, m.api_name) and (since is None or m.modified >= since)
    ]
    if not modules:
        return empty(304 if since is not None else 204)
    return answer({"modules": modules})


def list_layouts(call: Call, layout_id: str | None = None) -> Response:
    """GET /settings/layouts[/{id}]?module=."""
    module = _module_of(call)
    if layout_id not in (None, module.layout_id):
        return empty()
    admin = next(iter(call.world.users.values())).ref()
    profiles = call.world.profile_refs()
    layout = layout_json(module, call.world.modules, admin, profiles)
    return answer({"layouts": [layout]})


def list_related(call: Call) -> Response:
    """GET /settings/related_lists?module=: one for each lookup to the module."""
    module = _module_of(call)
    lists = [
        {
            "id": f.id,
            "sequence_number": str(number),
            "display_label": m.plural,
            "api_name": f"{m.api_name}_{f.api_name}",
            "module": {"api_name": m.api_name, "id": m.id},
            "name": m.plural,
            "action": None,
            "href": f"{m.api_name}?{f.api_name}",
            "type": "default",
            "connectedmodule": None,
            "linkingmodule": None,
            "visible": True,
            "customize_sort": False,
            "customize_fields": True,
        }
        for number, (m, f) in enumerate(
            (
                (m, f)
                for m in call.world.modules.values()
                for f in m.shown()
                if f.lookup == module.api_name
            ),
            1,
        )
    ]
    return answer({"related_lists": lists}) if lists else empty()
