"""The official Python SDK's round against a server, as a script.

    python -m tests.simulators.zoho.sdk_round --url U --client-id I
        --client-secret S --refresh-token R --directory D

The SDK keeps its state in the process and on disk, so that each round wants a
process and a directory of its own. Prints one line of JSON a step: `step`,
`status`, and what the step saw. The SDK answers an error with an object
instead of raising, and with None for what it could not read: both end the
round with a `failed` line and exit code 1.
"""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path

from zohocrmsdk.src.com.zoho.api.authenticator import OAuthToken
from zohocrmsdk.src.com.zoho.api.authenticator.store import FileStore
from zohocrmsdk.src.com.zoho.api.logger import Logger
from zohocrmsdk.src.com.zoho.crm.api import HeaderMap, Initializer, ParameterMap
from zohocrmsdk.src.com.zoho.crm.api.dc import DataCenter
from zohocrmsdk.src.com.zoho.crm.api.exception import SDKException
from zohocrmsdk.src.com.zoho.crm.api.org import OrgOperations
from zohocrmsdk.src.com.zoho.crm.api.record import (
    BodyWrapper,
    DeletedRecordsWrapper,
    DeleteRecordsParam,
    Field,
    GetDeletedRecordsHeader,
    GetDeletedRecordsParam,
    GetRecordsHeader,
    GetRecordsParam,
    Record,
    RecordOperations,
    SearchRecordsParam,
)
from zohocrmsdk.src.com.zoho.crm.api.record.action_wrapper import ActionWrapper
from zohocrmsdk.src.com.zoho.crm.api.record.response_wrapper import ResponseWrapper
from zohocrmsdk.src.com.zoho.crm.api.sdk_config import SDKConfig
from zohocrmsdk.src.com.zoho.crm.api.tags import Tag
from zohocrmsdk.src.com.zoho.crm.api.users import GetUsersParam, UsersOperations
from zohocrmsdk.src.com.zoho.crm.api.util import Choice

from .sdk_activities import events_round, tasks_round
from .sdk_support import Failed, action_ids, body_of, tell


def start(options: argparse.Namespace) -> None:
    """Points the SDK at the server."""
    directory = Path(options.directory)
    (directory / "resources").mkdir(parents=True, exist_ok=True)
    environment = DataCenter.Environment(
        options.url, f"{options.url}/oauth/v2/token", options.url
    )
    Initializer.initialize(
        environment=environment,
        token=OAuthToken(
            client_id=options.client_id,
            client_secret=options.client_secret,
            refresh_token=options.refresh_token,
        ),
        store=FileStore(str(directory / "tokens.csv")),
        sdk_config=SDKConfig(pick_list_validation=True),
        resource_path=str(directory),
        logger=Logger.get_instance(Logger.Levels.ERROR, str(directory / "sdk.log")),
    )


def contact(first: str, last: str, email: str) -> Record:
    """A contact as a user of the SDK makes it."""
    record = Record()
    record.add_field_value(Field.Contacts.first_name(), first)
    record.add_field_value(Field.Contacts.last_name(), last)
    record.add_field_value(Field.Contacts.email(), email)
    record.add_field_value(Field.Contacts.salutation(), Choice("Ms."))
    record.add_field_value(Field.Contacts.phone(), "+49 30 5550101")
    tag = Tag()
    tag.set_name("Private")
    record.set_tag([tag])
    return record


def listing(since: datetime | None = None) -> tuple[ParameterMap, HeaderMap]:
    """Parameters and headers of a list."""
    parameters, headers = ParameterMap(), HeaderMap()
    parameters.add(GetRecordsParam.fields, "First_Name,Last_Name,Account_Name,Tag")
    parameters.add(GetRecordsParam.per_page, 200)
    if since is not None:
        headers.add(GetRecordsHeader.if_modified_since, since)
    return parameters, headers


def accounts_round() -> Record:
    """Inserts a company for the lookup."""
    company = Record()
    company.add_field_value(Field.Accounts.account_name(), "Holm & Söhne <KG>")
    body = BodyWrapper()
    body.set_data([company])
    body.set_trigger([])
    response = RecordOperations("Accounts").create_records(body)
    found = Record()
    found.set_id(action_ids("insert account", response)[0])
    tell("insert account", response, id=found.get_id())
    return found


