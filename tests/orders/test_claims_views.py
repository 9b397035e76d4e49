"""The pages of claims: the form with its rows and photos, and both sides of a claim."""

import io
import re
from datetime import timedelta
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from marketplace.accounts.permissions import Role
from marketplace.core import clock, files, jobs
from marketplace.core.db import db, transaction
from marketplace.core.errors import NotFound
from marketplace.core.files import StoredFile
from marketplace.orders import queries, services
from marketplace.orders.models import Claim, ClaimState, Remedy, VendorOrder, VendorOrderState
from payments.models import HoldState
from tests.factories.accounts import actor_of, make_company, make_member
from tests.factories.orders import hold_of, make_order, make_trade, report
from tests.orders.browsing import as_buyer, as_vendor, claim_form, page
from tests.orders.claiming import HOME, answer, the_line

S = VendorOrderState


def picture() -> bytes:
    """A small PNG."""
    out = io.BytesIO()
    Image.new("RGB", (40, 30), (120, 60, 20)).save(out, "PNG")
    return out.getvalue()


def the_claim(order: VendorOrder) -> Claim:
    """The claim on an order as it stands."""
    db.session.expire_all()
    return queries.claims_of_orders([order.id])[order.id][0]


def at(order: VendorOrder, claim: Claim, *, portal: bool = False) -> str:
    """The address of a claim for one side."""
    return f"{'/portal' if portal else ''}/orders/{order.number}/claims/{claim.number}"


