"""`dsr ropa`: manages the record of processing (GDPR Art. 30)."""

from pathlib import Path

import click

from dsr.cli._counting import counted
from dsr.cli._service import running


@click.group()
def command() -> None:
    """Manage the record of processing."""


@command.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def adopt(file: Path) -> None:
    """Check FILE and put it in force as the next version. Open cases keep the version they pinned."""
    import msgspec  # noqa: PLC0415 - loaded when called

    from dsr.desk.caller import Call, service  # noqa: PLC0415
    from dsr.domain.ropa import RopaInvalid  # noqa: PLC0415

    with running() as made:
        try:
            answer = made.desk.ropa.adopt(file, Call(service("cli")))
        except RopaInvalid as invalid:
            for problem in invalid.problems:
                place = f"{file}:{problem.line or 1}:{problem.column or 1}"
                click.echo(f"{place}: {problem.code}: {problem.detail} ({problem.pointer or '/'})", err=True)
            raise
    said = msgspec.json.decode(answer.body)
    held = ", ".join(
        counted(said[many], one, many)
        for one, many in (("controller", "controllers"), ("activity", "activities"), ("system", "systems"))
    )
    click.echo(f"Version {said['version']} is in force: {held}; sha256 {said['sha256']}.")


@command.command()
def check() -> None:
    """Compare calendars with today's holidays; list missing texts.

    Lists the days of stored calendars that differ from the holidays known today, for the version in force and those
    that open cases pin, and the open cases whose dates hang on them. Exits 1 if any differ. Texts that a language of a
    controller lacks are quoted in English.
    """
    from rich.console import Console  # noqa: PLC0415 - loaded when called
    from rich.table import Table  # noqa: PLC0415

    with running() as made:
        days, cases = list(made.desk.calendars.days()), list(made.desk.calendars.cases())
        gaps = made.desk.ropa.gaps()
    if gaps:
        table = Table("language", "texts that it lacks", "of these, the first")
        for language, places in gaps.items():
            table.add_row(language, str(len(places)), places[0])
        Console().print(table)
    if not days:
        click.echo("All stored calendars are as the holidays are known today.")
        return
    table = Table("version", "controller", "day", "stored as", "known as")
    for each in days:
        said = ("holiday", "working day") if each.counts_as_holiday else ("working day", "holiday")
        table.add_row(str(each.ropa_version), each.controller_id, each.day.isoformat(), *said)
    Console().print(table)
    if cases:
        table = Table("open case", "statutory date", "by what is known", "effective date", "by what is known")
        for case in cases:
            pairs = (
                (case.stored.statutory_due, case.known.statutory_due),
                (case.stored.effective_due, case.known.effective_due),
            )
            table.add_row(case.reference, *(day.isoformat() for pair in pairs for day in pair))
        Console().print(table)
    click.echo(f"{counted(len(days), 'day')} differ; the dates of {counted(len(cases), 'open case')} hang on them.")
    click.echo(
        "Next: dsr ropa adopt FILE stores the calendars of today for new cases. A case keeps its dates until a handler "
        "corrects its calendar:\nGET /api/v1/requests/{request_id}/calendar-correction shows old and new dates; "
        "POST moves them."
    )
    raise click.exceptions.Exit(1)


@command.command()
@click.option("--language", "languages", multiple=True, help="Add texts in this language, such as cs; repeatable.")
def example(languages: tuple[str, ...]) -> None:
    """Print an example to start from, in ten or more languages.

    It has its texts in ten languages, and in those that you name.
    `dsr ropa example > ropa.yaml` keeps it.
    """
    from dsr.ropa.example import example as written  # noqa: PLC0415 - loaded when called
    from dsr.ropa.example import further_languages  # noqa: PLC0415

    known = further_languages()
    if unknown := sorted(set(languages) - set(known)):
        raise click.BadParameter(
            f"The example has no texts in {', '.join(unknown)}. Choose among {', '.join(known)}; its first ten "
            "languages are always in it.",
            param_hint="--language",
        )
    click.echo(written(languages), nl=False)


@command.command()
@click.option("--country", help="Two-letter code, such as DE.")
def authorities(country: str | None) -> None:
    """List the supervisory authorities that a controller can name."""
    from rich.console import Console  # noqa: PLC0415 - loaded when called
    from rich.table import Table  # noqa: PLC0415

    from dsr.ropa import AUTHORITIES  # noqa: PLC0415

    table = Table("id", "country", "name", "web")
    table.columns[0].no_wrap = True
    for each in sorted(AUTHORITIES.values(), key=lambda one: one.id):
        if country is None or each.country == country.upper():
            table.add_row(each.id, each.country, each.name, each.web)
    Console().print(table)
