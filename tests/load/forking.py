"""Starts one program again and again, and kills it when told, without importing it anew each time.

`python -m tests.load.forking MODULES PROGRAM [ARGUMENT …]` imports the modules, which are separated by commas. For each
line `start` it forks a process that runs the program as `python -m` does, and prints its id; for each line `kill` it
kills that process, and prints a line once nothing is left of it.
"""

import gc
import os
import runpy
import signal
import sys
from importlib import import_module
from typing import NoReturn


def run(program: str, arguments: list[str]) -> NoReturn:
    """Be the program, silently."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nothing, stream)
    sys.argv = [program, *arguments]
    try:
        runpy.run_module(program, run_name="__main__", alter_sys=True)
    finally:
        os._exit(1)


def kill(process: int) -> None:
    """Kill it, and wait until nothing is left of it."""
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)


def main(modules: str, program: str, *arguments: str) -> None:
    for each in modules.split(","):
        import_module(each)
    gc.freeze()
    running = 0
    for line in sys.stdin:
        if line == "start\n":
            running = os.fork()
            if not running:
                run(program, [*arguments])
        else:
            kill(running)
        sys.stdout.write(f"{running}\n")
        sys.stdout.flush()
        if line != "start\n":
            running = 0
    if running:  # whoever tells us what to do has ended
        kill(running)


if __name__ == "__main__":
    main(*sys.argv[1:])
