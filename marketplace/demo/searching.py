"""What stands at the desk's search pages: a synonym, pins and a sponsored place of the operator's, and searches that were really made."""

import html
import re
from datetime import timedelta
from decimal import Decimal

import requests
from sqlalchemy import select

from marketplace.accounts.permissions import Permission
from marketplace.catalogue.models import Category, Variant
from marketplace.core import clock
from marketplace.core.db import db, outside
from marketplace.demo.cast import Cast
from marketplace.marketing import services as marketing
from search.learning import services as learning
from search.learning.models import SynonymKind, SynonymLanguage
from search.learning.wishes import PinWish, SynonymWish

SYNONYMS = (
    SynonymWish(SynonymKind.BOTH, SynonymLanguage.ENGLISH, ("inox disc", "stainless cutting disc"), is_active=True),
    SynonymWish(SynonymKind.ONE_WAY, SynonymLanguage.ENGLISH, ("moving box", "carton"), is_active=True),
)
PINNED = ("moving box", ("pallwerk", "PW-433025-BC"))
PLACES = (
    ("stainless cutting disc", "", ("grathof", "GH TS125-1-I")),
    ("", "fasteners", ("norrvik", "NV-8040-A2")),
    ("cable tie", "", ("canmu", "CM-CT-290-48-B")),
)
"""(words, or the slug of a category, the product's vendor and SKU)"""
PLACE_DAYS = 90
CLICK_PRICE, MONTHLY_CAP = Decimal("0.40"), Decimal(120)
"""In the currency of each vendor."""
ASKED = (
    "rail clip bolt",
    "M8x40 A2",
    "stainless cutting disc",
    "moving box",
    "ball valve dn50",
    "titanium bolt grade 5",
    "纸箱",
    "led driver",
)
FOLLOWED = 3
"""Of how many of these searches the first result was looked at."""
BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0"}
"""The pages write down what people ask, not what programs do that say so."""
SECONDS = (2, 10)


def seed_search_rules(cast: Cast) -> None:
    """Write them through the services of the desk, as its administrator."""
    admin = cast.actor(cast.operator_id, Permission.SEARCH_EDIT, is_staff=True)
    for synonym in SYNONYMS:
        learning.set_synonym(None, synonym, seen="", actor=admin)
    words, pinned = PINNED
    learning.set_pin(None, PinWish(words, (_variant(cast, *pinned).id,), is_active=True), seen="", actor=admin)
    today = clock.now().date()
    for words, slug, shown in PLACES:
        category_id = db.session.scalars(select(Category.id).where(Category.slug == slug)).one() if slug else None
        marketing.add_place(
            _variant(cast, *shown).product_id,
            words=words,
            category_id=category_id,
            from_on=today,
            until_on=today + timedelta(days=PLACE_DAYS),
            click_price=CLICK_PRICE,
            monthly_cap=MONTHLY_CAP,
            actor=admin,
        )


def _variant(cast: Cast, vendor: str, sku: str) -> Variant:
    return db.session.scalars(select(Variant).where(Variant.vendor_id == cast.companies[vendor], Variant.sku == sku)).one()


def search_around(base_url: str) -> bool:
    """Search on the running pages as visitors do, and look at some of what is found; False when the pages do not answer."""
    outside()
    try:
        for number, words in enumerate(ASKED):
            page = requests.get(f"{base_url}/search", params={"q": words}, headers=BROWSER, timeout=SECONDS)
            page.raise_for_status()
            found = re.search(r'href="(/products/[^"]*from=[^"]*)"', page.text)
            if found and number < FOLLOWED:
                requests.get(base_url + html.unescape(found[1]), headers=BROWSER, timeout=SECONDS).raise_for_status()
    except requests.RequestException:
        return False
    return True
