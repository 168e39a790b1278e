"""Every page of the console, at an address where it shows something, with whoever reads it."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from dsr.domain.request.values import Channel
from dsr.domain.roles import Role
from dsr.policies.positions import Parked
from tests.api.access import CONSOLE, table
from tests.api.colleague import Colleague, signed_in
from tests.api.my.conftest import offer
from tests.api.routes import routes
from tests.api.team import Team
from tests.catalogue.matters import drafted
from tests.catalogue.retention import proposed
from tests.desk.office import Office

READERS: Final = {
    "carla": (Role.HANDLER, Role.APPROVER),
    "dora": (Role.DPO,),
    "audra": (Role.AUDITOR,),
    "oona": (Role.OPERATOR,),
}
"""A page is read by the first of them who may see it."""

PATHS: Final = {
    "GET /console": ("/console",),
    "GET /console/approvals": ("/console/approvals",),
    "GET /console/approvals/{}/{}": ("/console/approvals/{case}/{extension}",),
    "GET /console/audit": ("/console/audit",),
    "GET /console/audit/bundles": ("/console/audit/bundles",),
    "GET /console/audit/cases/{}": ("/console/audit/cases/{case}",),
    "GET /console/audit/log": ("/console/audit/log",),
    "GET /console/audit/openings": ("/console/audit/openings",),
    "GET /console/batches/{}/do/{}": ("/console/batches/{batch}/do/decide_retention_batch",),
    "GET /console/cases/{}": ("/console/cases/{case}", "/console/cases/{case}?at=2"),
    "GET /console/cases/{}/data/{}": ("/console/cases/{packed}/data/access",),
    "GET /console/cases/{}/data/{}/records/{}": ("/console/cases/{packed}/data/access/records/{records}",),
    "GET /console/cases/{}/do/{}": (
        "/console/cases/{case}/do/propose_refusal?item_id=erasure",
        "/console/cases/{case}/do/rectify_data?item_id=rectification",
    ),
    "GET /console/controllers/{}/do/{}": ("/console/controllers/callcentre-de/do/rotate_signing_key",),
    "GET /console/dates": ("/console/dates?controller=callcentre-de",),
    "GET /console/dates/calendars": ("/console/dates/calendars",),
    "GET /console/do/{}": ("/console/do/enter_request", "/console/do/open_incident"),
    "GET /console/find": ("/console/find",),
    "GET /console/letters": ("/console/letters",),
    "GET /console/letters/{}": ("/console/letters/{draft}",),
    "GET /console/letters/{}/do/{}": ("/console/letters/{draft}/do/discard_dispatch",),
    "GET /console/matters": ("/console/matters",),
    "GET /console/matters/{}": ("/console/matters/{matter}",),
    "GET /console/matters/{}/do/{}": ("/console/matters/{matter}/do/assign_matter",),
    "GET /console/me": ("/console/me",),
    "GET /console/numbers": ("/console/numbers",),
    "GET /console/packages/{}/do/{}": ("/console/packages/{package}/do/revoke_export",),
    "GET /console/packages/{}/link": ("/console/packages/{package}/link",),
    "GET /console/policies/{}/do/{}": ("/console/policies/acknowledge-receipt/do/retry_policy",),
    "GET /console/quarantine": ("/console/quarantine",),
    "GET /console/quarantine/{}/do/{}": ("/console/quarantine/{quarantined}/do/decide_discarding",),
    "GET /console/queue": ("/console/queue", "/console/queue?right=objection"),
    "GET /console/record": ("/console/record",),
    "GET /console/record/{}": ("/console/record/1",),
    "GET /console/service": ("/console/service",),
    "GET /console/staff/{}/do/{}": ("/console/staff/carla/do/confirm_staff",),
    "GET /console/team": ("/console/team",),
    "GET /console/team/{}": ("/console/team/carla",),
    "GET /console/triage": ("/console/triage",),
    "GET /console/triage/{}": ("/console/triage/{letter}",),
}
"""By route: what its page shows where there is something, and where there is little."""

FILES: Final = (".csv", ".xlsx")


@dataclass(frozen=True)
class PageShown:
    """One page, as a member of staff finds it."""

    route: str
    path: str
    reader: str
    """One of `READERS`."""


def every_page(team: Team) -> list[PageShown]:
    """All pages that members of staff read; what their addresses name is there."""
    known, names = table(CONSOLE), something_of_each_kind(team)
    pages = {
        route
        for route, (rule, said) in routes(team.app).items()
        if said.page and route.startswith("GET ") and not rule.rule.endswith(FILES)
    }
    assert pages == PATHS.keys(), f"`PATHS` lacks a page, or has one too many: {sorted(pages ^ PATHS.keys())}"
    return [
        PageShown(route, path.format(**names), _reader(known[route]))
        for route in sorted(pages)
        for path in PATHS[route]
    ]


def readers(team: Team) -> dict[str, Colleague]:
    """Everybody whom `every_page` names, signed in."""
    return {name: signed_in(team, name, *roles) for name, roles in READERS.items()}


def something_of_each_kind(team: Team) -> dict[str, str]:
    """What the addresses of `PATHS` name.

    `{letter}` has not been triaged, `{case}` has, `{draft}` is a letter of it, `{packed}` has a package.
    """
    office = Office(team.service, team.clock)
    case, packed = team.registered("access", "erasure", "rectification"), team.collected()
    draft = team.done(case, "dispatches", {"kind": "acknowledgement"}, key="a-letter")["dispatch_id"]
    team.done(case, "extension", {"ground": "complexity", "reasons": "Forty systems are searched."})
    team.search(packed, "access")
    package = team.done(packed, "items/access/export", {}, key="a-package")["export_id"]
    offer(team, package)
    (records,) = team.get(f"/requests/{packed.id}/items/access/data-sets").get_json()["items"]
    raw = b"From: ada@example.org\r\nTo: nobody@elsewhere.example\r\n\r\nPlease delete my data."
    waiting = team.ask("POST", "/intake/messages", "intake", data=raw, content_type="message/rfc822", key="a-mail")
    team.service.policies.positions.park(
        Parked("acknowledge-receipt", UUID(case.id), 6, "ropa-missing", team.clock.now(), None),
        position=team.service.log.head().position,
    )
    return {
        "batch": str(proposed(office)),
        "case": case.id,
        "draft": draft,
        "extension": str(team.get("/decisions?kind=extension").get_json()["items"][0]["version"]),
        "letter": team.mailed().id,
        "matter": str(drafted(office, Channel.POST)),
        "package": package,
        "packed": packed.id,
        "quarantined": waiting.get_json()["quarantine_id"],
        "records": records["data_set_id"],
    }


def _reader(row: dict[str, str]) -> str:
    """The first who may see the page, by docs/security/access.md."""
    return next(name for name, roles in READERS.items() if any(row[role.value] == "yes" for role in roles))
