"""Commands on an installed service, which they find by their environment."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import pytest

from dsr.bootstrap import build
from dsr.desk.caller import Call, Caller
from dsr.desk.new_case import Person
from dsr.desk.search_lists import SystemReport
from dsr.domain.request.data_set import FieldDescription
from dsr.domain.request.search_list import SearchResult
from dsr.domain.request.values import Channel, Provenance
from dsr.domain.rights import Right
from dsr.domain.roles import Role
from dsr.settings import Settings

ANN = Caller("ann", frozenset({Role.HANDLER}), None)


@pytest.fixture
def command_line(monkeypatch: pytest.MonkeyPatch) -> Callable[[Settings], Settings]:
    """Let commands work on a service."""

    def use(settings: Settings) -> Settings:
        monkeypatch.setenv("DSR_HOME", str(settings.home))
        monkeypatch.setenv("DSR_DATABASE_URL", settings.database_url)
        monkeypatch.setenv("DSR_KEYS_URL", settings.keys_url)
        return settings

    return use


@pytest.fixture
def installed(settings: Settings, command_line: Callable[[Settings], Settings]) -> Settings:
    """Commands work on an installed service, on each backend."""
    return command_line(settings)


class _At:
    def __init__(self, moment: datetime) -> None:
        self._moment = moment

    def now(self) -> datetime:
        return self._moment


@pytest.fixture
def packed() -> Callable[[Settings, datetime], UUID]:
    """Prepare a package with one data set, as the team did at that moment; gives its id."""

    def pack(settings: Settings, moment: datetime) -> UUID:
        made = build(settings, clock=_At(moment))
        desk = made.desk
        try:
            case = UUID(
                desk.entry.enter_request(
                    Call(ANN),
                    controller_id="callcentre-de",
                    channel=Channel.TELEPHONE,
                    received_at=moment,
                    person=Person(name="Ada Lovelace", email="ada@example.org", phone=""),
                    text="Please send me a copy of my data.",
                    language="en",
                ).resource_id
                or ""
            )

            def call() -> Call:
                return Call(ANN, expected=desk.repository.request(case, ANN).version)

            desk.triage.register(case, call(), rights=(Right.ACCESS,), direct_marketing=False)
            desk.items.grant(case, "access", call(), erasure_ground=None)
            desk.collection.collect(
                case,
                "access",
                call(),
                content=b'[{"number": "0301234567"}]',
                media_type="application/json",
                name="calls",
                system="crm",
                purpose="Customer relations",
                provenance=Provenance.OBSERVED,
                fields=(FieldDescription("number", "The number that called", Provenance.OBSERVED),),
                collected_at=None,
            )
            listed, _ = desk.search_lists.of_item(case, "access", ANN)
            reports = [
                SystemReport(each, SearchResult.FOUND)
                if each == "crm"
                else SystemReport(each, SearchResult.LEFT_OUT, reason="It is switched off.")
                for each in listed.open
            ]
            desk.search_lists.account(case, "access", call(), reports=reports)
            return UUID(desk.exports.prepare(case, "access", call()).resource_id or "")
        finally:
            made.close()

    return pack
