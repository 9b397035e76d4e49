"""Photos: looked at before buyers see them, in order, described, and only for those who see the product."""

import io
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from PIL import Image

from marketplace.accounts.models import Company
from marketplace.accounts.permissions import Role
from marketplace.catalogue import queries, services
from marketplace.catalogue.models import PictureState, Product, ProductPicture, ProductState
from marketplace.core.db import db
from marketplace.core.errors import InvalidMove
from marketplace.core.files import StoredFile
from tests.factories.accounts import actor_of, log_in, log_out, make_company, make_member, make_operator
from tests.factories.catalogue import make_picture, make_product, only_variant
from tests.factories.vendors import make_vendor
from vendors.models import Vendor, VendorState


def photo(kind: str = "PNG", size: tuple[int, int] = (600, 400)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (200, 60, 20)).save(out, kind)
    return out.getvalue()


def enter(client: FlaskClient, company_id: UUID) -> None:
    company = db.session.get_one(Company, company_id)
    log_in(client, make_member(company), company)


@pytest.fixture
def vendor(client: FlaskClient) -> Vendor:
    shop = make_vendor()
    enter(client, shop.id)
    return shop


def upload(client: FlaskClient, product: Product, content: bytes, **fields: str) -> Any:
    data = {"alt_en": "Bolt from the side", **fields, "file": (io.BytesIO(content), "bolt.png")}
    answer = client.post(f"/portal/products/{product.id}/photos", data=data, content_type="multipart/form-data")
    answer.request.environ["wsgi.input"].close()  # a large body lies in a temporary file of the test client
    return answer


def only_picture() -> ProductPicture:
    return db.session.query(ProductPicture).populate_existing().one()


def test_a_photo_that_is_sent_twice_is_added_once(client: FlaskClient, vendor: Vendor) -> None:
    product = make_product(vendor)
    assert 'name="_once"' in client.get(f"/portal/products/{product.id}/photos").get_data(as_text=True)

    for _ in range(2):
        assert upload(client, product, photo(), _once="one-and-the-same").status_code == 303

    assert only_picture().product_id == product.id


def test_a_photo_waits_for_the_platform_and_then_stands_for_the_product(client: FlaskClient, vendor: Vendor) -> None:
    product = make_product(vendor)
    assert upload(client, product, photo(), alt_zh="螺栓").status_code == 303
    picture = only_picture()
    address = f"/photos/{picture.id}/480.webp"
    assert (picture.state, picture.alt, product.picture_id) == (PictureState.WAITING, {"en": "Bolt from the side", "zh-Hans": "螺栓"}, None)
    assert client.get(address).status_code == 200
    log_out(client)
    assert client.get(address).status_code == 404

    company, verifier = make_operator([Role.PLATFORM_VERIFIER])
    log_in(client, verifier, company)
    assert str(picture.id) in client.get(f"/desk/products/{product.id}").get_data(as_text=True)
    fields = {"version": "1", "pictures": [str(picture.id)], "decision": "accept"}
    assert client.post(f"/desk/products/{product.id}", data=fields).status_code == 303

    log_out(client)
    given = client.get(address)
    assert (given.status_code, given.mimetype) == (200, "image/webp")
    assert Image.open(io.BytesIO(given.get_data())).size == (480, 320)
    assert client.get(f"/photos/{picture.id}/481.webp").status_code == 404
    page = client.get(f"/products/{product.slug}").get_data(as_text=True)
    assert 'alt="Bolt from the side"' in page
    assert queries.variants_for_lines([only_variant(product).id])[only_variant(product).id].drawing == f"photo:{picture.id}"


def test_a_refused_photo_carries_its_reasons(client: FlaskClient, vendor: Vendor) -> None:
    product = make_product(vendor)
    upload(client, product, photo())
    company, verifier = make_operator([Role.PLATFORM_VERIFIER])

    services.refuse_change(
        product.id, ["PHOTO-OTHER-BRAND"], version=1, proposal_id=None, pictures=[only_picture().id], actor=actor_of(verifier, company)
    )

    assert only_picture().state is PictureState.REFUSED
    assert "The picture shows another brand" in client.get(f"/portal/products/{product.id}/photos").get_data(as_text=True)


