"""Personal data that is opened, and questions asked by POST."""

from dataclasses import replace
from uuid import UUID

from dsr.desk.caller import Call
from dsr.desk.saved_filters import FilterUnknown
from dsr.domain.request.values import DisclosurePurpose
from dsr.domain.roles import Role
from tests.catalogue import roles
from tests.catalogue.act import Act
from tests.catalogue.command import AtDesk, Command, OverHttp, at_desk
from tests.catalogue.starts import nothing
from tests.desk.office import Office


def _saved(office: Office) -> UUID:
    call = Call(office.ann)
    return UUID(office.desk.saved_filters.save(call, name="Late", query={"late": "true"}, shared=False).resource_id)


def _opens(path: str, *, takes_key: bool = False, versioned: bool = False, **body: object) -> OverHttp:
    return OverHttp(path, roles.READER, body, takes_key=takes_key, versioned=versioned, reads=True)


COMMANDS = (
    Command(
        name="disclose",
        act=Act("disclose", lambda case: {"purpose": DisclosurePurpose.TRIAGE, "versions": (1,)}),
        http=_opens("/requests/{}/disclosures", takes_key=True, versioned=True, purpose="assessment"),
    ),
    Command(
        name="open an original",
        http=_opens("/requests/{}/originals", takes_key=True, versioned=True, purpose="assessment", version=1),
    ),
    Command(
        name="read records",
        http=replace(
            _opens("/requests/{}/items/{}/data-sets/{}/records", takes_key=True, versioned=True, purpose="assessment"),
            roles=roles.READER - {Role.INTAKE},
        ),
    ),
    Command(
        name="open what access tells",
        http=_opens(
            "/requests/{}/items/{}/information/disclosure", takes_key=True, versioned=True, purpose="answering"
        ),
    ),
    Command(
        name="open a quarantined message",
        http=OverHttp(
            "/intake/quarantine/{}/disclosure", roles.INTAKE | roles.APPROVER, takes_key=False, versioned=False
        ),
    ),
    Command(name="open an erasure on own initiative", http=_opens("/own-initiative-erasures/{}/disclosures")),
    Command(name="open a matter", http=_opens("/matters/{}/disclosures")),
    Command(name="open the request of an authority", http=_opens("/authority-disclosures/{}/disclosures")),
    Command(
        name="make a bundle",
        http=OverHttp(
            "/audit/bundles",
            frozenset({Role.AUDITOR}),
            {"scope": ["all"]},
            takes_key=False,
            versioned=False,
            reads=True,
        ),
    ),
    Command(
        name="search by person",
        http=OverHttp(
            "/requests/search", roles.CASE_WORKER | {Role.AUDITOR}, takes_key=False, versioned=False, reads=True
        ),
    ),
    Command(
        name="save a filter",
        desk=AtDesk(
            method="saved_filters.save",
            given=nothing,
            run=lambda office, _, call: office.desk.saved_filters.save(
                call, name="Late", query={"late": "true"}, shared=False
            ),
            makes=(),
            unknown=None,
            versioned=False,
        ),
        http=OverHttp("/saved-filters", roles.STAFF, versioned=False),
    ),
    Command(
        name="revise a filter",
        desk=at_desk(
            "saved_filters.revise", _saved, (), unknown=FilterUnknown, name="Late", query={"late": "true"}, shared=True
        ),
        http=OverHttp("/saved-filters/{}/revision", roles.STAFF),
    ),
)
