"""A line of text into a scoring tree: the recipe for finding goods by words (pure; asks only the engine's vocabulary).

Source: measured on judged queries; few round numbers set by hand, because fitted ones did worse on unseen queries.
"""

import re
from dataclasses import dataclass, field

from search import analysis, units
from search.lexical import budgets, papers, sizes
from search.lexical.budgets import Budget
from search.lexical.composing import with_bonus
from search.lexical.concepts import Concept, asked, concepts_of, in_one_piece, known_codes, names_called
from search.lexical.counts import Count, counted
from search.lexical.exclusions import parted, spelt_out
from search.lexical.mending import likelier, mend
from search.lexical.tree import Tree
from search.query import Best, Clause, Constant, Correction, Exclusion, Nothing, Term, Vocabulary
from search.synonyms import Synonyms, in_force

OWN_CODE = 1000.0
MENTIONED_CODE = 400.0
CALLED = 30.0
"""For words that are what goods are called: more than others with the same words have, and less than for a code."""


_LINE_NUMBER = re.compile(
    r"^\s*(?:(?:item|pos(?:ition)?\.?)\s*\d{1,3}\s*[.:)、]?\s+|(?:(?:line|no\.?|nr\.?|第)\s*)?\d{1,3}\s?(?:项|行)?(?:\s*[:)、](?!\d)\s*|\.\s+))(?=\S)",
    re.IGNORECASE,
)
"""How lists of parts begin their lines: "1.", "Item 4:", "第3项、"."""


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What a text was understood as. One is told from another by its identity: it is kept, and its clauses are long."""

    concepts: tuple[Concept, ...]
    clause: Clause
    strict: Clause
    correction: Correction | None = None
    code: bool = False
    words: tuple[str, ...] = field(default=())
    text: str = ""
    """As it was written, but for what it leaves out, what it asks of vendors and how many are wanted."""
    makers: tuple[str, ...] = field(default=())
    """Words that the catalogue knows as makers rather than as things."""
    without: tuple[Exclusion, ...] = field(default=())
    count: Count | None = None
    """How many are wanted, where the text says it."""
    papers: tuple[str, ...] = ()
    """Standards that it asks of vendors: ISO 9001."""
    budget: Budget | None = None
    """What it asks of prices."""
    meant: str = ""
    """What may have been meant, where no listing or hardly any has a word that looks like another; else empty."""

    @property
    def is_code(self) -> bool:
        """Whether the text as a whole is a part number that the catalogue has."""
        return self.code and not any(concept.codes for concept in self.concepts)


def read(text: str, vocabulary: Vocabulary, *, synonyms: Synonyms | None = None, correct: bool = True) -> Reading:
    """Understand a buyer's words. `correct` lets unknown words be replaced by the catalogue's closest or that be offered, and a count be no
    words. A known word is never replaced.
    """
    synonyms = synonyms or in_force()
    written = text
    text = _LINE_NUMBER.sub("", text) if correct else text
    text, without = parted(text, vocabulary, synonyms)
    if without and names_called(analysis.fold(units.plain(written)), vocabulary):
        # What goods are called leaves nothing out: "3y exchange -H".
        text, without = written, ()
    text, asked_of_vendors = papers.parted(text) if correct else (text, ())
    text, budget = budgets.parted(text) if correct else (text, None)
    text, count = counted(text, vocabulary, synonyms) if correct else (text, None)
    plain = units.plain(spelt_out(text))
    called = names_called(analysis.fold(plain), vocabulary)
    # Nor has it sizes that others write in another way: "220-Volt fuser (Up to 100,000 pages)".
    prepared = analysis.fold(plain) if called else sizes.with_screws(analysis.fold(sizes.as_asked(plain)), vocabulary)
    vocabulary.learn(asked(prepared, synonyms))
    whole = known_codes(prepared, vocabulary)
    prepared = in_one_piece(prepared, vocabulary) or prepared
    concepts = concepts_of(prepared, vocabulary, synonyms)
    correction = None
    if correct and not whole:
        mended = mend(prepared, concepts, vocabulary, synonyms)
        if mended != prepared:
            correction = Correction(written, mended)
            vocabulary.learn(asked(mended, synonyms))
            concepts = concepts_of(mended, vocabulary, synonyms)
        prepared = mended
    meant = likelier(prepared, concepts, vocabulary, synonyms) if correct and not whole else prepared
    tree = Tree(vocabulary, synonyms)
    clause, strict = tree.build(concepts)
    if whole:
        code = Best((Constant(_codes("codes", whole), OWN_CODE), Constant(_codes("mentions", whole), MENTIONED_CODE)))
        clause, strict = Best((code, clause)), Best((code, strict))
    if called:
        clause, strict = (with_bonus(each, (Constant(_codes("codes", called), CALLED),)) for each in (clause, strict))
    if count and not isinstance(count.called, Nothing):
        clause, strict = (with_bonus(each, (count.called,)) for each in (clause, strict))
    return Reading(
        concepts,
        clause,
        strict,
        correction,
        bool(whole) or any(c.codes for c in concepts),
        _said(text, concepts),
        text,
        tuple(tree.makers(concepts)),
        without,
        count,
        asked_of_vendors,
        budget,
        meant if meant != prepared else "",
    )


def _said(text: str, concepts: tuple[Concept, ...]) -> tuple[str, ...]:
    """The words that were searched, then those that were written and replaced."""
    searched = [word for concept in concepts for word in concept.words]
    return tuple(dict.fromkeys([*searched, *(token.text for token in analysis.split(text))]))


def _codes(field_name: str, forms: tuple[str, ...]) -> Clause:
    return Best(tuple(Term(field_name, form) for form in forms))
