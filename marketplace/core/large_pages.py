"""A process's heap in memory pages of 2 MB instead of 4 kB (docs/decisions/0036).

A page of ours reaches all over a heap of two hundred megabytes. In small pages the processor has to look up most of the addresses anew, in
a virtual machine through two sets of tables. Linux takes a range into large pages when it is asked (`MADV_COLLAPSE` of madvise(2), from 6.1
on); where it does not, everything stays as it is.
"""

import ctypes
import re
import sys
import time
from pathlib import Path
from threading import Thread

SIZE = 2 * 1024 * 1024
MADV_COLLAPSE = 25
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 30, 600
"""Between two looks: a heap grows slower and slower."""

_AREA = re.compile(
    rb"^([0-9a-f]+)-([0-9a-f]+) rw-p 0+ 00:00 0 *(?:\[heap\])?\nSize:.*\n(?:.*PageSize:.*\n)*Rss: +([0-9]+) kB$", re.MULTILINE
)


def gather(smaps: Path = Path("/proc/self/smaps")) -> int:
    """Have the process's own memory put into large pages where it fills them. Returns how many bytes stand in large pages now, of those
    that were asked for; 0 where the system has none to give.
    """
    if sys.platform != "linux":
        return 0
    advise = ctypes.CDLL(None).madvise
    advise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    return sum(SIZE for block in _full_blocks(smaps.read_bytes()) if advise(block, SIZE, MADV_COLLAPSE) == 0)


def _full_blocks(smaps: bytes) -> list[int]:
    """Where the blocks of 2 MB begin that lie in areas of memory that is in use: an empty stack would take room for nothing."""
    blocks: list[int] = []
    for first, end, resident_kb in _AREA.findall(smaps):
        begins, ends = int(first, 16), int(end, 16)
        if int(resident_kb) * 1024 * 2 >= ends - begins:
            blocks += range(-(-begins // SIZE) * SIZE, ends - SIZE + 1, SIZE)
    return blocks


def keep_gathering() -> None:
    """Do so now, and from now on beside whatever the process does, ever more seldom. The first time takes half a second, in which a page
    would wait: before the doors open nobody does, and the first pages have made most of the heap (`first_pages`).
    """
    gather()
    Thread(target=_keep_gathering, name="large-pages", daemon=True).start()


def _keep_gathering() -> None:
    wait = FIRST_WAIT_SECONDS
    while True:
        time.sleep(wait)
        gather()
        wait = min(wait * 2, LONGEST_WAIT_SECONDS)
