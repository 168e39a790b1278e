"""`dsr demo`: twelve cases and two matters from beginning to end."""

import click


@click.command()
def command() -> None:
    """Play twelve cases and two matters in ./demo-data.

    With mail, letters, packages, an audit, and the log replayed.

    Recreates ./demo-data and leaves it there to look at. Exits 0 only if every step went as told.
    """
    from dsr.demo.play import play  # noqa: PLC0415 - loaded when called

    if not play():
        raise SystemExit(1)
