"""After the story: in a copy of the service with its clock set ahead, letters are sent and due dates pass."""

import shutil
from collections import Counter
from datetime import UTC, datetime, timedelta
from email import policy
from email.parser import BytesParser
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from dsr.bootstrap import Service, build
from dsr.demo.office import Office
from dsr.demo.story import expect
from dsr.domain.request.due import CameDue
from dsr.settings import load_settings
from dsr.worker import Worker

DAYS = 60
"""Later than any letter of the mailbox is due, extensions aside."""

_SHOWN = 5
_LONGEST = 50
"""Rounds; far more than there is to do."""


class _Ahead:
    """The machine's clock, so many days ahead."""

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(days=DAYS)


def left_by_mail(folder: Path) -> list[Path]:
    """The letters in the Maildir of a service, from which a mail server would take them."""
    return sorted((folder / "outgoing" / "new").iterdir())


def dates_go_by(office: Office, console: Console) -> None:
    """Let due dates pass without any work, in a copy, so that the log of the demo keeps its own time."""
    copy = office.folder / "later"
    shutil.copytree(office.folder, copy, ignore=shutil.ignore_patterns("later", "outgoing"))
    service = build(load_settings(office.copied_to(copy)), clock=_Ahead())
    try:
        before = service.log.head().position
        while service.desk.due_dates.sweep().found:
            pass
        came_due = _came_due(service, before)
        console.print(f"{DAYS} days later, nobody having worked, the clock has recorded, once each:")
        for name, count in sorted(came_due.items()):
            console.print(f"  {count:3} {name.removeprefix('dsr.request.')}")
        expect("whether a statutory date was missed", came_due["dsr.request.statutory-date-missed"] > 0, True)
        again = service.log.head().position
        service.desk.due_dates.sweep()
        expect("what a second sweep records", service.log.head().position - again, 0)
        worker = Worker(service)
        expect("whether the team is warned", any(worker.round() == 0 for _ in range(_LONGEST)), True)
        show_letters(console, left_by_mail(copy))
    finally:
        service.close()


def _came_due(service: Service, after: int) -> Counter[str]:
    return Counter(each.name for each in service.log.read(after) if isinstance(each.event, CameDue))


def show_letters(console: Console, letters: list[Path]) -> None:
    """How many left, and the first of them, with their paths."""
    expect("whether letters left", bool(letters), True)
    console.print(f"Left by mail: {len(letters)}. The first:")
    for path in letters[:_SHOWN]:
        mail = BytesParser(policy=policy.default).parsebytes(path.read_bytes())
        console.print(f"  {escape(str(mail['Subject']))}")
        console.print(f"    [dim]{path.relative_to(Path.cwd())}[/dim]", soft_wrap=True)
