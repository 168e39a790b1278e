"""`dsr export`: what somebody does who received a package; needs no service, no database and no network."""

from pathlib import Path
from typing import Final

import click

NOT_GOOD: Final = 1
"""Exit status where something does not hold; 2 is bad input."""

_ASPECTS: Final = (
    (
        "safe to unpack",
        "a whole zip file; no bomb, no way out of its folder, nothing hidden",
        {
            "not-a-package",
            "too-many-entries",
            "too-large",
            "too-dense",
            "foreign-bytes",
            "entry-repeated",
            "path-unsafe",
            "entry-no-file",
        },
    ),
    (
        "manifest",
        "follows the schema that the service publishes, and names who answers",
        {"schema-differs", "manifest-unreadable", "manifest-invalid", "controller-unnamed", "file-listed-twice"},
    ),
)
"""What is looked at, in words, and the problems that belong to it; all others are of the files."""

_FILES: Final = ("files", "each is there as the manifest lists it, none besides, each data set as described")
_SIGNATURE: Final = ("signature", "made by the controller that the manifest names, with a key from --jwks")
_DIGEST: Final = ("digest", "the package is byte for byte the one of --sha256")


@click.group()
def command() -> None:
    """Work with a package that was handed over."""


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
@click.pass_context
def verify(
    ctx: click.Context, *, file: Path, jwks: Path | None, sha256: str | None, max_gib: int, max_ratio: int
) -> None:
    """Say what of the package FILE holds and what does not, offline.

    Exits 0 where all that was looked at holds, 1 where something does not, 2 on bad input.
    """
    from rich.console import Console  # noqa: PLC0415 - loaded when called
    from rich.markup import escape  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    from dsr.exports import verify_package  # noqa: PLC0415
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
    found = {problem.code for problem in problems}
    aspects = [(name, meaning, bool(found & codes), True) for name, meaning, codes in _ASPECTS]
    of_signature = {code for code in found if code.startswith("signature-")}
    rest = found - {code for *_, codes in _ASPECTS for code in codes} - of_signature - {"package-digest-differs"}
    opened = not (found & _ASPECTS[0][2] or "manifest-unreadable" in found)
    aspects[1] = (*aspects[1][:3], not found & _ASPECTS[0][2])
    aspects.append((*_FILES, bool(rest), opened and "manifest-invalid" not in found))
    aspects.append((*_SIGNATURE, bool(of_signature), keys is not None and not found & _ASPECTS[0][2]))
    aspects.append((*_DIGEST, "package-digest-differs" in found, sha256 is not None))
    console = Console(highlight=False)
    table = Table("", "what", "holds", title="The package")
    for name, meaning, broken, looked_at in aspects:
        verdict = "[bold red]no[/]" if broken else "[green]yes[/]" if looked_at else "not checked"
        table.add_row(name, meaning, verdict)
    console.print(table)
    if problems:
        amiss = Table("code", "file", "what is amiss", title="What does not hold")
        for problem in problems:
            amiss.add_row(problem.code, escape(ascii(problem.path)[1:-1]), escape(problem.message))
        console.print(amiss)
        ctx.exit(NOT_GOOD)
