"""What the README says that stands in the demo is there, for those who may see it."""

import re
from collections.abc import Iterator

import pytest

from tests.browser.people import LogIns, Windows
from tests.visitor import Visitor

DRUMCASTLE = "niall.fennelly@drumcastle.example"
KESTANE, VAUCELLE, ASHGRAVE = "emre.tuncel@kestane.example", "hugo.marin@vaucelle.example", "dev.rathod@ashgrave.example"


class Reader:
    """Pages as the words on them, over plain HTTP."""

    def __init__(self, windows: Windows) -> None:
        self.windows = windows
        self.visitors: dict[str | None, Visitor] = {}

    def words(self, email: str | None, path: str) -> str:
        """What a page says to somebody (None: a visitor)."""
        return " ".join(re.sub(r"<[^>]+>", " ", self.page(email, path)).split())

    def page(self, email: str | None, path: str) -> str:
        """The page itself."""
        if email not in self.visitors:
            self.visitors[email] = self.windows.visitor(email)
        return self.visitors[email].get(path).text

    def purchase(self, email: str, seller: str, sku: str) -> str:
        """What the purchase says that somebody's company has made of a product."""
        found = sorted(set(re.findall(r"/orders/PO-[\d-]+", self.page(email, f"/orders?q={seller}"))))
        pages = [self.words(email, path) for path in found]
        return next(page for page in pages if sku in page)


@pytest.fixture
def reader(windows: Windows) -> Iterator[Reader]:
    """Everybody in turn."""
    opened = Reader(windows)
    yield opened
    for visitor in opened.visitors.values():
        visitor.close()


def test_a_vendor_waits_for_its_check(reader: Reader, log_ins: LogIns) -> None:
    assert "Kuretani Textile Mills" in reader.words(log_ins.verifier, "/desk/verification")


def test_a_suspended_vendor_is_not_found(reader: Reader) -> None:
    assert "Drumcastle" not in reader.words(None, "/search?q=drumcastle")
    assert "Drumcastle" not in reader.words(None, "/shops/drumcastle-cable-and-wire-ltd")


def test_one_appeal_waits_and_one_was_answered(reader: Reader, log_ins: LogIns) -> None:
    assert "Drumcastle Cable and Wire Ltd Shop suspended" in reader.words(log_ins.verifier, "/desk/appeals")
    assert "Kestane Vida A.Ş. Product taken down: Blind rivet 3.2×6–12 mm" in reader.words(log_ins.verifier, "/desk/appeals")
    assert "Canmu Lighting Power Co., Ltd. Product refused" in reader.words(log_ins.verifier, "/desk/appeals?queue=upheld")
    assert "a person who did not take the decision answers it by" in reader.words(DRUMCASTLE, "/portal")
    assert re.search(r"Open today [1-9]", reader.words(None, "/rules/decisions"))


def test_a_new_legal_form_waits_for_a_verifier(reader: Reader, log_ins: LogIns) -> None:
    assert "Ravnholt Bolt Supply ApS Legal name New legal form" in reader.words(log_ins.verifier, "/desk/changes")
    assert "A/S" not in reader.words(None, "/shops/ravnholt-bolt-supply-aps")


def test_a_vendor_on_holiday_says_until_when(reader: Reader) -> None:
    assert "Holiday until" in reader.words(None, "/shops/vestamira-texteis-lda")
    assert "假期至" in reader.words(None, "/shops/vestamira-texteis-lda?lang=zh-Hans")


def test_an_expired_certificate_is_seen_by_its_vendor_and_the_desk_alone(reader: Reader, log_ins: LogIns) -> None:
    paper = "Certa Veritum, CV-58102"

    assert paper in reader.words(KESTANE, "/portal/certificates")
    assert paper in reader.words(log_ins.verifier, "/desk/certificates?queue=expired")
    assert paper not in reader.words(None, "/shops/kestane-vida-a-s")


def test_an_order_is_late(reader: Reader, log_ins: LogIns) -> None:
    said = reader.purchase(log_ins.buyer, "Norrvik", "2,400 pcs")

    assert re.search(r"In production, \d+ days late", said)
    assert "Held frozen" in said  # the washers of Qianzhu
    assert "Heat treatment repeated after a failed hardness test" in said  # the new day that both have signed


def test_samples_are_ordered_and_judged_as_samples(reader: Reader) -> None:
    hit = re.search(r'href="(/products/[^"?]+)', reader.page(None, "/search?q=LU-C40-700-D2"))
    assert hit is not None

    assert "Sample" in reader.purchase(VAUCELLE, "Lumenor", "LU-60-24-D2")
    assert "Verified sample" in reader.words(None, hit[1])


def test_a_claim_ended_in_a_credit(reader: Reader) -> None:
    said = reader.purchase(VAUCELLE, "Canmu", "Refunded USD 70.59")

    assert "CM-HV-60-24" in said


def test_a_certificate_has_a_paper_that_everybody_can_open(reader: Reader) -> None:
    paper = re.search(r'href="(/files/[^"]+)', reader.page(None, "/shops/norrvik-fastening-ab"))
    assert paper is not None

    assert reader.visitors[None].get(paper[1]).content.startswith(b"%PDF-")


def test_two_lots_came_in_two_shipments(reader: Reader) -> None:
    said = reader.purchase(VAUCELLE, "Pallwerk", "PW-606050-BC")

    assert said.count("VSL 9581 8105") >= 2


def test_a_refund_came_after_acceptance(reader: Reader) -> None:
    said = reader.purchase(ASHGRAVE, "Sundara", "STW-TR-12-2000")

    assert re.search(r"Released to vendors USD 0.00 Refunded USD 1,905.15", said)
    assert "Refunded to the buyer" in said


def test_problems_hold_money_back(reader: Reader, log_ins: LogIns) -> None:
    said = reader.words(log_ins.finance, "/desk/problems")

    assert all(name in said for name in ("Canmu", "Tallgrove", "Qianzhu", "Fayu"))
    assert all(word in said for word in ("The platform decides", "Agreed, on its way", "Waits for the vendor"))


def test_a_buyer_sees_its_agreed_price(reader: Reader, log_ins: LogIns) -> None:
    hit = re.search(r'href="(/products/[^"?]+)', reader.page(log_ins.buyer, "/search?q=NV-22115-HV"))
    assert hit is not None

    said = reader.words(log_ins.buyer, hit[1])

    assert "Frame 2026 Halden" in said
