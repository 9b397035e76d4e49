"""Private words: every text of a world that is not for everybody holds one, so that any page that shows it to a stranger gives itself away."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

PATTERN = re.compile(r"zq[0-9a-f]{4}x[a-z_0-9]*?qz")


@dataclass
class Marks:
    """Who may see each planted word. Readers are companies of the world (`a.buyer`), `staff`, `registered` or `all`."""

    readers: dict[str, frozenset[str]] = field(default_factory=dict)
    meanings: dict[str, str] = field(default_factory=dict)

    def plant(self, meaning: str, *readers: str) -> str:
        """A new word for a text that only `readers` may see; staff see everything at their desk."""
        number = len(self.readers) + 1
        # A word without a digit would look like the code of a state.
        word = f"zq{number * 7919 % 65536:04x}x{re.sub(r'[^a-z0-9]', '', meaning.lower())[:20]}{number}qz"
        self.readers[word] = frozenset(readers) | {"staff"}
        self.meanings[word] = meaning
        return word

    def leaks(self, text: str, company: str) -> list[str]:
        """What stands in a text though this company may not see it, in words."""
        found = set(PATTERN.findall(text.lower()))
        return sorted(f"{self.meanings[word]} ({word})" for word in found if word in self.readers and not self.may_see(company, word))

    def may_see(self, company: str, word: str) -> bool:
        """Whether this company is among the readers of a word."""
        sees = {company, "all"} | (set() if company == "visitor" else {"registered"})
        return bool(sees & self.readers[word])

    def hidden_from(self, company: str) -> Iterable[str]:
        """The words that this company may never see."""
        return [word for word in self.readers if not self.may_see(company, word)]
