"""The demo from beginning to end: `dsr demo`."""

import time
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from dsr.demo import (
    afterwards,
    cases,
    fee,
    forgetting,
    guardian,
    later,
    matters,
    objections,
    reassignment,
    reply,
    restriction,
    tables,
)
from dsr.demo.client import Client, DemoFailed, RequestRefused
from dsr.demo.days import Days, morning
from dsr.demo.office import Office
from dsr.demo.story import HERE, Arrived, Scene, expect

FOLDER = Path("demo-data")

TEAM: dict[str, dict[str, list[str]]] = {
    "dora": {"roles": ["dpo"]},
    "ian": {"roles": ["intake"]},
    "ann": {"roles": ["handler"]},
    "ola": {"roles": ["handler"], "controllers": ["callcentre-pl"]},
    "cleo": {"roles": ["handler", "approver"]},
    "bob": {"roles": ["approver"]},
    "sys": {"roles": ["system-owner"]},
    "tess": {"roles": ["system-owner"]},
    "ada": {"roles": ["auditor"]},
}

CHAPTERS = (
    ("Access and portability: a doubt, a pause, a recording, two downloads", cases.access_and_portability),
    ("Erasure, partly refused by two people", cases.erasure_partly_refused),
    ("An extension", cases.extension),
    ("A withdrawal", cases.withdrawal),
    ("A letter that is no request", cases.no_request),
    ("An employee objects: balanced, and refused in part", objections.of_an_employee),
    ("A customer objects to what he agreed to: consent is gone", objections.of_a_customer),
    ("A fee, quoted and declined", fee.declined),
    ("A guardian acts for a child", guardian.of_a_child),
    ("A restriction, lifted only after notice", restriction.lifted_after_notice),
    ("Passed on from Germany to Poland", reassignment.to_poland),
    ("A reply to a closed case is a new request", reply.to_a_closed_case),
)

MATTERS = (
    ("A complaint from London: 30 days to acknowledge it", matters.complaint_from_london),
    ("An incident: 72 hours to notify the authority", matters.incident_with_72_hours),
)
"""What arrives beside requests."""


def play() -> bool:
    """Play it, in a folder below the present one.

    True only if everything went as told and the replayed log agrees; otherwise prints what went wrong.
    """
    console, started = tables.console(), time.monotonic()
    try:
        office = Office(FOLDER.absolute())
        token = _open(office, console)
        with office.serving() as url:
            console.print(f"[dim]$ dsr serve --port 0[/dim]\nServing on {url}")
            scene = _scene(office, console, Client(url, name="operator", token=token))
            _deliver_mail(scene)
            told = []
            for number, (title, chapter) in enumerate(CHAPTERS, 1):
                console.rule(f"{number}. {title}", align="left")
                told.append(chapter(scene))
            for number, (title, matter) in enumerate(MATTERS, len(CHAPTERS) + 1):
                console.rule(f"{number}. {title}", align="left")
                matter(scene)
            console.rule("What stands now", align="left")
            afterwards.show(scene, told)
            console.rule("An auditor reads the log", align="left")
            afterwards.audit(scene, told)
            console.rule("The log, replayed", align="left")
            afterwards.replay(scene)
            console.rule("An authority verifies the history", align="left")
            afterwards.hand_over(scene)
            console.rule("A person is forgotten", align="left")
            gone = forgetting.ordered(scene, office.folder / "backups")
        console.rule("The clock rings", align="left")
        later.dates_go_by(office, console)
        console.rule("A backup from before brings nobody back", align="left")
        forgetting.nobody_returns(office, scene, gone)
    except (DemoFailed, RequestRefused) as failure:
        console.print(f"[red]The demo failed.[/red] {escape(str(failure))}")
        return False
    console.print(
        f"\n[green]All as told, in {time.monotonic() - started:.0f} s.[/green] It is in {FOLDER}/. "
        "See it in a browser: `make open`, or `dsr demo --open`."
    )
    return True


def _open(office: Office, console: Console) -> str:
    """Make the service and adopt the record of processing; gives the operator's token."""
    office.clear()
    console.rule("An empty service, and its record of processing", align="left")
    made = _run(office, console, "init")
    record = office.folder / "ropa.yaml"
    record.write_text(office.run("ropa", "example"), encoding="utf-8")
    console.print(f"[dim]$ dsr ropa example > {FOLDER}/{record.name}[/dim]")
    _run(office, console, "ropa", "adopt", str(record))
    tokens = [word for word in made.split() if word.startswith("dsr_")]
    expect("tokens that `dsr init` shows", len(tokens), 1)
    return tokens[0]


