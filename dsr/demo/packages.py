"""Exports: collected data is packed, offered by link and password, downloaded, and verified offline."""

import json
import time
import zipfile
from pathlib import Path
from typing import Any

import yaml

from dsr.demo import tables
from dsr.demo.client import Client, DemoFailed, multipart
from dsr.demo.story import HERE, DemoCase, expect, refusal

_DATA = HERE / "data"
_PACKAGE = "/exports/session/package"
_MOMENT = 10.0
"""Seconds, on a busy machine."""


def collect(case: DemoCase, item: str, *, without: str | None = None) -> None:
    """Upload the sample data of each system for an item, `without` that of one."""
    for sample in yaml.safe_load((_DATA / "data-sets.yaml").read_text(encoding="utf-8")):
        if sample["metadata"]["system"] == without:
            continue
        content, media_type = multipart(
            sample["metadata"],
            (_DATA / sample["file"]).read_bytes(),
            name=sample["file"],
            media_type=sample["media_type"],
        )
        case.send(
            "ann",
            f"items/{item}/data-sets",
            f"uploads {sample['file']} for {item}, as {sample['metadata']['system']} returned it",
            content=content,
            media_type=media_type,
        )


def deliver(case: DemoCase, item: str) -> dict[str, bytes]:
    """Pack, offer, tell the password, download in two parts, check offline as anybody can, unpack; file → content."""
    scene = case.scene
    export = case.do("ann", f"items/{item}/export", f"packs the {item} export")
    offered = scene.staff["ann"].post(f"/exports/{export.body['export_id']}/link", etag=export.etag).body
    scene.tell("ann", "sends the link by mail")
    case.look()
    case.do(
        "ann",
        f"items/{item}/password",
        "tells the password on the telephone: without this on record the case would not close as fulfilled",
        account="Called back at the number of the contract; she named her customer number.",
    )
    keys = {"token": offered["token"], "password": offered["password"]}
    _refused(case, keys | {"password": "0000-0000"}, "secret-wrong", "mistypes the password:")
    begun = scene.anybody.post("/exports/redemption", keys).body
    expect("whether the session lasts", begun["ends_at"] > scene.days.today.isoformat(), True)
    package = _downloaded(case, scene.anybody.as_("jana", begun["session"]), begun["size"])
    _until_recorded(case, export.body["export_id"])
    _refused(case, keys, "export-already-redeemed", "opens the link again:")
    file = scene.downloads / f"{item}.zip"
    file.write_bytes(package)
    _verify(case, file)
    with zipfile.ZipFile(file) as archive:  # its paths are safe: the check looked at them
        archive.extractall(scene.downloads / item)
        files = {name: archive.read(name) for name in archive.namelist()}
    tables.show_contents(scene.console, file.name, ((name, len(content)) for name, content in sorted(files.items())))
    expect("what every package has", {"index.html", "manifest.json", "manifest.jws"} - files.keys(), set())
    return files


def downloaded(case: DemoCase) -> list[list[str]]:
    """A row for each data file and attachment that lies in the folder of downloads now, and for what was left out."""
    rows: list[list[str]] = []
    for folder in sorted(each for each in case.scene.downloads.iterdir() if each.is_dir()):
        manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        for file in (*manifest["files"], *manifest["attachments"]):
            row = [str(file["size"]), str(file.get("records", "")), file["system"], file["sha256"][:16] + "…"]
            rows.append([folder.name, file["path"], *row])
        places = [(each["name"], each["field"]) for each in manifest["left_out"]]
        places += [(each["name"], each["place"]) for each in manifest["redactions"]]
        for place in places:
            rows.append([folder.name, f"left out: {', '.join(filter(None, place))}", "", "", "", ""])
    return rows


def _downloaded(case: DemoCase, jana: Client, size: int) -> bytes:
    """The package, in two parts, since the connection breaks in the midst of it."""
    first, etag = jana.get_broken_off(_PACKAGE, after=size // 2)
    rest = jana.get_rest(_PACKAGE, start=len(first), unless_changed=etag)
    expect("how the rest is answered", rest.status, 206)
    package = first + rest.content
    expect("bytes of the package", len(package), size)
    case.scene.tell("jana", f"loses the connection after {len(first)} of {size} bytes, and downloads the rest alone")
    return package


def _until_recorded(case: DemoCase, export_id: str) -> None:
    """Wait until the service knows that all was sent; its last byte arrives a moment earlier."""
    ends = time.monotonic() + _MOMENT
    while case.scene.staff["ann"].get(f"/exports/{export_id}").body["link"]["downloaded_at"] is None:
        if time.monotonic() > ends:
            raise DemoFailed(f"the download of {export_id} was not recorded within {_MOMENT} s")
        time.sleep(0.05)


def _verify(case: DemoCase, file: Path) -> None:
    """Check it without the service, with the keys that the controller publishes; fails where anything is amiss."""
    controller = case.now["controller_id"]
    keys = file.with_name(f"{controller}.jwks.json")
    keys.write_bytes(case.scene.anybody.get(f"/controllers/{controller}/jwks.json").content)
    said = case.scene.run("export", "verify", str(file), "--jwks", str(keys))
    (signed,) = (line for line in said.splitlines() if "signature" in line)
    expect("whether the signature holds", "yes" in signed, True)


def _refused(case: DemoCase, keys: dict[str, str], code: str, says: str) -> None:
    refusal("the redemption", code, lambda: case.scene.anybody.post("/exports/redemption", keys))
    case.scene.tell("jana", f"{says} [yellow]refused: {code}[/yellow]")
