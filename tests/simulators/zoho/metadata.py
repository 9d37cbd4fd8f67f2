"""Modules and fields, as tables (sections 3.1, 3.5).

A new module is one more function that returns a `ModuleDef`, named in
`default_modules`; a new kind of field is a branch of `judge.Judge._value`.
Tasks and Events are in `activities.py`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from .activities import events, tasks
from .fields import FieldDef, ModuleDef, NewId, read_only, system_fields
from .knobs import Knobs


def _text(length: int, *names: str) -> list[FieldDef]:
    return [FieldDef(name, "text", length) for name in names]


def _address(prefix: str, zip_name: str) -> list[FieldDef]:
    return [
        *_text(250, f"{prefix}_Street"),
        *_text(100, f"{prefix}_City", f"{prefix}_State"),
        *_text(30, f"{prefix}_{zip_name}"),
        *_text(100, f"{prefix}_Country"),
    ]


def _contacts() -> ModuleDef:
    fields = [
        FieldDef("Last_Name", "text", 80, mandatory=True),
        FieldDef("First_Name", "text", 40),
        read_only("Full_Name", "text", length=120),
        FieldDef(
            "Salutation",
            "picklist",
            25,
            picks=["-None-", "Mr.", "Mrs.", "Ms.", "Dr.", "Prof."],
        ),
        FieldDef("Email", "email"),
        FieldDef("Secondary_Email", "email"),
        *(
            FieldDef(name, "phone")
            for name in ("Phone", "Mobile", "Home_Phone", "Other_Phone", "Asst_Phone")
        ),
        FieldDef("Fax", "text", 30),
        FieldDef("Account_Name", "lookup", lookup="Accounts"),
        FieldDef("Reporting_To", "lookup", lookup="Contacts"),
        FieldDef("Vendor_Name", "lookup", lookup="Vendors"),
        *_text(100, "Title", "Department", "Assistant"),
        FieldDef(
            "Lead_Source",
            "picklist",
            picks=[
                "-None-",
                "Advertisement",
                "Cold Call",
                "Trade Show",
                "Web Research",
            ],
        ),
        FieldDef("Date_of_Birth", "date"),
        *_address("Mailing", "Zip"),
        *_address("Other", "Zip"),
        FieldDef("Email_Opt_Out", "boolean", default=False),
        *_text(50, "Skype_ID", "Twitter"),
        read_only("Record_Image", "profileimage"),
        read_only("Unsubscribed_Mode", "picklist", picks=["Consent form", "Manual"]),
        read_only("Unsubscribed_Time", "datetime"),
        *system_fields(),
    ]
    return ModuleDef(
        "Contacts",
        "Contact",
        "Contacts",
        "Full_Name",
        {f.api_name: f for f in fields},
        duplicate_check=("Email",),
        name_parts=("First_Name", "Last_Name"),
    )


def _accounts() -> ModuleDef:
    fields = [
        FieldDef("Account_Name", "text", 200, mandatory=True),
        FieldDef("Phone", "phone"),
        FieldDef("Fax", "text", 30),
        FieldDef("Website", "website"),
        *_text(80, "Account_Site", "Account_Number"),
        FieldDef("Parent_Account", "lookup", lookup="Accounts"),
        FieldDef(
            "Account_Type",
            "picklist",
            picks=["-None-", "Customer", "Partner", "Prospect", "Supplier", "Vendor"],
        ),
        FieldDef(
            "Industry",
            "picklist",
            picks=["-None-", "Large Enterprise", "Small/Medium Enterprise"],
        ),
        FieldDef("Employees", "integer"),
        FieldDef("Annual_Revenue", "currency"),
        *_address("Billing", "Code"),
        *_address("Shipping", "Code"),
        read_only("Record_Image", "profileimage"),
        *system_fields(),
    ]
    return ModuleDef(
        "Accounts",
        "Account",
        "Accounts",
        "Account_Name",
        {f.api_name: f for f in fields},
        duplicate_check=("Account_Name",),
    )


def _vendors() -> ModuleDef:
    fields = [
        FieldDef("Vendor_Name", "text", 200, mandatory=True),
        FieldDef("Email", "email"),
        FieldDef("Phone", "phone"),
        *system_fields(),
    ]
    return ModuleDef(
        "Vendors",
        "Vendor",
        "Vendors",
        "Vendor_Name",
        {f.api_name: f for f in fields},
        duplicate_check=("Vendor_Name",),
    )


def _leads() -> ModuleDef:
    fields = [
        FieldDef("Last_Name", "text", 80, mandatory=True),
        FieldDef("First_Name", "text", 40),
        read_only("Full_Name", "text", length=120),
        FieldDef("Company", "text", 200),
        FieldDef("Email", "email"),
        FieldDef("Phone", "phone"),
        *system_fields(),
    ]
    return ModuleDef(
        "Leads",
        "Lead",
        "Leads",
        "Full_Name",
        {f.api_name: f for f in fields},
        duplicate_check=("Email",),
        name_parts=("First_Name", "Last_Name"),
    )


def _deals() -> ModuleDef:
    fields = [
        FieldDef("Deal_Name", "text", 120, mandatory=True),
        FieldDef("Account_Name", "lookup", lookup="Accounts"),
        FieldDef("Closing_Date", "date"),
        FieldDef("Amount", "currency"),
        *system_fields(),
    ]
    return ModuleDef(
        "Deals", "Deal", "Deals", "Deal_Name", {f.api_name: f for f in fields}
    )


def default_modules(
    new_id: NewId, *, unique_email: bool, knobs: Knobs | None = None
) -> dict[str, ModuleDef]:
    """The modules of a fresh organisation, with ids of their own."""
    made = (
        _contacts(),
        _accounts(),
        _vendors(),
        _leads(),
        _deals(),
        tasks(),
        events(knobs or Knobs()),
    )
    modules = {m.api_name: m for m in made}
    for module in modules.values():
        module.id, module.layout_id, module.view_id = new_id(), new_id(), new_id()
        for definition in module.fields.values():
            register_field(definition, new_id)
    if unique_email:
        email = modules["Contacts"].fields["Email"]
        modules["Contacts"].fields["Email"] = replace(email, unique=True)
    return modules


def register_field(definition: FieldDef, new_id: NewId) -> FieldDef:
    """Gives a field and its picklist values their ids."""
    definition.id = new_id()
    definition.pick_ids = {value: new_id() for value in definition.picks}
    return definition


def pick_list(definition: FieldDef) -> list[dict[str, Any]]:
    """`pick_list_values` of a field."""
    return [
        {
            "display_value": value,
            "sequence_number": number,
            "reference_value": value,
            "colour_code": None,
            "actual_value": value,
            "id": definition.pick_ids[value],
            "type": "used",
        }
        for number, value in enumerate(definition.picks, 1)
    ]


def field_json(
    definition: FieldDef,
    module: ModuleDef,
    modules: dict[str, ModuleDef],
    profiles: list[dict[str, str]],
) -> dict[str, Any]:
    """A whole field object of `settings/fields` (section 3.5).

    `operation_type` alone tells what the API may write: in real metadata
    `field_read_only` is true for Owner and false for Created_By.
    """
    f = definition
    lookup: dict[str, Any] = {}
    if f.lookup == "se_module":
        lookup = {
            "display_label": "activities",
            "api_name": None,
            "module": {"api_name": "se_module"},
            "id": None,
        }
    elif f.lookup is not None:
        target = modules.get(f.lookup)
        lookup = {
            "display_label": module.plural,
            "api_name": f"{module.api_name}_{f.api_name}",
            "module": {"api_name": f.lookup, "id": target.id if target else None},
            "id": f.id,
        }
    hidden = f.api_name == "id" or (f.api_name.endswith("__s") and not f.update)
    answer: dict[str, Any] = {
        "associated_module": None,
        "webhook": True,
        "operation_type": {
            "web_update": f.update,
            "api_create": f.create,
            "web_create": f.create,
            "api_update": f.update,
        },
        "colour_code_enabled_by_system": False,
        "field_label": f.label,
        "tooltip": None,
        "type": "used",
        "field_read_only": hidden or f.api_name == "Owner",
        "customizable_properties": None,
        "display_label": f.label,
        "read_only": hidden,
        "association_details": None,
        "businesscard_supported": False,
        "multi_module_lookup": {},
        "id": f.id,
        "created_time": None,
        "filterable": f.data_type != "textarea",
        "visible": f.visible,
        "profiles": [{"permission_type": "read_write", **p} for p in profiles],
        "view_type": {
            "view": not hidden,
            "edit": f.update,
            "quick_create": f.mandatory,
            "create": f.create,
        },
        "separator": False,
        "searchable": True,
        "external": None,
        "api_name": f.api_name,
        "unique": {"case_sensitive": False} if f.unique else {},
        "enable_colour_code": False,
        "pick_list_values": pick_list(f),
        "system_mandatory": f.mandatory,
        "private": None,
        "virtual_field": hidden,
        "json_type": f.json_type,
        "crypt": None,
        "created_source": "custom" if f.custom else "default",
        "display_type": -1,
        "ui_type": 1,
        "modified_time": None,
        "email_parser": {
            "fields_update_supported": False,
            "record_operations_supported": f.create,
        },
        "currency": {},
        "custom_field": f.custom,
        "lookup": lookup,
        "hipaa_compliance": None,
        "rollup_summary": {},
        "length": f.length,
        "display_field": f.api_name == module.display_field,
        "pick_list_values_sorted_lexically": False,
        "default_value": f.default,
        "sortable": f.data_type != "textarea",
        "layout_associations": [layout_ref(module)],
        "global_picklist": None,
        "history_tracking": None,
        "data_type": f.data_type,
        "formula": {},
        "hipaa_compliance_enabled": False,
        "decimal_place": 2 if f.data_type in ("currency", "double") else None,
        "mass_update": False,
        "multiselectlookup": {},
        "auto_number": {},
    }
    if f.data_type == "textarea":
        answer["textarea"] = {"type": "large" if f.large else "small"}
    return answer


def layout_ref(module: ModuleDef) -> dict[str, str]:
    """The module's one layout, as other objects name it."""
    return {"api_name": "Standard__s", "name": "Standard", "id": module.layout_id}


