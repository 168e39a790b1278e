"""A small case by the generated client alone: the test runs this in the client's own environment, with an address."""

import io
import sys
from datetime import UTC, datetime
from typing import Any

import dsr_client.models as m  # type: ignore[import-not-found]  # generated while the test runs
from dsr_client import AuthenticatedClient
from dsr_client.api.intake import receive_message  # type: ignore[import-not-found]  # as above
from dsr_client.api.items import complete_item, grant_item  # type: ignore[import-not-found]  # as above
from dsr_client.api.record_of_processing import adopt_ropa, show_ropa  # type: ignore[import-not-found]  # as above
from dsr_client.api.requests import enter_request, list_items, show_request  # type: ignore[import-not-found]  # as above
from dsr_client.api.search_lists import (  # type: ignore[import-not-found]  # as above
    account_for_systems,
    show_search_list,
)
from dsr_client.api.triage import register_request  # type: ignore[import-not-found]  # as above
from dsr_client.types import File  # type: ignore[import-not-found]  # as above


def main(address: str, handler: str, operator: str, ropa: str) -> None:
    """Adopt a record of processing, take a letter in, enter a request, register, grant and complete it."""
    client = AuthenticatedClient(base_url=address, token=handler)
    office = AuthenticatedClient(base_url=address, token=operator)

    with open(ropa, "rb") as file:
        adopted = adopt_ropa.sync_detailed(
            client=office, body=File(payload=io.BytesIO(file.read() + b"# By a client.\n")), idempotency_key="ropa"
        )
    assert adopted.status_code == 201, adopted.content
    assert show_ropa.sync(client=office).version == adopted.parsed.version

    mail = (
        b"From: Ada <ada@example.org>\r\nTo: privacy@callcentre.example\r\nSubject: My data\r\n"
        b"Message-ID: <client@example.org>\r\n\r\nPlease send me a copy of my personal data.\r\n"
    )
    received = receive_message.sync(client=client, body=File(payload=io.BytesIO(mail)))
    assert received.outcome == "received", received

    entry = m.EntryBody(
        controller_id="callcentre-de",
        channel=m.Channel.TELEPHONE,
        received_at=datetime(2026, 3, 5, 9, tzinfo=UTC),
        person=m.PersonBody(name="Ada Lovelace", email="ada@example.org"),
        text="I ask for a copy of my data.",
        language="en",
    )
    entered = enter_request.sync_detailed(client=client, body=entry, idempotency_key="entry")
    assert entered.status_code == 201, entered.content
    request_id = entered.parsed.request_id

    def version(answer: Any) -> str:
        return str(answer.headers["etag"])

    registered = register_request.sync_detailed(
        request_id, client=client, body=m.RegistrationBody(rights=[m.Right.ACCESS]), if_match=version(entered)
    )
    granted = grant_item.sync_detailed(
        request_id, "access", client=client, body=m.GrantBody(), if_match=version(registered)
    )
    listed = show_search_list.sync(request_id, "access", client=client)
    reports = [
        m.SystemReportBody(system=each, result=m.SearchResult.NOTHING, identifiers="ada@example.org")
        for each in listed.open_
    ]
    searched = account_for_systems.sync_detailed(
        request_id, "access", client=client, body=m.SystemReportsBody(reports=reports), if_match=version(granted)
    )
    done = complete_item.sync_detailed(
        request_id,
        "access",
        client=client,
        body=m.CompletionBody(account="Copied."),
        if_match=version(searched),
    )
    assert done.status_code == 200, done.content
    assert show_request.sync(request_id, client=client).lifecycle == m.Lifecycle.EXECUTING
    assert list_items.sync(request_id, client=client).items[0].status == m.ItemStatus.DONE

    stale = grant_item.sync_detailed(request_id, "access", client=client, body=m.GrantBody(), if_match=version(entered))
    assert (stale.status_code, stale.parsed.code) == (412, "version-stale")


main(*sys.argv[1:])
