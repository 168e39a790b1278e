"""`dsr --nice`: long work beside the service waits for a processor until nobody else wants it."""

import os
import subprocess
import sys

import pytest

TELLS = """
import os
import click
from dsr.cli import main

main.get_command = lambda *_: click.Command("tell", callback=lambda: print(os.nice(0)))
main()
"""


@pytest.mark.parametrize(("options", "more"), [(["--nice"], 10), ([], 0)])
def test_nice_work_gives_way(options: list[str], more: int) -> None:
    told = subprocess.run([sys.executable, "-c", TELLS, *options, "tell"], capture_output=True, text=True, check=True)
    assert int(told.stdout) == min(19, os.nice(0) + more)
