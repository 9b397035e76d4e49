"""What a query says of prices: "monitor under 150 EUR", "鼠标 100元以下", "drill $50-80" (pure).

A price is a filter and no word of any goods. Where only a sum is named it is the most that somebody will pay.
"""

import re
from dataclasses import dataclass
from decimal import Decimal

from search import analysis

SIGNS = {
    "€": "EUR", "eur": "EUR", "euro": "EUR", "euros": "EUR", "欧元": "EUR", "$": "USD", "us$": "USD", "usd": "USD", "dollar": "USD", "dollars": "USD",
    "美元": "USD", "£": "GBP", "gbp": "GBP", "英镑": "GBP", "¥": "CNY", "￥": "CNY", "cny": "CNY", "rmb": "CNY", "yuan": "CNY", "元": "CNY",
    "块钱": "CNY", "人民币": "CNY", "sek": "SEK", "nok": "NOK", "pln": "PLN", "jpy": "JPY", "日元": "JPY",
}  # fmt: skip
"""How people write a currency."""
_before = r"us\$|[€$£¥￥]|(?:eur|usd|gbp|cny|rmb|sek|nok|pln|jpy)(?=[ \d])"
# 元 begins many words of Chinese, and a euro many goods: a pallet, a plug.
_han_end = rf"(?![{analysis.HAN}])|(?=以|左右|之内|的)"
_behind = (
    rf"[€$£](?!\w)|(?:eur|usd|gbp|cny|rmb|sek|nok|pln|jpy|yuan|dollars?)(?![a-z0-9])|(?:人民币|欧元|美元|英镑|日元|块钱|元)(?:{_han_end})"
    r"|euros?(?=\s*$|\s*[,;])"
)
_number = r"\d{1,3}(?:[., ]\d{3})+(?:[.,]\d{1,2})?(?!\d)|\d+(?:[.,]\d{1,2})?(?![\d])"
_sum = rf"(?:(?:{_before})\s?(?:{_number})|(?:{_number})\s?(?:{_behind}))"
_end = rf"(?:{_before})?\s?(?:{_number})\s?(?:{_behind})?"
_lead = r"(?:(?:price|budget|cost(?:s|ing)?|for|价格|预算)\s*[:：]?\s*)?"
_most = r"under|below|(?:cheaper|less|(?:no|not) more) than|up to|at most|max(?:imum|\.)?|<=?|≤|不超过|低于|小于|少于|最多"
_least = r"over|above|(?:more|no less|not less) than|at least|from|min(?:imum|\.)?|>=?|≥|不少于|高于|大于|超过|至少"
_join = r"\s?(?:-|–|~|～|to|and|至|到)\s?"
BUDGET = re.compile(
    rf"(?<![\w.,/-]){_lead}(?:(?:(?:between|from)\s+)?(?P<low>{_end}){_join}(?P<high>{_end})"
    rf"|(?:(?:{_most})|(?P<least>{_least}))?\s*(?P<sum>{_sum})(?:\s?(?P<after>以下|以内|之内|以上|左右|or less|or more|max))?)"
    r"(?:\s?(?:each|per piece|/pc|一个|每个))?的?(?![a-z0-9_])",
    re.IGNORECASE,
)
_figure = re.compile(_number)
_currency = re.compile("|".join(re.escape(sign) for sign in sorted(SIGNS, key=len, reverse=True)), re.IGNORECASE)
MOST = Decimal(10) ** 9


@dataclass(frozen=True, slots=True)
class Budget:
    """The prices that a text asks for, as it was written, in the currency that it names. An end that is not said is None."""

    written: str
    low: Decimal | None
    high: Decimal | None
    currency: str


def parted(text: str) -> tuple[str, Budget | None]:
    """(the text that is searched for in goods, what it asks of prices). A text that is nothing else, or names two budgets, stays as it is."""
    found = [match for match in BUDGET.finditer(text) if _currency.search(match[0])]
    if len(found) != 1:
        return text, None
    match = found[0]
    rest = " ".join(f"{text[: match.start()]} {text[match.end() :]}".split())
    budget = _budget(match)
    return (rest, budget) if budget and analysis.split(rest) else (text, None)


def _budget(match: re.Match[str]) -> Budget | None:
    named = {SIGNS[sign.lower()] for sign in _currency.findall(match[0])}
    if len(named) != 1:
        return None
    currency, written = named.pop(), match[0].strip()
    if match["high"]:
        low, high = _value(match["low"]), _value(match["high"])
        return Budget(written, low, high, currency) if low <= high <= MOST else None
    value = _value(match["sum"])
    if value > MOST:
        return None
    is_least = bool(match["least"]) or match["after"] in ("以上", "or more")
    return Budget(written, value, None, currency) if is_least else Budget(written, None, value, currency)


def _value(written: str) -> Decimal:
    """`1,250.50`, `1.250,50` and `1 250`: a sign before one or two last figures parts a fraction, any other parts thousands."""
    found = _figure.search(written)
    digits = found[0] if found else "0"
    whole, sign, rest = digits.rpartition(max((s for s in ".," if s in digits), key=digits.rfind, default="."))
    if not sign or len(rest) == 3:
        return Decimal(re.sub(r"[^\d]", "", digits))
    return Decimal(f"{re.sub(r'[^0-9]', '', whole)}.{rest}")
