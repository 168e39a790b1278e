"""The demo from beginning to end. Exits 0 only if all went as told, and the replayed log shows the same."""

import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from examples.demo import cases, tables
from examples.demo.client import Client, DemoFailed, Refused
from examples.demo.days import Days, morning
from examples.demo.office import Office
from examples.demo.packages import downloaded
from examples.demo.story import EXAMPLES, Arrived, Case, Scene, expect

FOLDER = Path("demo-data")

TEAM = {
    "ian": ["intake"],
    "ann": ["handler"],
    "cleo": ["handler", "approver"],
    "bob": ["approver"],
    "dora": ["dpo"],
    "sys": ["system-owner"],
}

CHAPTERS = (
    ("Access and portability: a doubt, a pause, two downloads", cases.access_and_portability),
    ("Erasure, partly refused by two people", cases.erasure_partly_refused),
    ("An extension", cases.extension),
    ("A withdrawal", cases.withdrawal),
    ("A letter that is no request", cases.no_request),
)


def main() -> int:
    """Run it; what goes wrong is told in a sentence."""
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
            console.rule("What stands now", align="left")
            _show(scene, told)
            console.rule("The log, replayed", align="left")
            _replay(office, scene)
    except (DemoFailed, Refused) as failure:
        console.print(f"[red]The demo failed.[/red] {escape(str(failure))}")
        return 1
    console.print(f"\n[green]All as told, in {time.monotonic() - started:.0f} s.[/green] See {FOLDER}/.")
    return 0


def _open(office: Office, console: Console) -> str:
    """Make the service and adopt the record of processing; gives the operator's token."""
    office.clear()
    console.rule("An empty service, and its record of processing", align="left")
    made = _run(office, console, "init")
    _run(office, console, "ropa", "adopt", str(EXAMPLES / "ropa.yaml"))
    tokens = [word for word in made.split() if word.startswith("dsr_")]
    expect("tokens that `dsr init` shows", len(tokens), 1)
    return tokens[0]


def _run(office: Office, console: Console, *arguments: str) -> str:
    """Run a command, show it and what it says; tokens are cut short."""
    said = office.run(*arguments)
    shown = " ".join(arguments).replace(f"{EXAMPLES}/", "examples/")
    console.print(f"[dim]$ dsr {shown}[/dim]")
    for line in said.strip().splitlines():
        console.print(line[:12] + "…" if line.startswith("dsr_") else line, markup=False)
    return said


def _scene(office: Office, console: Console, operator: Client) -> Scene:
    """Enrol the team over HTTP, each with a token."""
    anybody = Client(operator.base_url)
    staff = {"operator": operator}
    today = datetime.now(UTC).date().isoformat()
    bound_and_trained = {
        "confidentiality_signed_on": today,
        "training": {"course": "gdpr-basics", "completed_on": today},
    }
    for name, roles in TEAM.items():
        operator.post("/staff", {"identifier": name, "roles": roles, "controllers": ["*"]} | bound_and_trained)
        token = operator.post(f"/staff/{name}/tokens").body["token"]
        staff[name] = anybody.as_(name, token)
    team = (f"{name} ({', '.join(roles)})" for name, roles in TEAM.items())
    console.print(f"The team: {', '.join(team)}.")
    return Scene(console, Days(datetime.now(UTC).date()), anybody, staff, office.downloads)


def _deliver_mail(scene: Scene) -> None:
    """Let `ian` hand over every letter of the mailbox, oldest first, with its true arrival; one of them twice."""
    letters = sorted((EXAMPLES / "mailbox").glob("*.eml"), key=lambda file: (scene.days.arrival(file.name), file.name))
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
    (waiting,) = _all(scene.staff["ian"], "/intake/quarantine")
    scene.tell(
        "ian", f"sees one letter in quarantine ({waiting['error']}); its clock runs since {waiting['received_at'][:10]}"
    )
    again = _deliver(scene, letters[0], morning(scene.days.today))
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


def _show(scene: Scene, told: list[Case]) -> None:
    """The state of everything, as the team reads it."""
    ann, console = scene.staff["ann"], scene.console
    rows = _all(ann, "/requests", status="all")
    tables.show_queue(console, "Closed", (row for row in rows if row["status"] == "closed"))
    tables.show_queue(console, "The queue, soonest due first", (row for row in rows if row["status"] == "open"))
    first = told[0]
    tables.show_timeline(console, first.now["reference"], _all(ann, f"{first.path}/timeline"))
    tables.show_deadline(console, first.now["reference"], ann.get(f"{first.path}/deadline").body)
    references = {row["request_id"]: row["reference"] for row in rows}
    tables.show_decisions(console, references, _all(scene.staff["dora"], "/decisions"))
    tables.show_files(console, downloaded(first))


def _replay(office: Office, scene: Scene) -> None:
    """Replay the log beside the read models, then into fresh ones, while the server runs; nothing may differ."""
    before = _everything(scene)
    _run(office, scene.console, "projections", "verify")
    _run(office, scene.console, "projections", "rebuild")
    _run(office, scene.console, "projections", "verify")
    after = _everything(scene)
    differing = sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
    expect("answers that differ after the rebuild", differing, [])
    scene.console.print(f"{len(before)} answers over HTTP are the same before and after.")


def _everything(scene: Scene) -> dict[str, Any]:
    """All that the team can read of the cases: path → answer."""
    ann = scene.staff["ann"]
    found: dict[str, Any] = {path: _all(ann, path) for path in ("/decisions", "/intake/quarantine")}
    found["/requests"] = rows = _all(ann, "/requests", status="all")
    for row in rows:
        path = f"/requests/{row['request_id']}"
        found[path] = ann.get(path).body
        found[f"{path}/deadline"] = ann.get(f"{path}/deadline").body
        for part in ("items", "timeline"):
            found[f"{path}/{part}"] = _all(ann, f"{path}/{part}")
    return found


def _all(client: Client, path: str, **query: str) -> list[dict[str, Any]]:
    """Every page of a list."""
    rows: list[dict[str, Any]] = []
    page = client.get(path, **query).body
    while True:
        rows += page["items"]
        if page["next"] is None:
            return rows
        page = client.get(path, **query, cursor=page["next"]).body


if __name__ == "__main__":
    sys.exit(main())
