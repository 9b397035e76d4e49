"""How a log-in is named in the list of sessions: the browser and system as the browser says, nothing more."""

SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "macOS"), ("Linux", "Linux"))
BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrom", "Chrome"), ("Safari", "Safari"))


def device_name(user_agent: str) -> str:
    """A short name, such as `Firefox, Windows`; the beginning of what was sent when nothing is known."""
    found = [next((name for mark, name in table if mark in user_agent), "") for table in (BROWSERS, SYSTEMS)]
    named = ", ".join(part for part in found if part)
    return named or "".join(c for c in user_agent[:60] if c.isprintable()) or "?"
