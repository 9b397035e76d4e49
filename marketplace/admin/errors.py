"""What the desk refuses."""

from marketplace.core.errors import Conflict
from marketplace.core.i18n import lazy


class Stale(Conflict):
    """Somebody has changed it since the form was opened; `facts["now"]` is what stands there."""

    code = "stale"
    message = lazy("Somebody has changed this since you opened it: it is %(now)s now. Look again, then save.")