def module_json(
    module: ModuleDef, modified: str, by: dict[str, str], profiles: list[dict[str, str]]
) -> dict[str, Any]:
    """A module object of `settings/modules`; `modified` in the user's offset."""
    return {
        "has_more_profiles": False,
        "access_type": "org_based",
        "private_profile": None,
        "deletable": True,
        "description": None,
        "creatable": True,
        "recycle_bin_on_delete": True,
        "modified_time": modified,
        "plural_label": module.plural,
        "presence_sub_menu": True,
        "actual_plural_label": module.plural,
        "id": module.id,
        "visibility": 1,
        "convertable": False,
        "sub_menu_available": True,
        "editable": True,
        "actual_singular_label": module.singular,
        "profiles": profiles,
        "show_as_tab": True,
        "web_link": None,
        "sequence_number": 1,
        "singular_label": module.singular,
        "viewable": True,
        "api_supported": module.supported,
        "api_name": module.api_name,
        "quick_create": True,
        "modified_by": by,
        "generated_type": "default",
        "feeds_required": False,
        "arguments": [],
        "module_name": module.api_name,
        "profile_count": len(profiles),
        "business_card_field_limit": 5,
        "parent_module": {},
        "status": "visible",
    }


def layout_json(
    module: ModuleDef,
    modules: dict[str, ModuleDef],
    by: dict[str, str],
    profiles: list[dict[str, str]],
) -> dict[str, Any]:
    """The module's layout; only here a field says `required` (section 3.5)."""
    fields = [
        {
            **field_json(f, module, modules, profiles),
            "required": f.mandatory or f.required,
            "sequence_number": number,
        }
        for number, f in enumerate(module.shown(), 1)
    ]
    return {
        **layout_ref(module),
        "display_label": "Standard",
        "status": "active",
        "visible": True,
        "source": "default",
        "generated_type": "default",
        "created_by": None,
        "created_time": None,
        "modified_by": by,
        "modified_time": None,
        "profiles": profiles,
        "sections": [
            {
                "name": f"{module.singular} Information",
                "api_name": f"{module.singular}_Information",
                "display_label": f"{module.singular} Information",
                "type": "used",
                "column_count": 2,
                "sequence_number": 1,
                "isSubformSection": False,
                "tab_traversal": 2,
                "fields": fields,
            }
        ],
    }
