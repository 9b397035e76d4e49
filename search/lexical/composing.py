"""Clauses put together (pure)."""

from search import analysis
from search.lexical.concepts import Concept, is_number, names_a_thing
from search.query import AnyOf, Best, Clause, Nothing, PairEnd, Prefix, WithBonus


def some_of(concepts: tuple[Concept, ...], clauses: list[Clause], nouns: tuple[Clause, ...]) -> Clause:
    """Some of the words, and among them one that names a thing: a cartridge with the number 43 is no answer to "safety shoes s3 size 43",
    nor is anything that is black to "office chair black". Beside a length where none does, one that says anything but a size or a colour: what
    is 40 ft long is no answer to "40 foot hdmi".
    """
    known = [(concept, clause) for concept, clause in zip(concepts, clauses, strict=True) if not isinstance(clause, Nothing)]
    named = [names_a_thing(c) or (c.synonyms and not is_number(c) and not set(c.words) <= analysis.COLOURS) for c, _ in known]
    if not nouns and not any(named) and any(concept.is_length for concept in concepts):
        named = [concept.is_word and not set(concept.words) <= analysis.COLOURS for concept, _ in known]
    naming = [*nouns, *(clause for (_, clause), is_named in zip(known, named, strict=True) if is_named)]
    others = [clause for (_, clause), is_named in zip(known, named, strict=True) if not is_named]
    return with_bonus(AnyOf(tuple(naming)), tuple(others)) if naming else AnyOf(tuple(others))


def best(clauses: tuple[Clause, ...], tie: float = 0.0) -> Clause:
    """`Best` without empty or needless layers."""
    flat: list[Clause] = []
    for clause in clauses:
        if isinstance(clause, Nothing):
            continue
        if isinstance(clause, Best) and clause.tie == tie == 0.0:
            flat.extend(clause.clauses)
        else:
            flat.append(clause)
    if not flat:
        return Nothing()
    return flat[0] if len(flat) == 1 else Best(tuple(flat), tie)


def within(field: str, sign: str) -> Clause:
    """A single Han character within the words of a field, which are indexed as overlapping pairs: 管 in 不锈钢管 and in 管道."""
    return AnyOf((Prefix(field, sign), PairEnd(field, sign)))


def with_bonus(clause: Clause, bonuses: tuple[Clause, ...]) -> Clause:
    """A clause with what may add to its score."""
    return clause if isinstance(clause, Nothing) or not bonuses else WithBonus(clause, bonuses)
