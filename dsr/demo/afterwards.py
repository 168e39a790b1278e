"""The end of the demo: the queue, an audit, a replay of the log, and a bundle for an authority."""

import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from dsr.demo import tables
from dsr.demo.packages import downloaded
from dsr.demo.story import DemoCase, Scene, expect

_FIRST_EVENTS = 8
_LISTS = ("/decisions", "/intake/quarantine", "/holds", "/own-initiative-erasures")
_LISTS_OF_A_CASE = ("items", "timeline", "restrictions", "recipients", "fees")


def show(scene: Scene, told: Sequence[DemoCase]) -> None:
    """The state of everything, as the team reads it."""
    ann, console = scene.staff["ann"], scene.console
    rows = ann.all("/requests", status="all")
    tables.show_queue(console, "Closed", (row for row in rows if row["status"] == "closed"))
    tables.show_queue(console, "The queue, soonest due first", (row for row in rows if row["status"] == "open"))
    first = told[0]
    tables.show_timeline(console, first.now["reference"], first.listed("timeline"))
    tables.show_deadline(console, first.now["reference"], ann.get(f"{first.path}/deadline").body)
    references = {row["request_id"]: row["reference"] for row in rows}
    tables.show_decisions(console, references, scene.staff["dora"].all("/decisions"))
    tables.show_files(console, downloaded(first))
    tables.show_holds(console, "What a retention job may not delete now", ann.all("/holds"), references)
    numbers = ann.get("/statistics").body
    tables.show_statistics(console, numbers)
    counted = {outcome: row["number"] for outcome, row in numbers["by_outcome"].items() if row["number"]}
    expect("the outcomes", counted, dict(Counter(case.now["outcome"] for case in told if case.now["outcome"])))
    expect("requests that missed their date", numbers["missed"]["number"], 0)


def audit(scene: Scene, told: Sequence[DemoCase]) -> None:
    """The log in its order, and each case made from its events alone: as the team sees it."""
    ada = scene.staff["ada"]
    page = ada.get("/audit/events", limit=str(_FIRST_EVENTS)).body
    expect(
        "the positions of the first page", [row["position"] for row in page["items"]], [*range(1, _FIRST_EVENTS + 1)]
    )
    expect("what is withheld from an auditor of all controllers", [row for row in page["items"] if row["withheld"]], [])
    tables.show_log(scene.console, f"The first {_FIRST_EVENTS} of {page['until']} events", page["items"])
    last = told[-1]
    stream = ada.all("/audit/events", stream_id=last.request_id)
    expect("the case as the log has it", _names(stream), _names(last.listed("timeline")))
    tables.show_log(scene.console, f"All that the log has on {last.now['reference']}", stream)
    for case in told:
        rebuilt = ada.get(f"/audit/{case.path.removeprefix('/')}").body
        case.look()
        expect(f"{case.now['reference']}, made from its events", rebuilt["request"], case.now)
        expect(f"the items of {case.now['reference']}", rebuilt["items"], case.listed("items"))
    scene.tell("ada", f"had {len(told)} cases made from their events alone: each is as the team sees it")
    scene.tell_refused(
        "ada",
        "wants to change one:",
        "forbidden",
        lambda: ada.post(f"{told[0].path}/notes", {"note": "Seen."}, etag=f'"{told[0].now["version"]}"'),
    )
    readings = ada.get("/audit/events", after=str(page["until"])).body["items"]
    expect("whose events came since", {row["actor"] for row in readings}, {"ada"})
    scene.tell("ada", f"finds what she read on record herself: {len(readings)} events after the first {page['until']}")


def replay(scene: Scene) -> None:
    """Replay the log beside the read models, then into fresh ones, while the server runs; nothing may differ."""
    as_of = scene.staff["ann"].get("/statistics").body["as_of"]
    before = _everything(scene, as_of)
    said = scene.run("audit", "replay")
    nothing = "0 rows and 0 dates differ, 0 events flawed"
    expect("what `dsr audit replay` says at its end", said.strip().rpartition(": ")[2], nothing)
    scene.run("projections", "verify")
    scene.run("projections", "rebuild")
    scene.run("projections", "verify")
    after = _everything(scene, as_of)
    differing = sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
    expect("answers that differ after the rebuild", differing, [])
    scene.console.print(f"{len(before)} answers over HTTP are the same before and after.")


def hand_over(scene: Scene) -> None:
    """An authority gets a bundle of everything, verifies it without the service, and is not deceived by one bit."""
    bundle = scene.downloads / "bundle.zip"
    key = scene.run("audit", "bundle", "--scope", "all", str(bundle)).strip()
    with ZipFile(bundle) as archive:
        archive.extract("verify.py", scene.downloads)
    status, said = _verify(bundle, key)
    scene.console.print(said, markup=False)
    expect("what `verify.py` says at its end", said.strip().splitlines()[-1], "Result: all of it holds.")
    expect("how it ends", status, 0)
    content = bytearray(bundle.read_bytes())
    content[len(content) // 2] ^= 1
    bundle.write_bytes(content)
    status, said = _verify(bundle, key)
    scene.console.print("\nSomebody flips one bit in the middle of the file:")
    scene.console.print(said.partition("What does not hold:")[2].strip(), markup=False)
    expect("how it ends then", status, 1)


def _verify(bundle: Path, key: str) -> tuple[int, str]:
    """The verifier that the bundle brought, in a process that finds nothing of this program."""
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-I", "verify.py", bundle.name, "--key", key],
        cwd=bundle.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def _names(events: Sequence[dict[str, Any]]) -> list[str]:
    return [event["name"] for event in events]


def _everything(scene: Scene, as_of: str) -> dict[str, Any]:
    """All that the team can read of the cases: path → answer."""
    ann = scene.staff["ann"]
    found: dict[str, Any] = {path: ann.all(path) for path in _LISTS}
    found["/statistics"] = ann.get("/statistics", as_of=as_of).body
    found["/requests"] = rows = ann.all("/requests", status="all")
    for row in rows:
        path = f"/requests/{row['request_id']}"
        found[path] = ann.get(path).body
        found[f"{path}/deadline"] = ann.get(f"{path}/deadline").body
        for part in _LISTS_OF_A_CASE:
            found[f"{path}/{part}"] = ann.all(f"{path}/{part}")
    return found