def test_a_photo_that_came_after_the_look_goes_on_waiting(client: FlaskClient, vendor: Vendor) -> None:
    product = make_product(vendor)
    seen, later = make_picture(product, state=PictureState.WAITING), make_picture(product, state=PictureState.WAITING)
    company, verifier = make_operator([Role.PLATFORM_VERIFIER])
    desk = actor_of(verifier, company)

    services.accept_change(product.id, version=1, proposal_id=None, pictures=[seen.id], actor=desk)

    assert (seen.state, later.state, product.picture_id) == (PictureState.SHOWN, PictureState.WAITING, seen.id)
    with pytest.raises(InvalidMove):
        services.accept_change(product.id, version=1, proposal_id=None, pictures=[seen.id], actor=desk)


def test_the_first_shown_photo_stands_for_the_product(client: FlaskClient, vendor: Vendor) -> None:
    product = make_product(vendor)
    first, second = make_picture(product), make_picture(product)
    base = f"/portal/products/{product.id}/photos"

    assert client.post(f"{base}/{second.id}/up").status_code == 303
    assert [p.id for p in queries.own_pictures(product.id, vendor_id=vendor.id)] == [second.id, first.id]
    assert product.picture_id == second.id
    assert client.post(f"{base}/{second.id}/remove").status_code == 303

    assert product.picture_id == first.id
    assert client.get(f"/photos/{second.id}/160.webp").status_code == 404


def test_what_a_photo_shows_is_said_in_one_language_at_least(client: FlaskClient, vendor: Vendor) -> None:
    product = make_product(vendor)
    picture = make_picture(product)
    url = f"/portal/products/{product.id}/photos/{picture.id}"

    assert client.post(url, data={"alt_en": "", "alt_zh": ""}).status_code == 422
    assert client.post(url, data={"alt_en": "", "alt_zh": "侧面"}).status_code == 303

    assert only_picture().alt == {"zh-Hans": "侧面"}


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7\n", photo()[:200], b"\x89PNG\r\n\x1a\n" + bytes(100), b"GIF89a" + bytes(50)])
def test_what_is_no_photo_is_refused_at_its_field(client: FlaskClient, vendor: Vendor, content: bytes) -> None:
    answer = upload(client, make_product(vendor), content)

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'href="#file"' in page
    assert 'value="Bolt from the side"' in page
    assert db.session.query(StoredFile).count() == db.session.query(ProductPicture).count() == 0


def test_a_thirteenth_photo_is_refused(client: FlaskClient, vendor: Vendor) -> None:
    product = make_product(vendor)
    for _ in range(12):
        make_picture(product)

    answer = upload(client, product, photo("JPEG"))

    assert answer.status_code == 409
    assert db.session.query(ProductPicture).count() == 12


def test_another_vendors_photos_are_not_found_and_unchanged(client: FlaskClient, vendor: Vendor) -> None:
    theirs, mine = make_product(make_vendor()), make_product(vendor)
    picture = make_picture(theirs)

    for product in (theirs, mine):
        base = f"/portal/products/{product.id}/photos/{picture.id}"
        assert client.get(base).status_code == 404
        assert client.post(base, data={"alt_en": "Mine"}).status_code == 404
        assert client.post(f"{base}/up").status_code == 404
        assert client.post(f"{base}/remove").status_code == 404
    assert upload(client, theirs, photo()).status_code == 404
    assert (picture.removed_at, picture.alt) == (None, {"en": "The bolt from the side"})


@pytest.mark.parametrize(
    "hidden",
    [{"state": ProductState.PAUSED}, {"visibility": ("registered",)}, {"visibility": ("country:US",)}, {"vendor": VendorState.SUSPENDED}],
)
def test_a_photo_of_a_hidden_product_is_hidden(client: FlaskClient, hidden: dict[str, Any]) -> None:
    shop = make_vendor(state=hidden.pop("vendor", VendorState.APPROVED))
    picture = make_picture(make_product(shop, **hidden))

    assert client.get(f"/photos/{picture.id}/160.webp").status_code == 404
    enter(client, make_company().id)
    expected = 200 if hidden.get("visibility") == ("registered",) else 404
    assert client.get(f"/photos/{picture.id}/160.webp").status_code == expected
