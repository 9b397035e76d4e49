"""Films about a product: links to hosts that the house knows, never played on our pages (pure). Source: product.md §3."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from marketplace.catalogue.faults import Fault
from marketplace.core.i18n import lazy

HOSTS = frozenset(
    {"www.youtube.com", "youtube.com", "youtu.be", "vimeo.com", "player.vimeo.com", "www.bilibili.com", "v.youku.com", "v.qq.com"}
)
LIMIT = 5
LINK_LIMIT = 300


def video_faults(links: Sequence[str]) -> list[Fault]:
    """What is wrong with the links; field `videos`."""
    faults = []
    if len(links) > LIMIT:
        faults.append(Fault("videos", lazy("These are too many films: at most %(limit)s."), {"limit": LIMIT}))
    for link in links:
        if not is_known(link):
            values = {"hosts": "youtube.com, vimeo.com, bilibili.com, youku.com, v.qq.com"}
            faults.append(Fault("videos", lazy("Write addresses that begin with https:// at one of %(hosts)s."), values))
            break
    return faults


def is_known(link: str) -> bool:
    """Whether a link leads to a film at one of the hosts."""
    try:
        parts = urlsplit(link)
    except ValueError:
        return False
    is_plain = len(link) <= LINK_LIMIT and link.isascii() and link.isprintable() and not set(link) & set(" \"'<>\\")
    return is_plain and parts.scheme == "https" and parts.netloc in HOSTS and len(parts.path) > 1


def host_of(link: str) -> str:
    """The host of a link, for people."""
    return urlsplit(link).netloc.removeprefix("www.").removeprefix("player.")
