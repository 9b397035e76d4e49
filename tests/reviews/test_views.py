"""The pages of reviews: walls, refusals beside what was typed, a double click."""

from uuid import uuid4

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from marketplace.accounts.models import Company, Person
from marketplace.accounts.permissions import Role
from marketplace.catalogue.models import Product
from marketplace.core.db import db
from marketplace.orders.models import OrderLine, VendorOrder
from reviews.models import Review, ReviewReply
from tests.factories.accounts import log_in, make_company, make_member
from tests.factories.reviews import make_delivered_line, make_review

TYPED = {
    "stars": "4",
    "quality": "5",
    "on_time": "3",
    "communication": "4",
    "documents": "4",
    "would_reorder": "yes",
    "text": "Gauge passed on 80 samples.",
}


def line_of_client(client: FlaskClient, role: Role = Role.BUYER) -> tuple[OrderLine, Company, Person]:
    """A delivered line of a buyer whom the client is logged in as."""
    buyer = make_company()
    person = make_member(buyer, [role])
    line = make_delivered_line(buyer=buyer, person=person)
    log_in(client, person, buyer)
    return line, buyer, person


def log_in_vendor(client: FlaskClient, review: Review, *roles: Role) -> None:
    """Log the client in as a member of the reviewed vendor."""
    company = db.session.get_one(Company, review.vendor_id)
    log_in(client, make_member(company, roles or (Role.VENDOR_OWNER,)), company)


def post(client: FlaskClient, line: OrderLine, **changed: str) -> TestResponse:
    return client.post("/reviews/new", data={**TYPED, "line": str(line.id), **changed})


def test_a_buyer_writes_a_review_and_sees_it(client: FlaskClient) -> None:
    line, _, _ = line_of_client(client)

    assert client.get(f"/reviews/new?line={line.id}").status_code == 200
    answer = post(client, line)

    assert answer.status_code == 303
    page = client.get(answer.location)
    assert TYPED["text"] in page.get_data(as_text=True)


def test_a_double_click_is_one_review(client: FlaskClient) -> None:
    line, _, _ = line_of_client(client)

    first, second = (post(client, line, _once="the same click") for _ in range(2))

    assert first.status_code == second.status_code == 303
    assert first.location == second.location
    assert db.session.query(Review).filter(Review.order_line_id == line.id).count() == 1


def test_a_second_review_is_refused_and_nothing_typed_is_lost(client: FlaskClient) -> None:
    line, _, _ = line_of_client(client)
    post(client, line)

    answer = post(client, line, text="Another opinion.")

    assert answer.status_code == 409
    assert "Another opinion." in answer.get_data(as_text=True)


def test_bad_marks_are_refused_beside_the_field_and_nothing_typed_is_lost(client: FlaskClient) -> None:
    line, _, _ = line_of_client(client)

    answer = post(client, line, stars="6", text="Kept text.")

    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert 'id="stars-error"' in page
    assert "Kept text." in page


def test_another_companys_line_and_review_are_404(client: FlaskClient) -> None:
    foreign = make_delivered_line()
    review = make_review(foreign)
    line_of_client(client)

    for path in (f"/reviews/new?line={foreign.id}", f"/reviews/{review.id}", f"/reviews/{review.id}/edit", "/reviews/new?line=nonsense"):
        assert client.get(path).status_code == 404, path
    assert post(client, foreign).status_code == 404
    assert client.post(f"/reviews/{review.id}/edit", data=TYPED).status_code == 404


def test_a_member_without_the_permission_does_not_write(client: FlaskClient) -> None:
    line, _, _ = line_of_client(client, Role.VIEWER)

    assert client.get(f"/reviews/new?line={line.id}").status_code == 403
    assert post(client, line).status_code == 403


def test_the_one_change_is_offered_once(client: FlaskClient) -> None:
    line, _, _ = line_of_client(client)
    review = make_review(line)

    assert client.get(f"/reviews/{review.id}/edit").status_code == 200
    assert client.post(f"/reviews/{review.id}/edit", data={**TYPED, "text": "Later found rust."}).status_code == 303

    assert "Later found rust." in client.get(f"/reviews/{review.id}").get_data(as_text=True)
    assert client.get(f"/reviews/{review.id}/edit").status_code == 409


def test_the_vendor_sees_its_reviews_and_replies(client: FlaskClient) -> None:
    line = make_delivered_line()
    review = make_review(line)
    log_in_vendor(client, review)

    assert review.text in client.get("/portal/reviews").get_data(as_text=True)
    assert client.post(f"/portal/reviews/{review.id}/reply", data={"text": ""}).status_code == 422
    assert client.post(f"/portal/reviews/{review.id}/reply", data={"text": "Scale recalibrated."}).status_code == 303

    assert db.session.get_one(ReviewReply, review.id).text == "Scale recalibrated."
    second = client.post(f"/portal/reviews/{review.id}/reply", data={"text": "Once more."})
    assert second.status_code == 409


def test_a_reply_to_another_vendors_review_is_404(client: FlaskClient) -> None:
    mine = make_review(make_delivered_line())
    foreign = make_review(make_delivered_line(), text="About another vendor.")
    log_in_vendor(client, mine)

    assert client.post(f"/portal/reviews/{foreign.id}/reply", data={"text": "Not mine."}).status_code == 404
    assert client.post(f"/portal/reviews/{uuid4()}/reply", data={"text": "Nobody's."}).status_code == 404
    assert foreign.text not in client.get("/portal/reviews").get_data(as_text=True)


def test_a_vendor_member_without_the_permission_does_not_reply(client: FlaskClient) -> None:
    review = make_review(make_delivered_line())
    log_in_vendor(client, review, Role.VENDOR_QUALITY)

    assert client.get("/portal/reviews").status_code == 200
    assert client.post(f"/portal/reviews/{review.id}/reply", data={"text": "No."}).status_code == 403


def test_the_list_of_the_vendor_is_walked_by_key(client: FlaskClient) -> None:
    review = make_review(make_delivered_line())
    product = db.session.get_one(Product, review.product_id)
    for number in range(25):
        line = make_delivered_line(product=product)
        make_review(line, text=f"Review number {number}.", days_ago=2 + number)
    log_in_vendor(client, review)

    first = client.get("/portal/reviews").get_data(as_text=True)
    assert "Review number 0." in first
    assert "Review number 24." not in first
    cursor = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    second = client.get(f"/portal/reviews{cursor}").get_data(as_text=True)
    assert "Review number 24." in second
    assert "Review number 0." not in second


def test_how_the_score_is_made_is_public(client: FlaskClient) -> None:
    page = client.get("/reviews/score")

    assert page.status_code == 200
    assert "3.5" in page.get_data(as_text=True)


def test_goods_to_review_are_listed(client: FlaskClient) -> None:
    line, _, _ = line_of_client(client)

    page = client.get("/reviews").get_data(as_text=True)

    assert line.sku in page
    assert db.session.get_one(VendorOrder, line.vendor_order_id).number in page


def test_the_first_review_stands_on_the_products_page(client: FlaskClient) -> None:
    line, _, _ = line_of_client(client)
    address = f"/products/{db.session.get_one(Product, line.product_id).slug}"
    assert TYPED["text"] not in client.get(address).get_data(as_text=True)

    post(client, line)

    assert TYPED["text"] in client.get(address).get_data(as_text=True)
