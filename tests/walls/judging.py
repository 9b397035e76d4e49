"""Sends a bad request and says what is wrong with the answer: a fault of ours, silence at the field, or something typed that is lost."""

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from tests.walls.case import Upload
from tests.walls.house import Answer, House, address, filled
from tests.walls.inputs import NOT_NUMBERS, SHOWN_RAW, SIGNED, TRACES, UNREADABLE, VALUES
from tests.walls.pages import Held
from tests.walls.side import World
from tests.walls.tries import BODIES, Try, as_bytes, fields, multipart, urlencoded, valid

SECONDS = 1.0
"""Of our own processor: what else the machine does is no fault of a page."""
SECRET = frozenset({"password", "own_password"})
"""Never put back into a page."""
GUARDS = frozenset({"next", "theme", "_once", "act", "language"})
"""Fields that are read as they come or not at all: nonsense in them is as good as nothing."""
NUMBER = re.compile(r"-?\d+(\.\d+)?")
WITHOUT_FORM = frozenset({401, 403, 404, 405, 413, 429})
"""Answers about the request, not about a field of it."""


@dataclass
class Judge:
    """Sends tries for side `a` and collects what is wrong."""

    world: World
    house: House
    made: Counter[str] = field(default_factory=Counter)
    slowest: tuple[float, str] = (0.0, "")

    def judge(self, one: Try) -> list[str]:
        """What is wrong with the answer to one try; nothing when it is right."""
        self.made[one.where] += 1
        answer = self._send(one)
        if answer.seconds > SECONDS:  # the first of its kind has its templates compiled; what an input costs, it costs again
            answer = self._send(one)
        if answer.seconds > self.slowest[0]:
            self.slowest = (answer.seconds, str(one))
        found = self._common(one, answer)
        if one.where in ("field", "part") and not found:
            found = self._at_field(one, answer)
        elif one.where == "fields" and not found:
            found = self._at_each_field(one, answer)
        return [f"{one}: {line}" for line in found]

    def _send(self, one: Try) -> Answer:
        case, side = one.case, self.world.sides["a"]
        who = self.world.principal(side, case.owner)
        at = {name: str(value) for name, value in filled(case.at, side).items()}
        value = VALUES.get(one.kind, "")
        raw_path = raw_query = raw = None
        content_type = None
        query = filled(case.query, side)
        path = address(self.world.app, case, at)
        if one.where == "address":
            raw_path = path.encode().replace(quote(at[one.name]).encode(), as_bytes(value), 1)
        elif one.where == "parameter":
            raw_query = urlencoded(query, {one.name: [value]})
        elif one.where == "body":
            content_type, raw = BODIES[one.kind]
        elif one.where in ("field", "fields") and any(isinstance(each, Upload) for each in case.body.values()):
            # Without its file the form would speak of that alone.
            content_type, raw = multipart(valid(case, side), self._bad(one))
        elif one.where in ("field", "fields"):
            raw = urlencoded(valid(case, side), self._bad(one))
            content_type = "application/x-www-form-urlencoded"
        else:
            content_type, raw = multipart(valid(case, side), {one.name: [value]})
        if case.method == "POST" and raw is None:
            raw, content_type = urlencoded(valid(case, side), {}), "application/x-www-form-urlencoded"
        with self.house.undone():
            return self.house.send(
                who, case.method, path, query=query, raw=raw, content_type=content_type, raw_path=raw_path, raw_query=raw_query
            )

    def _bad(self, one: Try) -> dict[str, list[Any]]:
        if one.where == "fields":
            return {name: [VALUES[one.kind]] for name in fields(one.case) if name not in GUARDS}
        return {one.name: self._sent(one)}

    def _sent(self, one: Try) -> list[Any]:
        usual = valid(one.case, self.world.sides["a"]).get(one.name, "")
        if one.kind == "missing":
            return []
        if one.kind == "twice":
            return [usual[0] if isinstance(usual, list) else usual, "twice"]
        return [VALUES[one.kind]]

    def _common(self, one: Try, answer: Answer) -> list[str]:
        """What holds for any request."""
        if answer.fault is not None or answer.status >= 500:
            fault = answer.fault
            return [f"{answer.status} {type(fault).__name__ if fault else ''}: {str(fault)[:300]}"]
        found = []
        if answer.seconds > SECONDS:
            found.append(f"took {answer.seconds:.1f} s")
        found += [f"says {word!r}" for word in TRACES if word in answer.text and one.kind != "sql"]
        found += [f"shows {raw!r} unescaped" for raw in SHOWN_RAW if raw in answer.text]
        if one.kind == "line breaks" and "Set-Cookie" in str(answer.headers) and "x=1" in str(answer.headers.get("Set-Cookie")):
            found.append("let a header in")
        if answer.location and not answer.location.startswith("/"):
            found.append(f"leads to {answer.location[:80]}")
        return found

    def _at_field(self, one: Try, answer: Answer) -> list[str]:
        """A refusal says so at the field and keeps everything else; nonsense in a number or an unreadable text is refused."""
        if one.name in GUARDS:
            return []
        usual = valid(one.case, self.world.sides["a"]).get(one.name, "")
        is_number = isinstance(usual, str) and NUMBER.fullmatch(usual) is not None
        if answer.status < 400:
            may_be = SIGNED if usual[:1] == "-" else ()
            is_wrong = one.kind in UNREADABLE or (is_number and one.kind in NOT_NUMBERS and one.kind not in may_be)
            return [f"was taken: {answer.status}"] if is_wrong else []
        if answer.status in WITHOUT_FORM:
            return []
        held = Held.of(answer.text)
        found = []
        if not held.messages and not (answer.status == 409 and held.has_alert):
            found.append(f"{answer.status} without a summary of what is wrong")
        elif one.name in held.shown and one.name not in held.leads_to and not self._is_elsewhere(held, one):
            found.append(f"{answer.status}, but the summary leads to {held.leads_to}, not to {one.name}: {held.messages}")
        found += [f"the summary leads to {name}, which is not on the page" for name in held.leads_to if name in held.shown - held.ids]
        found += [f"{name} is not marked as wrong" for name in held.leads_to if name in held.shown - held.ticked - held.marked]
        for name, value in valid(one.case, self.world.sides["a"]).items():
            for each in value if isinstance(value, list) else [value]:
                if name != one.name and name not in SECRET | GUARDS and isinstance(each, str) and each and held.lacks(name, each):
                    found.append(f"{answer.status} lost {name}={each!r}")
        return found

    def _at_each_field(self, one: Try, answer: Answer) -> list[str]:
        """What cannot be stored is refused at every field at once; a field that the refusal does not name is asked by itself."""
        sent, named = [name for name in fields(one.case) if name not in GUARDS], set[str]()
        found = []
        if sent and answer.status not in WITHOUT_FORM:
            held = Held.of(answer.text)
            named = set(held.leads_to)
            silent = [name for name in sent if name in held.shown - named]
            if answer.status < 400:
                found.append(f"was taken: {answer.status}")
            elif silent:
                found.append(f"{answer.status}, but nothing is said at {silent}: {held.messages}")
        alone = [name for name in fields(one.case) if name not in named]
        return found + [line for name in alone for line in self.judge(replace(one, where="field", name=name))]

    def _is_elsewhere(self, held: Held, one: Try) -> bool:
        """Whether the summary speaks of the whole form, or of another field that only now is wrong (a country and its tax number)."""
        # Wide digits are read as the number they are, which may be another than the rest of the form stands on.
        return answers_the_whole(held) or one.kind in ("empty", "missing", "only spaces", "zero", "twice", "wide digits")


def answers_the_whole(held: Held) -> bool:
    """A refusal of the trade that belongs to no field."""
    return not any(held.leads_to)
