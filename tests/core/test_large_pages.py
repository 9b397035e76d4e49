"""A heap in large pages (docs/decisions/0036): what is asked for is in use, stays what it was, and stands in large pages afterwards."""

import subprocess
import sys

from marketplace.core import large_pages

ONE = 2 * 1024 * 1024
AREA = """{first:x}-{end:x} {rights} 00000000 00:00 0 {path}
Size:          {size:>8} kB
KernelPageSize:        4 kB
MMUPageSize:           4 kB
Rss:           {resident:>8} kB
Pss:           {resident:>8} kB
VmFlags: rd wr mr mw me ac
"""
HEAP = """
import re
from pathlib import Path
from marketplace.core import large_pages

kept = [str(number) for number in range(400_000)]
gathered = large_pages.gather()
again = large_pages.gather()
in_large_pages = sum(int(kb) for kb in re.findall("^AnonHugePages: +([0-9]+) kB", Path("/proc/self/smaps").read_text(), re.MULTILINE))
assert kept == [str(number) for number in range(400_000)]
print(gathered, again, in_large_pages * 1024)
"""


def area(first: int, end: int, *, resident: float = 1.0, rights: str = "rw-p", path: str = "") -> str:
    """How the kernel writes an area of memory, `resident` of which is in use."""
    size = (end - first) // 1024
    return AREA.format(first=first, end=end, rights=rights, path=path, size=size, resident=int(size * resident))


def blocks(*areas: str) -> list[int]:
    return large_pages._full_blocks("".join(areas).encode())


def test_whole_blocks_of_an_area_in_use_are_taken() -> None:
    """An area begins and ends where it likes; only what is 2 MB long and begins at 2 MB can be one large page."""
    begins = 100 * ONE - 4096
    assert blocks(area(begins, 103 * ONE - 4096)) == [100 * ONE, 101 * ONE]
    assert blocks(area(begins, 103 * ONE, path="[heap]")) == [100 * ONE, 101 * ONE, 102 * ONE]


def test_what_is_not_the_heap_is_left() -> None:
    """Stacks that are mostly empty, files, and memory that others read too: a large page would cost room, or is not to be had."""
    wide = (100 * ONE, 104 * ONE)
    assert blocks(area(*wide, resident=0.4)) == []
    assert blocks(area(*wide, path="[stack]")) == []
    assert blocks(area(*wide, rights="rw-s")) == []
    assert blocks(area(*wide, rights="r-xp"), area(104 * ONE, 104 * ONE + 4096)) == []


def test_heap_of_a_process_stands_in_large_pages() -> None:
    """Asked of the kernel itself: as much as was gathered stands in large pages, no text is lost, a second look finds the same."""
    answer = subprocess.run([sys.executable, "-c", HEAP], capture_output=True, text=True, check=True, timeout=60)
    gathered, again, in_large_pages = (int(number) for number in answer.stdout.split())
    assert gathered % ONE == 0
    assert again >= gathered
    assert in_large_pages >= gathered
