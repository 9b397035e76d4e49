"""What the demo does not hold, so that every page has something to show: made over plain HTTP, through the same forms."""

import io
import re
from datetime import date, timedelta
from secrets import token_hex

import requests
from PIL import Image

from tests.visitor import FormReader, Visitor

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
TABLE = b"sku,title,price\nNV-8040-A2,Bolt,not a price\n"
APPROVED = "/desk/verification?queue=approved"


def act(visitor: Visitor, path: str, action: str, **fields: str) -> str:
    """Send the form of a page; returns where it led. Raises AssertionError when it is refused."""
    return led(visitor, action, visitor.send(visitor.form(path, action), **fields))


def upload(visitor: Visitor, path: str, name: str, content: bytes, **fields: str) -> str:
    """Send the form of a page to itself with a file; returns where it led."""
    return led(visitor, path, visitor.send_file(visitor.form(path, path), name, content, **fields))


def led(visitor: Visitor, action: str, answer: requests.Response) -> str:
    """Where an act led. Raises AssertionError when it was refused."""
    assert answer.status_code == 303, f"{action} answered {answer.status_code}"
    return answer.headers["Location"].removeprefix(visitor.base)


def a_company(owner: Visitor) -> None:
    """A department, and a list of goods to order again."""
    act(owner, "/company/units/new", "/company/units/new", name=f"Track maintenance {token_hex(2)}")


def a_list(buyer: Visitor) -> None:
    """A requisition list with a line."""
    made = act(buyer, "/lists", "/lists", name=f"Spare bolts {token_hex(2)}")
    product = re.search(r'href="(/products/[^"?]+)', buyer.get("/search?q=NV-8040-A2").text)
    assert product
    link = re.search(r'href="(/lists/add[^"]+)"', buyer.get(product.group(1)).text)
    assert link
    act(buyer, link.group(1).replace("&amp;", "&"), "/lists/add", list_id=made.rsplit("/", 1)[1])


def to_follow(buyer: Visitor) -> str:
    """The page that asks whether to follow a product: only the log-in of a visitor leads there."""
    product = re.search(r'href="(/products/[^"?]+)', buyer.get("/search?q=NV-8040-A2").text)
    assert product
    asked = buyer.form(product.group(1), "/follows").fields
    return f"/follows/new?kind={asked['kind']}&subject_id={asked['subject_id']}&next={product.group(1)}"


def a_shop(factory: Visitor) -> list[str]:
    """A segment, a document, a photo, an import, an export and a bulk edit; returns pages that nothing but an act leads to."""
    found = re.search(r"/portal/products/([0-9a-f-]{36})/edit", factory.get("/portal/products").text)
    assert found
    product = f"/portal/products/{found.group(1)}"
    act(factory, "/portal/segments", "/portal/segments", name=f"Rail yards {token_hex(2)}")
    upload(factory, f"{product}/documents", "sheet.pdf", PDF, title="Data sheet", kind="spec_sheet")
    upload(factory, f"{product}/photos", "bolt.png", picture(), alt_en="A bolt from the side")
    imported = upload(factory, "/portal/products/import", "goods.csv", TABLE)
    # The button stands there from 5,000 products on; below that, the file comes at once.
    form = factory.form("/portal/products/import", "/portal/products/import")
    form.action = "/portal/products/export"
    exported = factory.send(form, format="csv").headers["Location"].removeprefix(factory.base)
    bulk = act(factory, "/portal/products/bulk?everything=1", "/portal/products/bulk", act="price_percent", percent="1", everything="1")
    return [f"{product}/documents", f"{product}/photos", imported, exported, bulk]


def picture() -> bytes:
    """A small photo."""
    out = io.BytesIO()
    Image.new("RGB", (64, 48), "gray").save(out, "PNG")
    return out.getvalue()


