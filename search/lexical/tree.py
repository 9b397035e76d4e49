"""Concepts into scoring clauses: what the thing is counts most, all words more than some, synonyms nearly as much as the word."""

import math
from dataclasses import replace
from itertools import pairwise

from search import analysis
from search.lexical import codes, joining, rounding
from search.lexical.composing import best, some_of, with_bonus
from search.lexical.concepts import PARTED, Concept, is_number, names_a_thing
from search.lexical.fields import ANYWHERE, IN_NAMES, IN_TEXTS, Where
from search.lexical.heading import MOSTLY, Heading
from search.query import AllOf, Boosted, Clause, Constant, Nothing, Term, Vocabulary
from search.synonyms import Synonyms, is_han
from search.units import Measure

SYNONYM = 0.8
SOME_WORDS = 0.5
COMPLETE, COVERED = 500.0, 4.0
"""In a list of goods with some of the words: of those with all that the catalogue knows, which stand first. More than any other score of
words, and little enough to be taken off again. Beside a size or a code also of each word that goods have: the more, the nearer.
"""
INTERFACE = 12.0
"""Beside a length, of what is called by the interface that is asked for, as much as the size itself: a DVI cable of 40 ft is no HDMI cable."""
NOUN = 8.0
"""Of what has the noun alone of a thing of several words, before `SOME_WORDS`."""
GLUED, MOST_GLUED = 1.2, 4
HEAD_BONUS = 8.0
HARDLY = 0.2
"""Of the titles with a word, the share that is headed by it below which it names nothing."""
CATEGORY_BONUS = 1.0
SORTED_BONUS, SORTED_NOUN = 8.0, 2.0
"""Of what is sorted as the thing that is asked for: more than it is to be called so by a synonym. The second of a thing of one word."""
NAMED = 4.0
"""Where nothing is headed by a word: of what is called so, before what is only described by it. No "hose" is a vacuum cleaner with one."""
BRAND_BONUS = 8.0
KIND_BONUS = 4.0
KIND = 1.0
"""Of what is asked for by the stated kind alone, which is no text: as little as an attribute has."""
SIZE_SECOND = 0.8
SIZE_WITHIN = 4.0
BARE_NUMBER = 0.6
NEAR_SIZE = 3.0
"""Where nothing has the size that is asked for, goods of nearly that size stand before goods of any."""
TURNS = (Constant(Term("turn", "0"), 0.3), Constant(Term("turn", "1"), 0.15))
"""Sizes of one listing match alike: the middle ones go first, so that the first page has room for other listings. Less than any word."""


