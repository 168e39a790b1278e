"""`dsr policies`: shows and controls automatic reactions."""

import json
from uuid import UUID

import click

from dsr.cli._counting import counted
from dsr.cli._service import running


@click.group(invoke_without_command=True)
@click.pass_context
def command(ctx: click.Context) -> None:
    """Show policies and retry failed ones. Policies are automatic reactions to events."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_)


@command.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per policy and line.")
def list_(as_json: bool = False) -> None:
    """Show each policy's position, errors and parked cases. Says their reasons and next attempts."""
    from rich.console import Console  # noqa: PLC0415 - loaded when called
    from rich.table import Table  # noqa: PLC0415

    with running() as made:
        states = made.policy_states()
    if as_json:
        for state in states:
            parked = [
                {
                    "case_id": str(each.request_id),
                    "code": each.code,
                    "attempts": each.attempts,
                    "since": each.since.isoformat(),
                    "next_try_at": each.next_try_at.isoformat() if each.next_try_at else None,
                }
                for each in state.parked
            ]
            progress = {"position": state.position, "lag": state.lag, "stopped_by": state.stopped_by}
            click.echo(json.dumps({"policy": state.name, **progress, "parked": parked}))
        return
    table = Table("policy", "position", "lag", "stopped by", "parked")
    waiting = Table("policy", "case", "reason", "tries", "since", "next try")
    for state in states:
        position = "at the present" if state.position is None else str(state.position)
        table.add_row(state.name, position, str(state.lag), state.stopped_by or "", str(len(state.parked)))
        for each in state.parked:
            next_try = each.next_try_at.isoformat(timespec="seconds") if each.next_try_at else "dsr policies retry"
            since = each.since.isoformat(timespec="seconds")
            waiting.add_row(state.name, str(each.request_id), each.code, str(each.attempts), since, next_try)
    Console().print(table)
    if waiting.row_count:
        Console().print(waiting)


@command.command()
@click.argument("name", required=False)
@click.option("--case", "request_id", type=click.UUID, help="Only this case.")
def retry(name: str | None, request_id: UUID | None) -> None:
    """Retry parked cases now, of policy NAME or of all.

    Each retry is on record, as one asked for by `POST /policies/{policy}/retries` is.
    """
    from dsr.desk.caller import Call, service  # noqa: PLC0415 - loaded when called

    with running() as made:
        runners = made.runners if name is None else (made.runner_of(name),)
        parked = [each for each in made.policies.positions.parked(name) if request_id in (None, each.request_id)]
        for policy in sorted({each.policy for each in parked}):
            made.desk.policy_retries.ask(policy, Call(service("cli")), request_id=request_id)
        reactions = sum(runner.retry(name, request_id) for runner in runners)
        left = len(made.policies.positions.parked(name))
    click.echo(f"{counted(reactions, 'event')} dealt with, {counted(left, 'case')} parked")


@command.command()
@click.argument("name")
@click.option("--case", "request_id", type=click.UUID, required=True, help="The parked case.")
@click.option("--reason", required=True, help="Reason, kept as a note in the case.")
def skip(name: str, request_id: UUID, reason: str) -> None:
    """Skip an event at which a case is parked for policy NAME. Do this if retrying can't help."""
    from dsr.desk.caller import Call, service  # noqa: PLC0415 - loaded when called
    from dsr.domain.request.errors import ReasonRequired  # noqa: PLC0415

    if not reason.strip():
        raise ReasonRequired
    with running() as made:
        reactions = made.runner_of(name).skip(
            name,
            request_id,
            note=lambda what: made.desk.triage.add_note(
                request_id, Call(service("cli")), note=f"{what} {reason.strip()}"
            ),
        )
        left = len(made.policies.positions.parked(name))
    click.echo(f"passed over; {counted(reactions, 'event')} behind it dealt with, {counted(left, 'case')} parked")


@command.command()
@click.argument("name")
@click.argument("position", type=click.IntRange(min=0))
def start_at(name: str, position: int) -> None:
    """Start policy NAME after event POSITION (0: at the first). Its earlier effects are not repeated."""
    with running() as made:
        made.runner_of(name).start_at(name, position)
    click.echo(f"{name} begins behind event {position}")
