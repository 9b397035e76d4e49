"""Pages that take many times the processor time of a list: each reader gets so many of them, and is then asked to wait.

The proxy limits all pages of a network address alike, by a number that is right for cheap ones. A signed-in person is counted for
themselves, since a company comes from one address; everybody else by the address. Each web process counts for itself.
"""

import time

from marketplace.accounts.networks import network_of
from marketplace.core.web import current_viewer, network
from search.allowance import Allowance
from search.errors import TooManyDearPages

allowance = Allowance()


def admit_dear_page() -> None:
    """Count one page by landed price, or one sheet. Raises: TooManyDearPages."""
    viewer = current_viewer()
    reader = f"person:{viewer.person_id}" if viewer else network_of(network())
    if not allowance.take(reader, time.monotonic()):
        raise TooManyDearPages