def _run(office: Office, console: Console, *arguments: str) -> str:
    """Run a command, show it and what it says; tokens are cut short."""
    said = office.run(*arguments)
    shown = " ".join(arguments).replace(f"{office.folder}/", f"{FOLDER}/")
    console.print(f"[dim]$ dsr {shown}[/dim]")
    for line in said.strip().splitlines():
        console.print(line[:12] + "…" if line.startswith("dsr_") else line, markup=False)
    return said


def _scene(office: Office, console: Console, operator: Client) -> Scene:
    """Enrol the team over HTTP, each with a token."""
    anybody = Client(operator.base_url)
    staff = {"operator": operator}
    today = datetime.now(UTC).date()
    in_a_fortnight = (today + timedelta(days=14)).isoformat()
    bound_and_trained = {
        "confidentiality_signed_on": today.isoformat(),
        "training": {"course": "gdpr-basics", "completed_on": today.isoformat()},
    }
    for name, place in TEAM.items():
        enrolment = {"identifier": name, "controllers": ["*"]} | bound_and_trained | place
        if "auditor" in place["roles"]:
            enrolment |= {"access_ends_on": in_a_fortnight}
        operator.post("/staff", enrolment)
        version = operator.get(f"/staff/{name}").body["version"]
        operator.post(f"/staff/{name}/address", {"email": f"{name}@staff.example"}, etag=f'"{version}"')
        # In a service of its own, each is invited by mail; the demo prints the tokens on the machine.
        staff[name] = anybody.as_(name, office.run("token", name).strip())
        if name != "dora":  # the first besides the operator: nobody else could confirm her
            version = staff["dora"].get(f"/staff/{name}").body["version"]
            staff["dora"].post(f"/staff/{name}/confirmation", etag=f'"{version}"')
    team = (f"{name} ({', '.join(place['roles'] + place.get('controllers', []))})" for name, place in TEAM.items())
    console.print(f"The team: {', '.join(team)}. All are bound to confidentiality, and trained.")
    console.print("Dora confirms whom the operator enrolled. She stays unconfirmed until a second operator is there.")
    return Scene(console, Days(today), anybody, staff, office.downloads, partial(_run, office, console))


def _deliver_mail(scene: Scene) -> None:
    """Let `ian` hand over every letter of the mailbox, oldest first, with its true arrival; one of them twice."""
    letters = sorted((HERE / "mailbox").glob("*.eml"), key=lambda file: (scene.days.arrival(file.name), file.name))
    for letter in letters:
        arrived_at = morning(scene.days.arrival(letter.name))
        scene.mail[letter.name] = Arrived(letter.name, arrived_at, _deliver(scene, letter, arrived_at))
    rows = []
    for arrived in scene.mail.values():
        row = arrived.outcome | {"file": arrived.file, "arrived": f"{arrived.arrived_at:%a %F}"}
        if arrived.outcome["outcome"] == "received":
            row["due"] = scene.staff["ann"].get(f"/requests/{arrived.outcome['request_id']}").body["effective_due"]
        rows.append(row)
    tables.show_mail(scene.console, rows)
    (waiting,) = scene.staff["ian"].all("/intake/quarantine")
    scene.tell(
        "ian", f"sees one letter in quarantine ({waiting['error']}); its clock runs since {waiting['received_at'][:10]}"
    )
    again = _deliver(scene, letters[0], morning(scene.days.ago(1)))
    expect("the oldest letter, delivered once more", again["outcome"], "duplicate")
    expect("its case", again["request_id"], scene.mail[letters[0].name].outcome["request_id"])
    scene.tell("ian", f"delivers {letters[0].name} once more: a duplicate, nothing new")


def _deliver(scene: Scene, letter: Path, arrived_at: datetime) -> dict[str, Any]:
    reply = scene.staff["ian"].post(
        "/intake/messages",
        content=letter.read_bytes(),
        media_type="message/rfc822",
        query={"received_at": arrived_at.isoformat()},
    )
    return dict(reply.body)