class Tree(Heading):
    """Builds the clauses of one query."""

    def __init__(self, vocabulary: Vocabulary, synonyms: Synonyms) -> None:
        super().__init__(vocabulary)
        self.synonyms = synonyms

    def build(self, concepts: tuple[Concept, ...]) -> tuple[Clause, Clause]:
        """(what may match, what must match): the first asks for some of the words, the second for all. What goods are to lack they need not
        have.
        """
        lacking, concepts = joining.lacking(concepts, self.vocabulary), joining.wanted(concepts)
        thing = self.thing(concepts)
        clauses = self.clauses(concepts, thing)
        found = tuple(clause for clause in clauses if not isinstance(clause, Nothing))
        if not found:
            return Nothing(), Nothing()
        glued = self.glued(concepts, clauses)
        if not glued and self.lacks_the_thing(concepts, clauses):
            return Nothing(), Nothing()
        bonuses = (*self.bonuses(concepts, thing), *lacking, *TURNS)
        if len(clauses) == 1:
            clause = best((found[0], *glued))
            return with_bonus(clause, bonuses), with_bonus(clause, bonuses)
        is_precise = any(concept.is_precise for concept in concepts)
        surely = self.surely(found, thing, is_precise=is_precise)
        # A notebook has a battery and external ports, and is no "external battery for laptop". Nor is one with a camera a "full hd webcam".
        is_of_thing = is_precise or any(concept.is_beside for concept in concepts) or (thing is not None and self.is_sold_as(thing))
        every = best((AllOf(surely if is_of_thing else found), *glued)) if len(found) == len(clauses) else best(glued)
        some = Boosted(some_of(concepts, clauses, self.nouns(thing)), SOME_WORDS)
        known = best((AllOf(surely), *glued)) if len(found) > 1 else every
        complete = () if isinstance(known, Nothing) else (Constant(known, COMPLETE),)
        covered = tuple(Constant(clause, COVERED) for clause in found) if is_precise else ()
        of_codes = (*codes.beside(concepts, clauses), *codes.designated(concepts, clauses))
        beside = (*self.near_sizes(concepts), *of_codes, *covered, *complete, *self.interfaces(concepts))
        return with_bonus(best((every, some)), (*bonuses, *beside)), with_bonus(every, bonuses)

    def interfaces(self, concepts: tuple[Concept, ...]) -> tuple[Clause, ...]:
        """Beside a length: what is called by the interface that is asked for, and where nothing else says what is, its cables."""
        named = [concept for concept in concepts if analysis.INTERFACES.issuperset(concept.words) and not concept.is_beside]
        if not named or not any(concept.is_length for concept in concepts):
            return ()
        cables = None if any(map(names_a_thing, concepts)) else self.head_clause(("cable",))
        called = [clause for concept in named if not isinstance(clause := self.concept(concept, IN_NAMES), Nothing)]
        return (*(Constant(clause, INTERFACE) for clause in called), *((Constant(cables, HEAD_BONUS),) if cables else ()))

    def clauses(self, concepts: tuple[Concept, ...], thing: Concept | None) -> list[Clause]:
        """What matches each concept, `thing` being one of them. Beside a size or a code a single product with all words is answer enough, so
        there the words of the thing do not count where they stand in attributes, which are many texts in one: a printer of 600 × 600 dpi with a
        LED display and a control panel is no "LED panel 600x600".
        """
        is_precise = any(concept.is_precise for concept in concepts)
        return [self.as_thing(concept) if is_precise and concept is thing else self.concept(concept) for concept in concepts]

    def as_thing(self, concept: Concept) -> Clause:
        """A concept by its words in one text, or by the kind that the vendor states."""
        stated = self.kinds(concept)
        clause = self.concept(concept, IN_TEXTS)
        return clause if isinstance(stated, Nothing) else best((clause, Constant(stated, KIND)))

    def surely(self, found: tuple[Clause, ...], thing: Concept | None, *, is_precise: bool) -> tuple[Clause, ...]:
        """What matches all concepts, and goods that are the thing only: that are called so, headed by it or stated to be of its kind, if there
        are any. A printer "1160" with a light for its toner is none of the toners for it, nor a notebook with a webcam a webcam. Of what is
        called by several words it has to be headed, or to be sorted by them: an enclosure for an external hard drive is none. So, beside a
        size, of what most titles with its word are headed by: a scanner, "USB, cable 1.5 m", is no cable.
        """
        if thing is None:
            return found
        single = replace(thing, synonyms=tuple(synonym for synonym in thing.synonyms if len(synonym.words) == 1))
        is_headed = len(thing.words) > 1 or (is_precise and self.heading(thing) >= MOSTLY)
        called = Nothing() if is_headed else self.concept(single, IN_NAMES)
        headed = (self.head_clause(words) for words in thing.names if is_headed or len(words) > 1)
        sorted_as = self.concept(thing, IN_NAMES.but("title_en", "title_zh"))
        named = best((called, sorted_as, self.kinds(thing), *(head for head in headed if head)))
        return found if isinstance(named, Nothing) else (*found, Constant(named, 0.0))

    def called(self, thing: Concept) -> Clause:
        """Goods that are called by a thing, by any of its names, or stated to be of its kind; Nothing where the index has none."""
        return best((self.concept(thing, IN_NAMES), self.kinds(thing)))

    def lacks_the_thing(self, concepts: tuple[Concept, ...], clauses: list[Clause]) -> bool:
        """Whether the catalogue has none of the words that name what is asked for: then sizes, numbers and colours are no answer.
        "pressure gauge 0-10 bar" wants no valve for 0 to 10 bar. Nor are words that name nothing that is sold, where what the trade knows as
        a thing is unknown: "shredder cross cut" wants no cutter.
        """
        known = {concept.words: not isinstance(clause, Nothing) for concept, clause in zip(concepts, clauses, strict=True)}
        naming = [concept for concept in concepts if names_a_thing(concept) and not concept.is_beside]
        naming = naming or [concept for concept in concepts if concept.is_word and not set(concept.words) <= analysis.COLOURS]
        things = [concept for concept in naming if known[concept.words]]
        if naming and not things:
            return True
        is_unknown = any(concept.synonyms and not known[concept.words] for concept in naming)
        return is_unknown and not any(
            concept.codes or self.names_category(concept) or self.heading(concept) >= HARDLY for concept in things
        )

    def concept(self, concept: Concept, where: Where = ANYWHERE) -> Clause:
        """The best of everything a concept can be called; Nothing if the index has none of it. Several words must stand together in one of
        the fields: in a description or in attributes, which are long texts, only where goods are called by their noun. A "hard hat" is no
        printer that has a hard disk and runs with Red Hat.
        """
        if concept.codes:
            # Written in pieces it may stand in a text as one: of "hp q 2612 a" a compatible cartridge says Q2612A.
            written = ((code, 1.0) for code in concept.codes if (code,) != concept.words)
            return best((*codes.named(concept), self.all_words(concept.words, 1.0), *(self.words([word]) for word in written)))
        if concept.size:
            return self.size(concept, concept.size)
        singles = [(concept.words[0], 1.0)] if len(concept.words) == 1 else []
        several = [] if singles else [(concept.words, 1.0)]
        for synonym in concept.synonyms:
            weight = SYNONYM * synonym.weight * math.sqrt(len(concept.words) / len(synonym.words))
            if len(synonym.words) == 1:
                singles.append((synonym.words[0], weight))
            else:
                several.append((synonym.words, weight))
        clauses = [self.words(singles, where)] if singles else []
        clauses += [
            self.all_words(words, weight, where if self.is_named(words[-1]) else where.but("description", "traits"))
            for words, weight in several
        ]
        parted = self.parted(concept.words[0]) if len(concept.words) == 1 else None
        if parted:
            clauses.append(parted)
        if is_number(concept):
            clauses.append(self.term("sizes", concept.words[0] + "mm", BARE_NUMBER))
        clauses += self.each(concept)
        found = best(tuple(clauses))
        return codes.begun(concept) if isinstance(found, Nothing) else found

    def each(self, concept: Concept) -> tuple[Clause, ...]:
        """A Chinese word with a figure behind it, each by its own names: 不锈钢 304 of the tables is also what is stainless and called A2."""
        if len(concept.words) < 2 or not is_han(concept.words[0]) or not any(word[0].isdigit() for word in concept.words):
            return ()
        parts = tuple(self.concept(Concept((word,), self.synonyms.find((word,)))) for word in concept.words)
        return () if any(isinstance(part, Nothing) for part in parts) else (Boosted(AllOf(parts), SYNONYM),)

    def size(self, concept: Concept, measure: Measure) -> Clause:
        """A size by its token, else by the word as it was written. Where goods have the size, a word can only be a maker's name (3M): else what
        writes "40mm" would stand before what writes "40 mm".
        """
        exact, *others = (*measure.tokens, *measure.longer)
        clauses = [self.term("sizes", exact, 1.0), *(self.term("sizes", other, SIZE_SECOND) for other in others)]
        within = best(tuple(self.term("sizes", size, 1.0) for size in measure.between))
        if not isinstance(within, Nothing):
            # All sizes in a range are asked for alike, however rare each of them is.
            clauses.append(Constant(within, SIZE_WITHIN))
        if concept.is_written:
            is_size = any(not isinstance(clause, Nothing) for clause in clauses)
            clauses.append(self.term("brand", concept.words[0], SIZE_SECOND) if is_size else self.all_words(concept.words, SIZE_SECOND))
        return best(tuple(clauses))

    def near_sizes(self, concepts: tuple[Concept, ...]) -> tuple[Clause, ...]:
        """For each size: whether goods have nearly that size, or of a series some of its numbers, which share the bonus.

        A range says itself what is near enough.
        """
        near: list[Clause] = []
        for size in (concept.size for concept in concepts if concept.size and not concept.size.between):
            parts = size.parts if len(size.parts) > 1 else size.tokens[:1]
            # What has the very size has it nearly, too, so that it never stands behind what has not.
            wanted = [(part, *rounding.near(part)) for part in parts]
            found = [best(tuple(self.term("sizes", token, 1.0) for token in tokens)) for tokens in wanted]
            near += [Constant(clause, NEAR_SIZE / len(wanted)) for clause in found if not isinstance(clause, Nothing)]
        return tuple(near)

    def parted(self, word: str) -> Clause | None:
        """Letters and digits that others write apart: "din933" as "din 933", "6204zz" as "6204 zz" with what zz also means."""
        match = PARTED.fullmatch(word)
        if not match:
            return None
        pieces = tuple(piece for piece in match.groups() if piece)
        whole = self.synonyms.find(pieces)
        both = [self.concept(Concept((piece,), self.synonyms.find((piece,)))) for piece in pieces]
        together = Nothing() if any(isinstance(piece, Nothing) for piece in both) else AllOf(tuple(both))
        others = tuple(Boosted(self.all_words(synonym.words, 1.0), SYNONYM) for synonym in whole)
        clause = best((together, *(other for other in others if not isinstance(other.clause, Nothing))))
        return None if isinstance(clause, Nothing) else Boosted(clause, SYNONYM)

    def glued(self, concepts: tuple[Concept, ...], clauses: list[Clause]) -> tuple[Clause, ...]:
        """Neighbouring words written as one ("head set"), where the catalogue has that word, with its synonyms; so with a number and its
        unit, which no table has ("600 lpi"). `clauses` are those of the concepts. Each way holds all other words once more, so there are
        few of them, however long the text is.
        """
        found: list[Clause] = []
        for index, (left, right) in enumerate(pairwise(concepts)):
            if len(found) == MOST_GLUED:
                break
            if not ((left.is_word or is_number(left)) and right.is_word and len(left.words) == len(right.words) == 1):
                continue
            if is_han(left.words[0]):
                continue
            word = left.words[0] + right.words[0]
            if not self.vocabulary.frequency("title_en", word):
                continue
            glued = Boosted(self.concept(Concept((word,), self.synonyms.find((word,)))), GLUED)
            others = tuple(clause for n, clause in enumerate(clauses) if n not in (index, index + 1))
            if not any(isinstance(other, Nothing) for other in others):
                found.append(AllOf((glued, *others)) if others else glued)
        return tuple(found)

    def bonuses(self, concepts: tuple[Concept, ...], thing: Concept | None) -> tuple[Clause, ...]:
        """What the thing is, its category, and words that stand beside each other."""
        clauses: list[Clause] = []
        clauses += self.headed(thing)
        stated = self.stated(concepts)
        if stated:
            clauses.append(Constant(stated, KIND_BONUS))
        clauses += [Constant(Term("brand", word), BRAND_BONUS) for word in self.makers(concepts)]
        said = [word for concept in concepts if concept.is_word for word in concept.words]
        category = [self.term("category", piece, 1.0) for word in said for piece in (analysis.pairs(word) if is_han(word) else [word])]
        if category and not any(isinstance(clause, Nothing) for clause in category):
            clauses.append(Constant(AllOf(tuple(category)), CATEGORY_BONUS))
        if thing is None:
            named = (self.concept(concept, IN_NAMES) for concept in self.naming(concepts))
            clauses += [Constant(clause, NAMED) for clause in named if not isinstance(clause, Nothing)]
        return (*clauses, *self.sorted_as(thing), *joining.bonuses(concepts, self.vocabulary))

    def sorted_as(self, thing: Concept | None) -> tuple[Clause, ...]:
        """Products whose category is called by a thing, by any of its names: a self-drilling screw with a hex head is also called a "hex bolt",
        and stands behind what is sorted as one. Of one word also headed by it, since many a category is called by several things.
        """
        if thing and len(thing.words) > 1:
            in_category = Where((("category", 1.0),), ())
            several = best(tuple(self.all_words(words, 1.0, in_category) for words in thing.names if len(words) > 1))
            return () if isinstance(several, Nothing) else (Constant(several, SORTED_BONUS),)
        names = [words for words in thing.names if all(self.frequency("category", word) for word in words)] if thing else []
        single = tuple(Term("category", words[0]) for words in names if len(words) == 1)
        noun = self.head(thing) if single else None
        return (Constant(AllOf((noun, best(single))), SORTED_NOUN),) if noun else ()

    def headed(self, thing: Concept | None) -> tuple[Clause, ...]:
        """A bonus for products that are headed by the thing; by a synonym of it as much less as a synonym is worth."""
        names = [(words, HEAD_BONUS if words == thing.words else HEAD_BONUS * SYNONYM) for words in thing.names] if thing else []
        found = best(tuple(Constant(clause, bonus) for words, bonus in names if (clause := self.head_clause(words))))
        return () if isinstance(found, Nothing) else (found,)

    def thing(self, concepts: tuple[Concept, ...]) -> Concept | None:
        """The concept that names the thing: the last one before a size whose noun heads some title.

        A word that hardly ever heads one, beside a word that does, says which: "pallet euro wood" is a pallet, though a cable is called
        "EURO". So does a word that stands in no category's name, beside one that does: "ip camera outdoor poe" is a camera, though many
        a title ends with "Power over Ethernet (PoE)". But what is sold for other things is the thing behind them: a "monitor arm" is an arm.
        """
        naming = self.naming(concepts)
        least = max((self.heading(concept) for concept in naming), default=0.0) * HARDLY
        likely = [concept for concept in naming if self.heading(concept) >= least and self.head_clauses(concept)]
        named = [concept for concept in likely if self.names_category(concept)]
        last = likely[-1] if likely and likely[-1].words[-1] in analysis.ACCESSORIES else None
        return last or next(reversed(named or likely), None)

    def nouns(self, thing: Concept | None) -> tuple[Clause, ...]:
        """Products that are headed by the noun alone of a thing of several words: where no "office chair" has every word, chairs. Only
        where a category is called so: a catalogue without shoes has those of dolls, which are no answer to "safety shoes".
        """
        if thing is None or not self.names_category(thing):
            return ()
        found = tuple(clause for words in thing.names if len(words) > 1 and (clause := self.head_clause(words[-1:])))
        return (Constant(best(found), NOUN),) if found else ()

    def stated(self, concepts: tuple[Concept, ...]) -> Clause | None:
        """Products whose vendor says that they are what the last naming concept means."""
        return next((kinds for concept in reversed(self.naming(concepts)) if not isinstance(kinds := self.kinds(concept), Nothing)), None)

    def makers(self, concepts: tuple[Concept, ...]) -> list[str]:
        """Words that the catalogue knows as a maker and hardly as a thing: whoever says them wants its goods, not what fits them."""
        words = [word for concept in concepts if len(concept.words) == 1 and concept.is_word for word in self.latin_names(concept)]
        return [word for word in words if self.is_maker(word)]

    def is_maker(self, word: str) -> bool:
        """Whether a word is known as a maker rather than as a thing."""
        return self.vocabulary.frequency("brand", word) > self.vocabulary.frequency("heads", word)

    @staticmethod
    def latin_names(concept: Concept) -> list[str]:
        """A word, and what a Chinese one is called in Latin letters: 佳能 is Canon."""
        own = concept.words[0]
        latin = [synonym.words[0] for synonym in concept.synonyms if len(synonym.words) == 1 and not is_han(synonym.words[0])]
        return [own, *latin] if is_han(own) else [own]

    def naming(self, concepts: tuple[Concept, ...]) -> list[Concept]:
        """The concepts that can name the thing: the first stretch of words, sizes and codes before it left out, and so makers: "toner hp" and
        "hp 305a toner" are toner. It ends at a preposition, and the two ends that "to" joins are no thing: "hdmi to vga adapter".
        """
        stretch: list[Concept] = []
        for concept in concepts:
            if concept.is_beside and stretch:
                break
            if concept.is_end:
                stretch = stretch[:-1]
            elif concept.is_word:
                stretch.append(concept)
            elif any(not set(c.words) <= analysis.COLOURS and not self.names_maker(c) for c in stretch):
                break
        return [c for c in stretch if not self.names_maker(c)] or stretch

    def names_maker(self, concept: Concept) -> bool:
        """Whether a single word is known as a maker, by any of its names in Latin letters."""
        return len(concept.words) == 1 and any(map(self.is_maker, self.latin_names(concept)))
