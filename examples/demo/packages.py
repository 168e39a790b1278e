"""Exports: what the systems returned is uploaded, packed, offered by link and second secret, and downloaded once."""

import io
import json
import zipfile
from typing import Any

import yaml

from dsr.exports import verify_package
from examples.demo.client import multipart
from examples.demo.story import EXAMPLES, Case, expect, refusal

_DATA = EXAMPLES / "data"


def collect(case: Case, item: str) -> None:
    """Upload the sample data of each system for an item."""
    for sample in yaml.safe_load((_DATA / "data-sets.yaml").read_text(encoding="utf-8")):
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


def deliver(case: Case, item: str) -> None:
    """Pack, offer, redeem once; what arrives is checked offline, as anybody can, and unpacked."""
    scene = case.scene
    export = case.do("ann", f"items/{item}/export", f"packs the {item} export")
    offered = scene.staff["ann"].post(f"/exports/{export.body['export_id']}/link", etag=export.etag).body
    scene.tell("ann", "sends the link by mail, and tells the second secret on the telephone")
    keys = {"token": offered["token"], "second_secret": offered["second_secret"]}
    _refused(case, keys | {"second_secret": "0000-0000"}, "secret-wrong", "mistypes the second secret:")
    package = scene.anybody.post("/exports/redemption", keys).content
    expect(f"problems of the {item} package", verify_package(io.BytesIO(package)), [])
    scene.tell("jana", f"downloads {len(package)} bytes; the package agrees with its manifest")
    _refused(case, keys, "export-already-redeemed", "opens the link again:")
    with zipfile.ZipFile(io.BytesIO(package)) as archive:  # its paths are safe: verify_package looked at them
        archive.extractall(scene.downloads / item)


def downloaded(case: Case) -> list[list[str]]:
    """A row for each file that lies in the folder of downloads now."""
    rows: list[list[str]] = []
    for folder in sorted(each for each in case.scene.downloads.iterdir() if each.is_dir()):
        manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        for file in manifest["files"]:
            row = [str(file["size"]), str(file["records"]), file["system"], file["sha256"][:16] + "…"]
            rows.append([folder.name, file["path"], *row])
        for left_out in manifest["left_out"]:
            name = left_out["data_set"] + (f", {left_out['field']}" if left_out.get("field") else "")
            rows.append([folder.name, f"left out: {name}", "", "", "", ""])
    return rows


def _refused(case: Case, keys: dict[str, str], code: str, says: str) -> None:
    refusal("the redemption", code, lambda: case.scene.anybody.post("/exports/redemption", keys))
    case.scene.tell("jana", f"{says} [yellow]refused: {code}[/yellow]")
