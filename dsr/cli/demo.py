"""`dsr demo`: twelve cases from beginning to end."""

import click


@click.command()
def command() -> None:
    """Play twelve cases in ./demo-data, in two minutes. Mail, letters, packages, an audit, the log replayed.

    Recreates ./demo-data and leaves it there to look at. Exits 0 only if every step went as told.
    """
    from dsr.demo.play import play  # noqa: PLC0415 - loaded when called

    if not play():
        raise SystemExit(1)