def a_level(verifier: Visitor) -> list[str]:
    """A level 3 of an approved vendor that waits for a second reader; returns the page that shows it."""
    found = re.search(r"/desk/verification/([0-9a-f-]{36})", verifier.get(APPROVED).text)
    assert found
    path = f"/desk/verification/{found.group(1)}/levels"
    today = date.today()  # noqa: DTZ011 - as the form's own day
    fields = {"level": "3", "auditor": "Nordic Audit AB", "checked_on": today.isoformat(), "points": "88"}
    act(verifier, path, path, **fields, valid_until=(today + timedelta(days=300)).isoformat())
    return [f"/desk/verification/{found.group(1)}", "/desk/second-readings"]


def refused_products(verifier: Visitor, vendor: Visitor) -> list[str]:
    """Two products of a vendor that the desk refuses; against one the vendor appeals. Returns their pages and that of the appeals."""
    waiting = dict.fromkeys(re.findall(r"/desk/products/([0-9a-f-]{36})", verifier.get("/desk/products").text))
    own = [product for product in waiting if vendor.get(f"/portal/products/{product}/edit").status_code == 200][:2]
    assert len(own) == 2, "the demo's applicant has products that wait"
    pages = [f"/portal/products/{product}/edit" for product in own]
    for product in own:
        act(verifier, f"/desk/products/{product}", f"/desk/products/{product}", decision="refuse", reasons="DUPLICATE")
    found = re.search(r"/portal/appeals/new/[0-9a-f-]{36}", vendor.get(pages[0]).text)
    assert found
    act(vendor, found.group(), found.group(), said="No other product of ours has this width and this weight.")
    return [*pages, "/portal/appeals"]


def a_change(vendor: Visitor) -> None:
    """A new name that is asked for with its paper and taken back: what may be asked for next is seen, and how one stands."""
    path, owners = "/portal/facts/change", f"Karin Wallgren, {token_hex(2)}"
    form = vendor.form(path, path)
    answer = vendor.send_file(form, "owners.pdf", PDF, field="owners_file", owners=owners, reason="new_owners")
    at = led(vendor, path, answer)
    act(vendor, at, f"{at}/withdraw")


def takedowns(verifier: Visitor) -> list[str]:
    """The page of a product that the demo has taken down, the question that takes that back, and the one before another is taken down."""
    down = re.search(r"/desk/products/[0-9a-f-]{36}", verifier.get("/desk/takedowns?stands=in_force").text)
    assert down, "the demo has a product that is taken down"
    address = re.search(r'"(/products/[^"?]+)', verifier.get("/search?q=NV-8040-A2").text)
    assert address
    live = re.search(r"/desk/products/[0-9a-f-]{36}", verifier.get(address.group(1)).text)
    assert live
    return [down.group(), f"{down.group()}/restore", f"{live.group()}/take-down"]


def a_search(buyer: Visitor) -> None:
    """One that is remembered: programs that say what they are leave no trace."""
    buyer.http.get(f"{buyer.base}/search?q=hex+bolt", headers={"User-Agent": "Mozilla/5.0 (X11; Linux x86_64)"}, timeout=30)


def rules_of_search(admin: Visitor) -> None:
    """A synonym, and a product that comes first; both are shown before they are saved."""
    word = f"track screw {token_hex(2)}".translate(str.maketrans("0123456789", "ghijklmnop"))
    after_a_look(admin, "/desk/search/synonyms/new", asked=word, also="rail bolt")
    after_a_look(admin, "/desk/search/pins/new", words=word, products="NV-8040-A2")


def after_a_look(visitor: Visitor, path: str, **fields: str) -> None:
    """Send a form that first shows what it would do, then once more."""
    reader = FormReader()
    reader.feed(visitor.send(visitor.form(path, path), **fields).text)
    again = next(form for form in reader.forms if "told" in form.fields)
    again.action = path
    led(visitor, path, visitor.send(again, **fields))


def a_claim(buyer: Visitor, order: str) -> None:
    """A damaged line of a delivered order."""
    path = f"/orders/{order}/problem"
    form = buyer.form(path, path)
    led(buyer, path, buyer.send(form, **{"lines-0-kind": "damaged", "lines-0-quantity": "100", "lines-0-text": "The boxes were wet."}))
