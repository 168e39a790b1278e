"""`dsr demo`: twelve cases and two matters from beginning to end; `--open` shows what they left."""

import click


@click.command()
@click.option("--open", "is_open", is_flag=True, help="Serve what an earlier demo left, and print a link into it.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Port for --open.")
def command(*, is_open: bool, port: int) -> None:
    """Play twelve cases and two matters in ./demo-data.

    With mail, letters, packages, an audit, and the log replayed.

    Recreates ./demo-data and leaves it there to look at. Exits 0 only if every step went as told. With --open, plays
    nothing: serves what is in ./demo-data on this machine until interrupted, and prints one link that signs its first
    visitor in as a handler.
    """
    from dsr.cli._demo_door import serve_what_is_left  # noqa: PLC0415 - loaded when called
    from dsr.demo.client import DemoFailed  # noqa: PLC0415 - as above
    from dsr.demo.play import FOLDER, play  # noqa: PLC0415 - as above

    if not is_open:
        if not play():
            raise SystemExit(1)
        return
    try:
        serve_what_is_left(FOLDER, port, lambda link: click.echo(f"Open {link}\nIt works once. Ctrl-C ends it."))
    except DemoFailed as failure:
        raise click.ClickException(str(failure)) from None
    except KeyboardInterrupt:
        click.echo("Closed.")
