"""A person is forgotten by the order of two people, and a backup from before does not bring them back."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from dsr.demo.office import Office
from dsr.demo.story import Scene, expect


@dataclass(frozen=True)
class Forgotten:
    """Who is to be forgotten, and the backup from before."""

    request_id: str
    address: str
    backup: Path


_LETTER, _ADDRESS = "07-a-question-en.eml", "conor.whelan@mail.example"


def ordered(scene: Scene, backups: Path) -> Forgotten:
    """Whoever asked about opening hours need not be known any longer: his file was no request."""
    case, search = scene.case_of(_LETTER), {"email": _ADDRESS}
    found = scene.staff["ann"].post("/requests/search", search).body["items"]
    expect("whether he is found", [row["request_id"] for row in found], [case.request_id])
    backup = scene.run("backup", "make", str(backups)).strip().splitlines()[-1]
    preview = scene.staff["ann"].get(f"{case.path}/forgetting/preview").body
    expect("why his file would be kept", preview["kept_because"], ["period"])
    goes = f"{preview['keys']} keys, {preview['files']} files and {preview['rows']} entries"
    case.do(
        "ann",
        "forgetting",
        f"proposes to forget the file of {case.now['reference']}, before its period ends: {goes} would go",
        ground="no-longer-needed",
        reasons="By the advice of dora: it never was a request.",
    )
    case.refused("ann", "forgetting/decision", "forbidden", "wants to order it herself:", approve=True)
    case.do("bob", "forgetting/decision", "orders it: from now on, nothing is recorded on the case", approve=True)
    case.refused("ann", "notes", "case-forgotten", "wants to add a note:", note="He called.")
    return Forgotten(case.request_id, _ADDRESS, Path(backup))


def nobody_returns(office: Office, scene: Scene, gone: Forgotten) -> None:
    """Restore the backup that still knows him, with the fence journal of the service whose worker destroyed his keys:
    the copy whose clock is ahead.
    """
    again = Office(office.folder / "restored")
    again.folder.mkdir(mode=0o700)
    for name in ("keyring.json", "fences.jsonl"):
        shutil.copy2(office.folder / "later" / name, again.folder)
    scene.console.print(f"[dim]$ dsr restore {gone.backup.relative_to(office.folder.parent)}[/dim]")
    scene.console.print(again.run("restore", str(gone.backup)).partition("\n")[0], markup=False)
    with again.serving() as url:
        ann = scene.staff["ann"].at(url)
        expect("who is found by his address", ann.post("/requests/search", {"email": gone.address}).body["items"], [])
        state = ann.get(f"/requests/{gone.request_id}/forgetting").body
        expect("how his file stands", (state["status"], state["ordered_by"]), ("attested", "bob"))
        destroyed = f"{state['keys']} keys and {state['files']} files are destroyed here too"
        scene.tell("ann", f"finds nobody by his address: {destroyed}, by the order in the fence journal")
        outcome = ann.get(f"/requests/{gone.request_id}").body["outcome"]
        expect("what stays", outcome, "not-a-request")
        scene.tell("ann", f"still sees that there was a letter, and that it was {outcome}")
