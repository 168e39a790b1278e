"""How much memory a process ever held."""

import resource
import sys
from pathlib import Path


def peak() -> int:
    """Bytes, of this process alone: Linux counts that of the parent into `ru_maxrss`."""
    status = Path("/proc/self/status")
    if status.exists():
        return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM")) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
