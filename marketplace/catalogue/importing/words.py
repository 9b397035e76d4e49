"""What people call units, currencies and categories in a file (pure)."""

import re

from marketplace.catalogue import codes

UNIT_NAMES = {
    word: unit
    for unit, words in {
        "pc": "pcs|piece|pieces|ea|each|stück|stueck|stk|st|件|个|只|支",
        "pair": "pairs|paar|双|对",
        "set": "sets|satz|套",
        "box": "boxes|karton|箱|盒",
        "bag": "bags|beutel|袋",
        "roll": "rolls|rolle|卷",
        "sheet": "sheets|blatt|bogen|张",
        "m": "metre|metres|meter|meters|米",
        "kg": "kilogram|kilograms|kilogramm|千克|公斤",
        "l": "litre|litres|liter|liters|升",
    }.items()
    for word in (unit, *words.split("|"))
}
"""Name in small letters → the unit."""
SIGNS = {"€": "EUR", "$": "USD", "US$": "USD", "£": "GBP", "¥": "CNY", "￥": "CNY", "元": "CNY"}
_SIGN = "|".join(map(re.escape, sorted(SIGNS, key=len, reverse=True))) + "|[A-Z]{3}"
_MONEY = re.compile(rf"(?P<before>{_SIGN})\s*(?P<price>\d.*)|(?P<amount>\d.*?)\s*(?P<behind>{_SIGN})")


def unit(text: str) -> str:
    """The unit that a word means; a word that nobody knows stays as it is."""
    return UNIT_NAMES.get(text.casefold().rstrip("."), text)


def price(text: str) -> tuple[str, str]:
    """(number, code of the currency) of a price with its currency before or behind it, as a spreadsheet writes it; else no currency."""
    found = _MONEY.fullmatch(text)
    if found is None:
        return text, ""
    sign = found["before"] or found["behind"]
    return found["price"] or found["amount"], SIGNS.get(sign, sign)


def gtin(text: str) -> str:
    """A GTIN with the zeros before it, which a spreadsheet drops from what it takes for a number; what is none stays as it is."""
    if codes.gtin(text) or not text.isdigit():
        return text
    padded = (text.rjust(length, "0") for length in (8, 12, 13, 14) if length > len(text))
    return next((digits for digits in padded if codes.gtin(digits)), text)


def categories(text: str) -> tuple[str, str, str]:
    """What a category may be known by, best first: its address, its name, and the last name of the way that leads to it."""
    return text, category(text), category(re.split(r"[>›/|]", text)[-1])


def category(name: str) -> str:
    """A category's name as it is compared: without case and doubled spaces."""
    return " ".join(name.casefold().split())
