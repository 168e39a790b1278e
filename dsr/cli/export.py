"""`dsr export`: for receivers of a package; needs no service, database or network."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:  # loaded when called
    from dsr.exports import PackageProblem

NOT_GOOD: Final = 1
"""Exit status of a failed check; 2 is bad input."""

_MEANINGS: Final = {
    "safe to unpack": "a whole zip file; no bomb, no way out of its folder, nothing hidden",
    "manifest": "follows the schema that the service publishes, and names who answers",
    "files": "each is there as the manifest lists it, none besides",
    "data": "each record follows the schema beside its file, and every field is described",
    "signature": "made by the controller that the manifest names, with a key from --jwks",
    "digest": "the package is byte for byte the one of --sha256",
}
"""The checks, described, in order."""

CODES: Final = {
    "safe to unpack": {
        "not-a-package",
        "too-many-entries",
        "too-large",
        "too-dense",
        "foreign-bytes",
        "entry-repeated",
        "path-unsafe",
        "entry-no-file",
    },
    "manifest": {
        "schema-differs",
        "manifest-unreadable",
        "manifest-invalid",
        "controller-unnamed",
        "file-listed-twice",
    },
    "data": {
        "schema-unreadable",
        "schema-foreign",
        "schema-violated",
        "file-unreadable",
        "record-too-large",
        "records-differ",
        "fields-undescribed",
    },
    "signature": {
        "signature-missing",
        "signature-unreadable",
        "signature-key-unknown",
        "signature-wrong",
        "signature-of-other",
    },
    "digest": {"package-digest-differs"},
}
"""Problems by check; all others belong to the files."""


@click.group()
def command() -> None:
    """Work with a received package."""


@command.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--jwks",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The controller's public keys, as it publishes them at /api/v1/controllers/ID/jwks.json.",
)
@click.option("--sha256", metavar="HEX", help="Digest of the whole file, as the controller has it in its log.")
@click.option("--max-gib", type=click.IntRange(1, 1024), default=16, show_default=True, help="Once unpacked.")
@click.option("--max-ratio", type=click.IntRange(1, 1032), default=200, show_default=True, help="Unpacked to packed.")
@click.option("--json", "as_json", is_flag=True, help="One object, for programs: holds, checks, problems.")
@click.pass_context
def verify(
    ctx: click.Context,
    *,
    file: Path,
    jwks: Path | None,
    sha256: str | None,
    max_gib: int,
    max_ratio: int,
    as_json: bool,
) -> None:
    """Check the package FILE offline.

    Exits 0 if all checks pass, 1 if one fails, 2 on bad input.
    """
    from dsr.exports import verify_package  # noqa: PLC0415 - loaded when called
    from dsr.exports.signature import SignatureInvalid, read_keys  # noqa: PLC0415

    if sha256 is not None and (len(sha256) != 64 or set(sha256.lower()) - set("0123456789abcdef")):
        raise click.BadParameter("a SHA-256 has 64 hexadecimal digits", param_hint="--sha256")
    keys = None if jwks is None else jwks.read_bytes()
    if keys is not None:
        try:
            read_keys(keys)
        except SignatureInvalid as error:
            raise click.BadParameter(str(error), param_hint="--jwks") from None
    with file.open("rb") as package:
        problems = verify_package(
            package, expected_sha256=sha256, keys=keys, max_bytes=max_gib << 30, max_ratio=max_ratio
        )
    unasked = {name for name, given in (("signature", keys), ("digest", sha256)) if given is None}
    checks = _checks({problem.code for problem in problems}, unasked)
    if as_json:
        said = {"holds": not problems, "checks": checks, "problems": [asdict(each) for each in problems]}
        click.echo(json.dumps(said, indent=2))
    else:
        _show(checks, problems)
    if problems:
        ctx.exit(NOT_GOOD)


def _checks(found: set[str], unasked: set[str]) -> dict[str, bool | None]:
    """Result of each check; None if it was not or could not be made."""
    broken = {name: bool(found & codes) for name, codes in CODES.items()}
    broken["files"] = bool(found - {code for codes in CODES.values() for code in codes})
    unsafe, unread = broken["safe to unpack"], bool(found & {"manifest-unreadable", "manifest-invalid"})
    hidden = {name for name in ("manifest", "files", "data", "signature") if unsafe}
    hidden |= {name for name in ("files", "data") if unread}
    return {name: False if broken[name] else None if name in hidden | unasked else True for name in _MEANINGS}


def _show(checks: dict[str, bool | None], problems: Iterable["PackageProblem"]) -> None:
    """Print tables; control characters from the package are removed."""
    from rich.console import Console  # noqa: PLC0415 - loaded when called
    from rich.markup import escape  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    console = Console(highlight=False)
    table = Table("", "what", "holds", title="The package")
    verdicts = {True: "[green]yes[/]", False: "[bold red]no[/]", None: "not checked"}
    for name, holds in checks.items():
        table.add_row(name, _MEANINGS[name], verdicts[holds])
    console.print(table)
    amiss = Table("code", "file", "what is amiss", title="What does not hold")
    for problem in problems:
        amiss.add_row(problem.code, *(escape(ascii(text)[1:-1]) for text in (problem.path, problem.message)))
    if amiss.row_count:
        console.print(amiss)
