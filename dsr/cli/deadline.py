"""`dsr deadline`: computes and explains when an answer is due. Needs no database."""

from datetime import UTC, date, datetime

import click
import msgspec

from dsr.calendars import CountryUnknown, ZoneUnknown, explain_hypothetical
from dsr.cli._times import aware_time, local_day
from dsr.domain.deadlines import Explanation, Suspension, SuspensionKind, WorkingCalendar

_KINDS = (SuspensionKind.IDENTITY, SuspensionKind.CLARIFICATION)


def question(text: str) -> Suspension:
    """Read KIND:ASKED:SUFFICIENT, where SUFFICIENT may be empty. Raises click.BadParameter, SuspensionInverted."""
    kind, *days = text.split(":")
    if kind not in _KINDS or len(days) != 2:
        raise click.BadParameter(f"{text} is not KIND:ASKED:SUFFICIENT, where KIND is {' or '.join(_KINDS)}")
    return Suspension(SuspensionKind(kind), local_day(days[0]), local_day(days[1]) if days[1] else None)


def fee_asked(text: str) -> Suspension:
    """Read ASKED:PAID, where PAID may be empty. Raises click.BadParameter, SuspensionInverted."""
    days = text.split(":")
    if len(days) != 2:
        raise click.BadParameter(f"{text} is not ASKED:PAID")
    return Suspension(SuspensionKind.FEE, local_day(days[0]), local_day(days[1]) if days[1] else None)


@click.command()
@click.option("--received", type=aware_time, metavar="TIME", required=True, help="Time of arrival, with offset.")
@click.option("--country", required=True, help="Country of the controller; ISO 3166-1 alpha-2.")
@click.option("--zone", help="IANA time zone of its mailbox; default: that of the capital.")
@click.option("--regime", "regime_id", help="eu-gdpr or uk-gdpr; default: the one of the country.")
@click.option(
    "--paused",
    type=question,
    metavar="KIND:ASKED:SUFFICIENT",
    multiple=True,
    help="A question that may stop the clock: identity or clarification (of a request for access), and two dates. "
    "Leave the second date empty while the question is open. May be given several times.",
)
@click.option(
    "--fee",
    type=fee_asked,
    metavar="ASKED:PAID",
    multiple=True,
    help="A fee that was asked for, and the date it was paid, if it was.",
)
@click.option("--extended-at", type=aware_time, metavar="TIME", help="When the notice of extension left, with offset.")
@click.option("--as-of", type=local_day, metavar="DATE", help="View as of this local date; later facts are ignored.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    *,
    received: datetime,
    country: str,
    zone: str | None,
    regime_id: str | None,
    paused: tuple[Suspension, ...],
    fee: tuple[Suspension, ...],
    extended_at: datetime | None,
    as_of: date | None,
    as_json: bool,
) -> None:
    """Compute when the answer to a request is due, step by step.

    A rule that refuses prints its code and exits 3; bad input exits 2.
    """
    try:
        explanation, calendar = explain_hypothetical(
            now=datetime.now(UTC),
            received=received,
            extended_at=extended_at,
            suspensions=(*paused, *fee),
            country=country.upper(),
            zone=zone,
            regime_id=regime_id,
            as_of=as_of,
        )
    except CountryUnknown as error:
        raise click.BadParameter(error.detail, param_hint="--country") from error
    except ZoneUnknown as error:
        raise click.BadParameter(error.detail, param_hint="--zone") from error
    if as_json:
        place = {"country": calendar.country, "zone": calendar.zone, "calendar": calendar.version}
        steps = {"steps": msgspec.to_builtins(explanation.steps)}
        click.echo(msgspec.json.encode(msgspec.to_builtins(explanation.deadline) | place | steps))
    else:
        _show(explanation, calendar)


def _show(explanation: Explanation, calendar: WorkingCalendar) -> None:
    """Print the dates, then the steps of their calculation, as tables."""
    from rich.console import Console  # noqa: PLC0415 - programs that ask for JSON do not wait for it
    from rich.table import Table  # noqa: PLC0415 - as above

    deadline, console = explanation.deadline, Console(highlight=False)
    dates = Table(title=f"Answer due under {deadline.regime}, {calendar.country}, {calendar.zone}", show_header=False)
    dates.add_row("received", str(deadline.received_on))
    dates.add_row("statutory date", f"{deadline.statutory_due}{' (extended)' if deadline.extended else ''}")
    dates.add_row("promise", str(deadline.promise_due or "none, since extended"))
    dates.add_row("effective date", f"[bold]{deadline.effective_due}[/bold], ends {deadline.effective_ends_at:%FT%RZ}")
    dates.add_row("last working day", f"[bold]{deadline.operational_due}[/bold]")
    dates.add_row("suspended days", str(deadline.suspended_days))
    if deadline.provisional:
        dates.add_row("without the open question", str(deadline.certain_effective_due))
    console.print(dates)
    steps = Table(title="Why")
    for column in ("rule", "date", "what it says", "source"):
        steps.add_column(column, no_wrap=column in ("rule", "date"))
    for step in explanation.steps:
        steps.add_row(step.rule, str(step.result or ""), step.detail, step.source)
    console.print(steps)