def contacts_round() -> None:
    """Insert, list, update, conditional list, read, delete, deleted list."""
    operations = RecordOperations("Contacts")
    company = accounts_round()
    first = contact("Anna", "Holm", "anna.holm@example.com")
    first.add_field_value(Field.Contacts.account_name(), company)
    body = BodyWrapper()
    body.set_data([first, contact("Béla", "Őry", "bela.ory@example.com")])
    body.set_trigger([])
    response = operations.create_records(body)
    ids = action_ids("insert", response)
    tell("insert", response, ids=ids)

    response = operations.get_records(*listing())
    records = body_of("list", response, ResponseWrapper).get_data()
    tell("list", response, names=sorted(r.get_key_value("Last_Name") for r in records))

    change = Record()
    change.set_id(ids[0])
    change.add_field_value(Field.Contacts.last_name(), "Holm-Vester")
    body = BodyWrapper()
    body.set_data([change])
    body.set_trigger([])
    response = operations.update_records(body)
    tell("update", response, ids=action_ids("update", response))

    stale = datetime(2020, 1, 1, tzinfo=UTC)
    response = operations.get_records(*listing(stale))
    changed = body_of("list since", response, ResponseWrapper).get_data()
    tell("list since", response, ids=sorted(r.get_id() for r in changed))

    future = datetime(2090, 1, 1, tzinfo=UTC)
    response = operations.get_records(*listing(future))
    tell("list unchanged", response, body=response.get_object())

    response = operations.get_record(ids[0])
    record = body_of("get", response, ResponseWrapper).get_data()[0]
    tell(
        "get",
        response,
        last=record.get_key_value("Last_Name"),
        account=record.get_key_value("Account_Name").get_key_value("name"),
        tags=[t.get_name() for t in record.get_tag()],
        owner=record.get_key_value("Owner").get_email(),
        modified=record.get_modified_time(),
    )

    twin = contact("Anna", "Holm-Vester-Lund", "anna.holm@example.com")
    body = BodyWrapper()
    body.set_data([twin])
    body.set_duplicate_check_fields(["Email"])
    body.set_trigger([])
    response = operations.upsert_records(body)
    tell("upsert", response, ids=action_ids("upsert", response))

    wrong = contact("Carl", "Falsch", "carl@example.com")
    wrong.add_field_value(Field.Contacts.phone(), "0123/456")
    body = BodyWrapper()
    body.set_data([wrong])
    body.set_trigger([])
    response = operations.create_records(body)
    item = body_of("refused", response, ActionWrapper).get_data()[0]
    tell(
        "refused",
        response,
        code=item.get_code().get_value(),
        details=item.get_details(),
    )

    parameters = ParameterMap()
    parameters.add(SearchRecordsParam.email, "bela.ory@example.com")
    response = operations.search_records(parameters)
    found = body_of("search", response, ResponseWrapper).get_data()
    tell("search", response, ids=[r.get_id() for r in found])

    parameters = ParameterMap()
    parameters.add(DeleteRecordsParam.ids, ",".join(str(i) for i in ids))
    parameters.add(DeleteRecordsParam.wf_trigger, False)
    response = operations.delete_records(parameters)
    tell("delete", response, ids=action_ids("delete", response))

    parameters, headers = ParameterMap(), HeaderMap()
    parameters.add(GetDeletedRecordsParam.type, "all")
    headers.add(GetDeletedRecordsHeader.if_modified_since, stale)
    response = operations.get_deleted_records(parameters, headers)
    gone = body_of("deleted", response, DeletedRecordsWrapper).get_data()
    tell("deleted", response, ids=sorted(int(g.get_id()) for g in gone))

    response = operations.get_records(*listing())
    tell("list empty", response, body=response.get_object())


def invited() -> str:
    """A contact to invite."""
    body = BodyWrapper()
    body.set_data([contact("Ina", "Vited", "ina@example.com")])
    body.set_trigger([])
    response = RecordOperations("Contacts").create_records(body)
    (key,) = action_ids("insert guest", response)
    return str(key)


def people_round() -> None:
    """Users and organisation."""
    parameters = ParameterMap()
    parameters.add(GetUsersParam.type, "ActiveUsers")
    response = UsersOperations().get_users(parameters)
    users = response.get_object().get_users()
    tell("users", response, emails=[u.get_email() for u in users])
    response = OrgOperations().get_organization()
    org = response.get_object().get_org()[0]
    tell("org", response, edition=org.get_license_details().get_paid_type())


def main() -> int:
    """Runs the round."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("url", "client-id", "client-secret", "refresh-token", "directory"):
        parser.add_argument(f"--{name}", required=True)
    options = parser.parse_args()
    try:
        start(options)
        people_round()
        contacts_round()
        tasks_round()
        events_round(invited())
    except (Failed, SDKException) as error:
        print(json.dumps({"step": "failed", "why": str(error)}), flush=True)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
