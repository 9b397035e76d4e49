"""What goods are called: by the noun that heads their title, by their category, by the kind that the vendor states (pure)."""

from search import analysis
from search.lexical.composing import best
from search.lexical.concepts import CURRENTS, Concept
from search.lexical.fields import IN_NAMES
from search.lexical.properties import GARMENT_SIZES
from search.lexical.wording import Wording
from search.query import AllOf, Clause, Nothing, PairEnd, Term
from search.synonyms import is_han, is_sign

MOSTLY = 0.5
"""Of the titles with a word, the share that is headed by it from which on it is what they sell."""


class Heading(Wording):
    """Clauses of what goods are called."""

    def head(self, thing: Concept | None) -> Clause | None:
        """Products that are headed by the thing, by any of its names."""
        return best(self.head_clauses(thing)) if thing else None

    def head_clauses(self, concept: Concept) -> tuple[Clause, ...]:
        """Products that are headed by a concept, by each of its names."""
        return tuple(clause for clause in map(self.head_clause, concept.names) if clause)

    def head_clause(self, words: tuple[str, ...]) -> Clause | None:
        """Products headed by the last of these words and carrying the others."""
        if is_sign(words[-1]):
            # Chinese names a thing at the end: each 阀 is a valve of some kind.
            return PairEnd("heads", words[-1])
        noun = analysis.han_head(words[-1]) if is_han(words[-1]) else words[-1]
        if (
            not noun
            or noun in analysis.COLOURS
            or noun in CURRENTS
            or noun in GARMENT_SIZES
            or not self.vocabulary.frequency("heads", noun)
        ):
            return None
        before = words[:-1] if not is_han(words[-1]) else ()
        if not before:
            return Term("heads", noun)
        others = self.all_words(before, 1.0)
        return None if isinstance(others, Nothing) else AllOf((Term("heads", noun), others))

    def is_named(self, noun: str) -> bool:
        """Whether some goods are called by a noun, in whichever of the texts that say what they are."""
        fields = IN_NAMES.han if is_han(noun) else IN_NAMES.latin
        return any(self.frequency(name, noun) for name in ("kind", *(name for name, _ in fields)))

    def is_sold_as(self, thing: Concept) -> bool:
        """Whether a thing is what most titles with its noun are headed by, and a category is called so: then goods that only have one are
        none.
        """
        return self.heading(thing) >= MOSTLY and self.names_category(thing)

    def names_category(self, concept: Concept) -> bool:
        """Whether the noun of a concept, by any of its names, stands in the name of a category."""
        return any(self.frequency("category", words[-1]) for words in concept.names)

    def heading(self, concept: Concept) -> float:
        """The share of the titles with a concept's noun that are headed by it; of a Chinese one that of what it means. A single character
        heads what it ends, so there only what it means tells things from materials: 阀 from 木.
        """
        names = [concept.words] if not is_han(concept.words[-1]) else concept.names
        if is_sign(concept.words[-1]):
            names = names[1:] or names
        return max(self.share_headed(words[-1]) for words in names)

    def share_headed(self, noun: str) -> float:
        """The share of the titles with a noun that are headed by it; all of a single Han character, which is one at the end only."""
        if is_sign(noun):
            return 1.0
        name, word = ("title_zh", analysis.han_head(noun)) if is_han(noun) else ("title_en", noun)
        titles = self.frequency(name, noun)
        return min(1.0, self.vocabulary.frequency("heads", word) / titles) if word and titles else 0.0

    def kinds(self, concept: Concept) -> Clause:
        """Products whose vendor says that they are that, by any of its names."""
        known = [name for name in concept.names if all(self.frequency("kind", word) for word in name)]
        return best(tuple(AllOf(tuple(Term("kind", word) for word in name)) if len(name) > 1 else Term("kind", name[0]) for name in known))
