"""`dsr witness`: cosigns checkpoints of a log that runs elsewhere."""

from pathlib import Path

import click


@click.group()
def command() -> None:
    """Witness the log of a service, on a host of its own.

    A witness needs no settings, no database and no key of the service. Run it on a host of the data protection officer
    or the auditor.
    """


@command.command()
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path))
def key(name: str, file: Path) -> None:
    """Make the key of a witness in FILE. Prints its public key, for DSR_WITNESSES.

    NAME is unique among witnesses, such as dpo.example.org/witness.
    """
    from dsr.witness.key_file import make_key  # noqa: PLC0415 - loaded when called

    try:
        signer = make_key(name, file)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    click.echo(signer.verifier)


@command.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--log", "logs", multiple=True, required=True, help="Key of a log, as `dsr evidence key` prints it.")
@click.option("--state", type=click.Path(path_type=Path), required=True, help="File in which it remembers what it saw.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8100, show_default=True, type=click.IntRange(1, 65535), help="Port.")
def serve(file: Path, logs: tuple[str, ...], state: Path, host: str, port: int) -> None:
    """Cosign checkpoints that extend what this witness saw of their log, with the key in FILE.

    Keep the state: a witness without it would cosign a rewritten history. After the log gets a new key, name that key
    too.
    """
    from dsr.api.server import WebWorker  # noqa: PLC0415 - loaded when called
    from dsr.evidence.signed_note import NoteInvalid, VerifierKey  # noqa: PLC0415
    from dsr.witness.app import create_witness, serve_witness  # noqa: PLC0415
    from dsr.witness.key_file import read_key  # noqa: PLC0415
    from dsr.witness.memory import Memory  # noqa: PLC0415

    try:
        known = [VerifierKey.parse(each) for each in logs]
    except NoteInvalid as error:
        raise click.UsageError(f"--log: {error}") from None
    witness = create_witness(read_key(file), known, Memory(state))
    serve_witness(witness, host=host, port=port, worker=WebWorker)
