"""The first case of the demo, with its recording and redaction, on a running service; `make demo` plays them all."""

from pathlib import Path

from rich.console import Console

from dsr.demo import cases
from dsr.demo import play as demo
from dsr.demo.client import Client
from dsr.demo.office import Office


def test_access_and_portability_go_as_they_are_told(tmp_path: Path) -> None:
    # given
    office, console = Office(tmp_path / "demo-data"), Console(record=True, width=200)
    token = demo._open(office, console)
    with office.serving() as url:
        scene = demo._scene(office, console, Client(url, name="operator", token=token))
        demo._deliver_mail(scene)
        # when
        case = cases.access_and_portability(scene)
        for _, matter in demo.MATTERS:
            matter(scene)
    # then
    assert case.now["outcome"] == "fulfilled"
    told = console.export_text()
    assert "ends as upheld" in told
    assert "ends as notified" in told
    assert "the connection breaks after 16384" in told
    assert "2 values of `employee` in listened were left out" in told
    assert (office.downloads / "access" / "attachments" / "c-118204.wav").is_file()
    assert (office.downloads / "portability" / "index.html").is_file()
