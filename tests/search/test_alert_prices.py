"""What a mail of a saved search says of prices: the public one, at what its owner wants, as the list of results writes it."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient

from marketplace.core import clock
from marketplace.core.audit import SYSTEM
from marketplace.core.emails import Letter
from marketplace.pricing.services import load_rates
from search.watching import alerts
from search.watching.models import Alert
from tests.factories.accounts import make_company
from tests.factories.catalogue import make_product
from tests.factories.pricing import make_price_list
from tests.factories.vendors import make_vendor
from tests.search.reading import IndexNow, page, variant_of
from tests.search.test_saved import a_buyer, letters, save

RunJobs = Callable[[], int]
TIERS = [(5, 2_000_000), (100, 1_500_000)]


def the_mail(
    client: FlaskClient, index_now: IndexNow, run_jobs: RunJobs, query: str, *, locale: str = "en", currency: str = "EUR"
) -> Letter:
    """The mail about one new match, made ten minutes later."""
    a_buyer(client, locale=locale)
    index_now()
    saved = save(client, query, alert=Alert.AT_ONCE)
    with clock.at(clock.now() + timedelta(minutes=10)):
        vendor = make_vendor(currency=currency)
        product = make_product(vendor, title="Brass hinge", sku="HINGE-1", minimum=5, tiers=TIERS)
        make_price_list(vendor, companies=[make_company().id], prices={variant_of(product).id: [(5, 1_230_000)]})
        index_now(product)
        told = letters(run_jobs)
        letter = alerts.alert_letter(saved.id, told[0].args["new"], told[0].args["fallen"])
    assert letter is not None
    return letter


def written(letter: Letter) -> list[str]:
    return [text.replace("\u00a0", " ") for text in (letter.text, letter.html)]


@pytest.mark.parametrize(
    ("quantity", "locale", "said"),
    [
        ("", "en", "2.0000 EUR/pc from 5 pcs"),
        ("&quantity=3", "en", "2.0000 EUR/pc from 5 pcs"),
        ("&quantity=500", "en", "1.5000 EUR/pc at 500 pcs"),
        ("&quantity=500", "zh_Hans", "1.5000 EUR/件（购买 500 件）"),
        ("", "zh_Hans", "5 件 起 2.0000 EUR/件"),
    ],
)
def test_a_new_match_has_its_list_price_at_what_is_wanted(
    client: FlaskClient, index_now: IndexNow, run_jobs: RunJobs, quantity: str, locale: str, said: str
) -> None:
    for text in written(the_mail(client, index_now, run_jobs, f"q=brass+hinge{quantity}", locale=locale)):
        assert said in text
        assert "1.23" not in text, "what another company has agreed"


def test_another_currency_is_the_readers_about_and_the_vendors_exactly(client: FlaskClient, index_now: IndexNow, run_jobs: RunJobs) -> None:
    load_rates({"USD": 0.924}, valid_from=date(2020, 1, 1), source="European reference rate", actor=SYSTEM)
    texts = written(the_mail(client, index_now, run_jobs, "q=brass+hinge&quantity=500", currency="USD"))
    figure = page(client, "/search?q=brass+hinge&quantity=500")

    for text in texts:
        about = text.split("≈")[1].split(" ")[0]
        assert about in figure, "as the list of results writes it"
        assert f"≈{about} EUR/pc at 500 pcs (1.5000 USD/pc)" in text