class TestTheForm:
    def test_all_that_is_wrong_with_a_form_is_told_at_once_beside_its_field(self, client: FlaskClient) -> None:
        trade, order = make_order(S.DELIVERED)
        as_buyer(client, trade)
        first = claim_form(order, quantity="101", amount="99999.00")

        text = page(client.post(f"/orders/{order.number}/problem", data=first), 409)

        at_most = re.compile(r'id="lines-0-(?:quantity|amount)-error"[^>]*>\s*(?:<[^>]+>\s*)*At most')
        assert len(at_most.findall(text)) == 2
        for typed in ('value="101"', 'value="99999.00"', "Forty of them are bent."):
            assert typed in text
        assert order.id not in queries.claims_of_orders([order.id])

    def test_a_description_that_is_too_short_hides_nothing_else(self, client: FlaskClient) -> None:
        trade, order = make_order(S.DELIVERED)
        as_buyer(client, trade)
        form = claim_form(order, quantity="101", amount="99999.00", text="Bent.")

        text = page(client.post(f"/orders/{order.number}/problem", data=form), 422)

        for name in ("quantity", "text", "amount"):
            assert f'id="lines-0-{name}-error"' in text
        assert "Bent." in text

    def test_a_quantity_that_cannot_be_read_hides_no_wrong_amount_and_makes_none(self, client: FlaskClient) -> None:
        trade, order = make_order(S.DELIVERED)
        as_buyer(client, trade)

        many = page(client.post(f"/orders/{order.number}/problem", data=claim_form(order, quantity="many", amount="99999.00")), 422)
        fine = page(client.post(f"/orders/{order.number}/problem", data=claim_form(order, quantity="many", amount="1.00")), 422)

        for text in (many, fine):
            assert 'id="lines-0-quantity-error"' in text
        assert 'id="lines-0-amount-error"' in many
        assert 'id="lines-0-amount-error"' not in fine

    def test_a_line_with_photos_becomes_a_claim_that_both_sides_see(self, client: FlaskClient) -> None:
        trade, order = make_order(S.DELIVERED)
        as_buyer(client, trade)
        form = claim_form(order, quantity="40") | {"lines-0-photos": (io.BytesIO(picture()), "bent.png")}

        text = page(client.post(f"/orders/{order.number}/problem", data=form, follow_redirects=True))

        claim = the_claim(order)
        assert claim.number in text
        assert the_line(claim).quantity == 40
        (photo,) = queries.photos_of_claim_lines([the_line(claim).id])[the_line(claim).id]
        assert f"/files/{photo}/160.webp" in text
        assert client.get(f"/files/{photo}/160.webp").status_code == 200
        as_vendor(client, trade)
        assert f"/files/{photo}/160.webp" in page(client.get(at(order, claim, portal=True)))
        assert client.get(f"/files/{photo}").status_code == 200
        stranger = make_trade()
        as_buyer(client, stranger)
        assert client.get(f"/files/{photo}/160.webp").status_code == 404

    @pytest.mark.parametrize(
        ("fields", "said"),
        [
            ({"quantity": ""}, "Fill this in."),
            ({"quantity": "0"}, "This must be more than 0."),
            ({"wish": "credit", "amount": "0"}, "This must be more than 0."),
            ({"quantity": "101"}, "At most 100 pcs"),
            ({"quantity": "0.5"}, "This is no whole number"),
            ({"text": "bent"}, "Describe it in 10 characters"),
            ({"amount": "99999"}, "At most EUR"),
            ({"amount": "1.005"}, "more decimals than the currency"),
            ({"wish": "refuse"}, "Choose one of the list."),
            ({"kind": "late", "wish": "replace"}, "not possible for this kind"),
            ({"kind": "missing", "wish": "return"}, "Nothing arrived that could be sent back"),
            ({"kind": ""}, "Say for one line at least"),
        ],
    )
    def test_what_is_wrong_is_said_and_what_was_typed_is_kept(self, client: FlaskClient, fields: dict[str, str], said: str) -> None:
        trade, order = make_order(S.DELIVERED)
        as_buyer(client, trade)
        form = claim_form(order, **{"text": "Forty of the hundred are bent.", **fields})  # type: ignore[arg-type]

        response = client.post(f"/orders/{order.number}/problem", data=form)

        text = response.get_data(as_text=True).replace("\u00a0", " ")
        assert response.status_code in (409, 422)
        assert said in text
        assert form["lines-0-text"] in text
        assert queries.claims_of_orders([order.id]) == {}

    def test_a_file_that_is_no_picture_is_refused_at_its_field(self, client: FlaskClient) -> None:
        trade, order = make_order(S.DELIVERED)
        as_buyer(client, trade)
        for content in (b"GIF89a not one of ours", b"%PDF-1.7 a paper", b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"):
            form = claim_form(order) | {"lines-0-photos": (io.BytesIO(content), "bent.heic")}

            assert "bent.heic: This is no PNG or JPEG." in page(client.post(f"/orders/{order.number}/problem", data=form), 422)

    def test_a_wrong_text_and_a_wrong_photo_are_told_together_and_the_good_photo_stays(self, client: FlaskClient) -> None:
        trade, order = make_order(S.DELIVERED)
        as_buyer(client, trade)
        address = f"/orders/{order.number}/problem"
        sent = [(io.BytesIO(picture()), "good.png"), (io.BytesIO(b"GIF89a"), "one.gif"), (io.BytesIO(b"GIF89a"), "two.gif")]

        text = page(client.post(address, data=claim_form(order, text="bent") | {"lines-0-photos": sent}), 422)

        assert "Describe it in 10 characters" in text
        assert "one.gif: This is no PNG or JPEG." in text
        assert "two.gif: This is no PNG or JPEG." in text
        assert "Choose again: one.gif, two.gif" in text
        (token,) = re.findall(r'name="lines-0-photos-kept" value="([^"]+)" checked', text)
        (shown,) = re.findall(r"/files/([0-9a-f-]+)/160\.webp", text)

        assert client.post(address, data=claim_form(order) | {"lines-0-photos-kept": token}).status_code == 303
        assert [str(one) for one in queries.photos_of_claim_lines([the_line(the_claim(order)).id])[the_line(the_claim(order)).id]] == [
            shown
        ]

    def test_what_a_vendor_takes_back_is_told_in_the_readers_language(self, client: FlaskClient) -> None:
        returns = {"window_days": 30, "freight_paid_by": "buyer", "accepts": "Unpacked & <b>clean</b>", "custom_goods": "defect only"}
        trade, order = make_order(S.DELIVERED, trade=make_trade(vendor={"returns": returns}))
        as_buyer(client, trade)

        text = page(client.get(f"/orders/{order.number}/problem?lang=zh-Hans"))

        assert "可退：Unpacked &amp; &lt;b&gt;clean&lt;/b&gt;" in text
        assert "定制品：仅限缺陷" in text

    def test_photos_of_a_form_that_was_given_up_do_not_stay(self, client: FlaskClient) -> None:
        trade, order = make_order(S.DELIVERED)
        as_buyer(client, trade)
        address = f"/orders/{order.number}/problem"
        sent = [(io.BytesIO(picture()), "one.png"), (io.BytesIO(picture()), "two.png")]
        text = page(client.post(address, data=claim_form(order, text="bent") | {"lines-0-photos": sent}), 422)
        taken, given_up = (path[0] for path in re.findall(r"(/files/([0-9a-f-]+)/160\.webp)", text))
        token = re.findall(r'name="lines-0-photos-kept" value="([^"]+)" checked', text)[0]
        assert client.post(address, data=claim_form(order) | {"lines-0-photos-kept": token}).status_code == 303

        (job,) = db.session.scalars(select(jobs.Job).where(jobs.Job.name == "orders.drop_unused_photos"))
        assert job.run_at > clock.now() + timedelta(days=6)  # the form may stand open for a while
        assert (client.get(taken).status_code, client.get(given_up).status_code) == (200, 200)
        for _ in range(2):  # a repeat does no harm
            db.session.commit()
            jobs.TASKS[job.name](job_id=job.id, **job.args)

        assert (client.get(taken).status_code, client.get(given_up).status_code) == (200, 404)
        (stored,) = db.session.scalars(select(StoredFile).where(StoredFile.company_id == trade.buyer.id))
        assert files.read(stored) == picture()
        lost = StoredFile(id=UUID(given_up.split("/")[2]), company_id=trade.buyer.id)
        for read in (files.read, lambda file: files.read_thumbnail(file, 160)):
            with pytest.raises(NotFound):
                read(lost)

    def test_no_other_file_of_the_company_becomes_a_photo_of_a_claim(self, client: FlaskClient) -> None:
        trade, order = make_order(S.DELIVERED)
        as_buyer(client, trade)
        with transaction():
            paper = files.record(trade.buyer.id, "paper.png", picture())

        form = claim_form(order) | {"lines-0-photos-kept": [str(paper.id), "x"]}

        assert client.post(f"/orders/{order.number}/problem", data=form).status_code == 303
        assert queries.photos_of_claim_lines([the_line(the_claim(order)).id]) == {}

    def test_a_quantity_stands_in_its_field_as_everywhere(self, client: FlaskClient) -> None:
        trade, order = make_order(S.DELIVERED, trade=make_trade(stock=5_000), quantities=[1_500])
        as_buyer(client, trade)

        for form in (f"/orders/{order.number}/problem", f"/orders/{queries.purchase_by_id(order.purchase_id).number}/reorder"):
            assert 'value="1,500"' in page(client.get(form))

    def test_the_same_form_twice_is_one_claim(self, client: FlaskClient) -> None:
        trade, order = make_order(S.DELIVERED)
        as_buyer(client, trade)
        form = claim_form(order, quantity="10") | {"_once": "one-and-the-same"}

        for _ in range(2):
            assert client.post(f"/orders/{order.number}/problem", data=form).status_code == 303

        assert len(queries.claims_of_orders([order.id])[order.id]) == 1

    def test_back_at_the_form_what_was_reported_is_named(self, client: FlaskClient) -> None:
        trade, order = make_order(S.DELIVERED)
        as_buyer(client, trade)
        assert "There is already:" not in page(client.get(f"/orders/{order.number}/problem"))
        client.post(f"/orders/{order.number}/problem", data=claim_form(order, quantity="10"))
        claim = the_claim(order)

        again = page(client.get(f"/orders/{order.number}/problem"))

        assert f'href="/orders/{order.number}/claims/{claim.number}">{claim.number}</a>' in again
        assert "10 pcs reported already" in again.replace("\N{NO-BREAK SPACE}", " ")

    def test_nothing_can_be_claimed_before_something_has_left(self, client: FlaskClient) -> None:
        trade, order = make_order(S.ACCEPTED)
        as_buyer(client, trade)

        assert "nothing can be claimed" in page(client.get(f"/orders/{order.number}/problem"))


class TestBothSides:
    def test_from_the_vendors_answer_to_the_buyers_yes(self, client: FlaskClient) -> None:
        trade, order = make_order(S.DELIVERED)
        claim = report(trade, order, quantity=40)
        as_vendor(client, trade)
        text = page(client.get(at(order, claim, portal=True)))
        assert "Needs your answer" in text
        address = f"{at(order, claim, portal=True)}/lines/{the_line(claim).id}/answer"
        page(client.post(address, data={"answer": "credit"}), 422)
        assert "At most EUR" in page(client.post(address, data={"answer": "credit", "amount": "9999"}), 409)

        assert client.post(address, data={"answer": "credit", "amount": "12.50", "text": "Sorry."}).status_code == 303

        as_buyer(client, trade)
        text = page(client.get(at(order, claim)))
        assert "Accept the answer: Credit, EUR 12.50" in text
        assert client.post(f"{at(order, claim)}/lines/{the_line(claim).id}/accept").status_code == 303
        assert "EUR 12.50 went back to the buyer." in page(client.get(at(order, claim)))
        assert hold_of(order).refunded_minor == 1_250

    def test_a_return_travels_with_its_address_and_tracking(self, client: FlaskClient) -> None:
        trade, order = make_order(S.DELIVERED)
        claim = report(trade, order)
        as_vendor(client, trade)
        address = f"{at(order, claim, portal=True)}/lines/{the_line(claim).id}"
        page(client.post(f"{address}/answer", data={"answer": "return"}), 422)
        given = {"answer": "return", "street": "Smidesvägen 12", "postcode": "602 28", "city": "Norrköping"}
        assert client.post(f"{address}/answer", data=given).status_code == 303
        as_buyer(client, trade)
        mine = f"{at(order, claim)}/lines/{the_line(claim).id}"
        assert "Send to: " in page(client.get(at(order, claim)))
        assert client.post(f"{mine}/accept").status_code == 303
        page(client.post(f"{mine}/send-back", data={}), 422)
        assert client.post(f"{mine}/send-back", data={"carrier": "NSL", "tracking": "R-77"}).status_code == 303
        as_vendor(client, trade)
        assert "R-77" in page(client.get(at(order, claim, portal=True)))
        assert client.post(f"{address}/received").status_code == 303

        assert hold_of(order).state is HoldState.REFUNDED

    def test_a_replacement_travels_the_other_way(self, client: FlaskClient) -> None:
        trade, order = make_order(S.DELIVERED)
        claim = report(trade, order)
        answer(trade, claim, Remedy.REPLACE, address=HOME)
        as_buyer(client, trade)
        mine = f"{at(order, claim)}/lines/{the_line(claim).id}"
        assert client.post(f"{mine}/accept").status_code == 303
        assert client.post(f"{mine}/received").status_code == 409  # nothing was sent
        as_vendor(client, trade)
        theirs = f"{at(order, claim, portal=True)}/lines/{the_line(claim).id}"
        page(client.post(f"{theirs}/send", data={"carrier": ""}), 422)
        assert client.post(f"{theirs}/send", data={"carrier": "NSL", "tracking": "N-1"}).status_code == 303
        as_buyer(client, trade)
        assert "Free replacement sent" in page(client.get(at(order, claim)))

        assert client.post(f"{mine}/received").status_code == 303

        assert "Free replacement sent" in page(client.get(f"/orders/{order.number}/claims/{claim.number}"))
        assert hold_of(order).refunded_minor == 0

    def test_money_that_went_each_way_is_called_refunded_in_part(self, client: FlaskClient) -> None:
        trade, order = make_order(S.DELIVERED)
        claim = report(trade, order)
        answer(trade, claim, Remedy.CREDIT, amount_minor=500)
        with transaction():
            services.accept_answer(claim.id, the_line(claim).id, actor=trade.actor)
            services.accept_goods(order.id, actor=trade.actor)
        assert hold_of(order).state is HoldState.SPLIT

        as_buyer(client, trade)
        assert "Refunded in part" in page(client.get(f"/orders/{queries.purchase_by_id(order.purchase_id).number}"))
        as_vendor(client, trade)
        for address in (f"/portal/orders/{order.number}", "/portal/money"):
            assert "Refunded in part" in page(client.get(address))

    def test_a_claim_whose_next_step_is_the_buyers_needs_the_buyer_everywhere(self, client: FlaskClient) -> None:
        trade, order = make_order(S.DELIVERED)
        as_buyer(client, trade)
        purchase = queries.purchase_by_id(order.purchase_id).number

        def needs_me() -> bool:
            listed = purchase in page(client.get("/orders?state=waiting"))
            assert ("A claim waits for you" in page(client.get("/home"))) is listed
            assert (f"of {order.vendor_name} waits for you." in page(client.get(f"/orders/{purchase}"))) is listed
            return listed

        claim = report(trade, order)
        assert not needs_me(), "the vendor owes the answer"
        answer(trade, claim, Remedy.REPLACE, address=HOME)
        assert needs_me()
        with transaction():
            services.accept_answer(claim.id, the_line(claim).id, actor=trade.actor)
        assert not needs_me(), "the vendor sends the goods"
        with transaction():
            services.send_replacement(claim.id, the_line(claim).id, carrier="NSL", tracking=None, actor=trade.seller())
        assert needs_me(), "the buyer says that they are here"
        with clock.at(the_claim(order).answer_by_at + timedelta(hours=1)), transaction():
            services.hand_over_as_buyer(claim.id, actor=trade.actor)
        assert not needs_me(), "the platform decides"
        operator = make_company()
        judge = actor_of(make_member(operator, roles=[Role.PLATFORM_FINANCE]), operator)
        with transaction():
            services.rule_on_claim(claim.number, ruling=ClaimState.RELEASED, amount_minor=None, reason="Seen.", actor=judge)
        assert needs_me(), "the buyer takes the decision or appeals"
        assert "unless you appeal" in page(client.get(f"/orders/{purchase}"))
        with transaction():
            services.accept_ruling_as_buyer(claim.id, actor=trade.actor)
        assert not needs_me()

    def test_the_hand_over_is_offered_once_the_vendors_time_is_over(self, client: FlaskClient) -> None:
        trade, order = make_order(S.DELIVERED)
        claim = report(trade, order)
        as_buyer(client, trade)
        assert "Hand it to the platform" not in page(client.get(at(order, claim)))
        page(client.post(f"{at(order, claim)}/hand-over"), 409)
        with clock.at(clock.now() + timedelta(days=4)):
            as_buyer(client, trade)
            assert "Hand it to the platform" in page(client.get(at(order, claim)))

            assert client.post(f"{at(order, claim)}/hand-over").status_code == 303

            assert "The platform decides" in page(client.get(at(order, claim)))

    def test_a_stranger_gets_nothing_of_a_claim(self, client: FlaskClient) -> None:
        trade, order = make_order(S.DELIVERED)
        claim = report(trade, order)
        line = the_line(claim).id
        other = make_trade()
        as_buyer(client, other)
        mine = at(order, claim)
        assert client.get(mine).status_code == 404
        for act in (f"lines/{line}/accept", f"lines/{line}/withdraw", f"lines/{line}/received", f"lines/{line}/send-back", "hand-over"):
            assert client.post(f"{mine}/{act}", data={"carrier": "NSL"}).status_code == 404, act
        as_vendor(client, other)
        theirs = at(order, claim, portal=True)
        assert client.get(theirs).status_code == 404
        for act in (f"lines/{line}/answer", f"lines/{line}/send", f"lines/{line}/received", "hand-over"):
            assert (
                client.post(f"{theirs}/{act}", data={"answer": "refuse", "text": "Not mine at all.", "carrier": "NSL"}).status_code == 404
            )
        assert claim.number not in page(client.get("/portal/claims"))

    def test_a_claim_is_found_under_its_own_order_only(self, client: FlaskClient) -> None:
        trade, order = make_order(S.DELIVERED)
        claim = report(trade, order)
        _, other = make_order(S.DELIVERED, trade=trade)
        as_buyer(client, trade)

        assert client.get(f"/orders/{other.number}/claims/{claim.number}").status_code == 404
