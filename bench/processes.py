"""Processor time of a process with all its children (Linux): what a page costs, however busy the machine is."""

import os
from collections import defaultdict
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


def _stat(folder: Path) -> tuple[int, int, float] | None:
    """(id, parent, seconds of its own); None when it has just ended."""
    try:
        fields = (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return int(folder.name), int(fields[1]), (int(fields[11]) + int(fields[12])) / TICK


def cpu_seconds(*pids: int) -> float:
    """Seconds that these processes and all below them have used so far."""
    seconds: dict[int, float] = {}
    children: dict[int, list[int]] = defaultdict(list)
    for stat in (_stat(folder) for folder in Path("/proc").iterdir() if folder.name.isdigit()):
        if stat is not None:
            seconds[stat[0]] = stat[2]
            children[stat[1]].append(stat[0])
    waiting, found = list(pids), set()
    while waiting:
        pid = waiting.pop()
        if pid not in found:
            found.add(pid)
            waiting += children[pid]
    return sum(seconds.get(pid, 0.0) for pid in found)
