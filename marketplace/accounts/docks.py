"""The hours in which goods are taken at a place, by weekday: `{"mon": ["07:00", "15:30"]}` in the place's own time."""

from collections.abc import Iterable, Mapping, Sequence

from marketplace.core.i18n import DAY_WORDS, gettext

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def written_hours(hours: Mapping[str, Sequence[str]] | None) -> dict[str, list[str]]:
    """Dock hours as they are stored: the days in their order, without those on which nothing is taken."""
    given = hours or {}
    return {day: [given[day][0], given[day][1]] for day in DAYS if given.get(day)}


def bands(hours: Mapping[str, Sequence[str]]) -> list[tuple[tuple[str, ...], str, str]]:
    """The days of a week by their hours, in the order of their first day: [(("mon", "tue"), "07:00", "15:30")]."""
    found: dict[tuple[str, str], list[str]] = {}
    for day in DAYS:
        if hours.get(day):
            found.setdefault((hours[day][0], hours[day][1]), []).append(day)
    return [(tuple(days), starts, ends) for (starts, ends), days in found.items()]


def hours_text(hours: Mapping[str, Sequence[str]]) -> str:
    """The week for people: `Mon–Thu 07:00–15:30, Fri 07:00–12:00`; empty where nothing is stated."""
    return gettext(", ").join(f"{_days_text(days)} {starts}–{ends}" for days, starts, ends in bands(hours))


def _days_text(days: Iterable[str]) -> str:
    stretches: list[list[str]] = []
    for day in days:
        if stretches and DAYS.index(stretches[-1][-1]) + 1 == DAYS.index(day):
            stretches[-1].append(day)
        else:
            stretches.append([day])
    return gettext(", ").join(_stretch_text(stretch) for stretch in stretches)


def _stretch_text(days: list[str]) -> str:
    first, last = gettext(DAY_WORDS[days[0]]), gettext(DAY_WORDS[days[-1]])
    if len(days) == 1:
        return first
    return f"{first}–{last}" if len(days) > 2 else gettext(", ").join((first, last))
