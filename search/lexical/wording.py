"""Words into scoring clauses: each in the fields where the index has it."""

import math

from search import analysis
from search.lexical.composing import best, within
from search.lexical.fields import ANYWHERE, SIGN_FIELDS, Fields, Where
from search.query import AllOf, Clause, Constant, Nothing, Term, Vocabulary
from search.synonyms import is_han, is_sign

SIGN = 2.0
"""Of a single Han character within a longer word, before the field's boost: less than a word has that stands there itself."""
TIE = 0.1


class Wording:
    """Clauses of words; holds the vocabulary, so that every alternative of a concept weighs alike."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary

    def words(self, alternatives: list[tuple[str, float]], where: Where = ANYWHERE) -> Clause:
        """Single words that mean one thing, with one document frequency a field: a rare synonym must not beat a common word."""
        clauses = []
        for fields, group in (
            (where.latin, [a for a in alternatives if not is_han(a[0])]),
            (where.han if is_han(alternatives[0][0]) else where.but("category").han, [a for a in alternatives if is_han(a[0])]),
        ):
            if not group:
                continue
            shared = {name: max(self.frequency(name, word) for word, _ in group) for name, _ in fields}
            clauses += [self.word(word, weight, fields, shared) for word, weight in group]
        return best(tuple(clauses))

    def word(self, word: str, weight: float, fields: Fields, shared: dict[str, int]) -> Clause:
        """One word in all its fields; a Han word is all its pairs in one field."""
        if is_sign(word):
            return best(tuple(Constant(within(name, word), SIGN * boost * weight) for name, boost in SIGN_FIELDS))
        clauses: list[Clause] = []
        for name, boost in fields:
            pieces = analysis.pairs(word) if is_han(word) else [word]
            terms: list[Clause] = []
            for piece in pieces:
                own = self.vocabulary.frequency(name, piece)
                if own:
                    ratio = self.idf(shared[name]) / self.idf(own) if len(pieces) == 1 else 1 / len(pieces)
                    terms.append(Term(name, piece, boost * weight * ratio))
            if terms and len(terms) == len(pieces):
                clauses.append(terms[0] if len(terms) == 1 else AllOf(tuple(terms)))
        return best(tuple(clauses), TIE)

    def all_words(self, words: tuple[str, ...], weight: float, where: Where = ANYWHERE) -> Clause:
        """Several words that only together mean the thing, so they must stand in one field: a "hexagon socket" attribute does not
        make a "hexagon head screw" of a "socket head screw". In the names of categories, which are many, they are neighbours.
        """
        if len(words) == 1:
            return self.words([(words[0], weight)], where)
        clauses: list[Clause] = []
        is_chinese = any(map(is_han, words))
        for name, boost in where.han if is_chinese else where.latin:
            together = tuple(analysis.joined(words)) if name == "category" and not is_chinese else words
            if all(self.frequency(name, word) for word in together):
                pieces = [piece for word in together for piece in (analysis.pairs(word) if is_han(word) else [word])]
                clauses.append(AllOf(tuple(Term(name, piece, boost * weight) for piece in pieces)))
        return best(tuple(clauses), TIE)

    def term(self, name: str, value: str, boost: float) -> Clause:
        """One word in one field, if the index has it there."""
        return Term(name, value, boost) if self.vocabulary.frequency(name, value) else Nothing()

    def frequency(self, name: str, word: str) -> int:
        """Document frequency of a word; of a Han word that of its rarest pair."""
        pieces = analysis.pairs(word) if is_han(word) else [word]
        return min(self.vocabulary.frequency(name, piece) for piece in pieces)

    def idf(self, frequency: int) -> float:
        """BM25's inverse document frequency."""
        total = max(self.vocabulary.documents, frequency, 1)
        return math.log(1 + (total - frequency + 0.5) / (frequency + 0.5))
