"""Rulings on claims wait for an appeal, once for each side, and another person decides then. Source: payments.md §4.4; decision 0017."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from marketplace.accounts.models import Person
from marketplace.accounts.permissions import Role
from marketplace.core import clock
from marketplace.core.audit import Actor
from marketplace.core.db import transaction
from marketplace.core.errors import NotFound
from marketplace.orders import queries, services
from marketplace.orders.errors import AppealedAlready, AppealTooLate, CreditTooLargeForClaim, ProblemIsDecided, RulingStands, SameJudge
from marketplace.orders.models import Claim, ClaimState, Remedy, VendorOrder, VendorOrderState
from payments.models import HoldState
from tests.factories.accounts import actor_of, log_in, make_company, make_member, make_operator
from tests.factories.orders import Trade, company_of, fresh, hold_of, make_order, report
from tests.orders.browsing import page
from tests.orders.claiming import answer, let_ruling_stand, now_of
from tests.orders.clockwork import job_at, mails

S, C = VendorOrderState, ClaimState
pytestmark = pytest.mark.usefixtures("app")


def judge() -> Actor:
    """Somebody of the platform's finance."""
    operator = make_company()
    return actor_of(make_member(operator, roles=[Role.PLATFORM_FINANCE]), operator)


def rule(claim: Claim, ruling: ClaimState = C.RELEASED, *, by: Actor, amount_minor: int | None = None) -> None:
    with transaction():
        services.rule_on_claim(claim.number, ruling=ruling, amount_minor=amount_minor, reason="Seen and weighed.", actor=by)


def appeal(trade: Trade, claim: Claim, side: str = "buyer") -> None:
    with transaction():
        if side == "buyer":
            services.appeal_as_buyer(claim.id, reason="The second photo was not read.", actor=trade.actor)
        else:
            services.appeal_as_vendor(claim.id, reason="The carrier has signed for it.", actor=trade.seller())


def disputed() -> tuple[Trade, VendorOrder, Claim]:
    trade, order = make_order(S.DELIVERED)
    return trade, order, report(trade, order)


class TestRuling:
    @pytest.mark.parametrize(
        ("ruling", "amount", "state"),
        [(C.RELEASED, None, HoldState.RELEASED), (C.SPLIT, 2_000, HoldState.SPLIT), (C.REFUNDED, None, HoldState.REFUNDED)],
    )
    def test_the_money_stays_where_it_is_for_five_days(self, ruling: ClaimState, amount: int | None, state: HoldState) -> None:
        _, order, claim = disputed()
        before = clock.now()

        rule(claim, ruling, by=judge(), amount_minor=amount)

        ruled = now_of(claim)
        assert ruled.is_open
        assert ruled.appeal_by_at is not None
        assert timedelta(days=5) <= ruled.appeal_by_at - before < timedelta(days=5, minutes=5)
        assert job_at(f"claim_ruling:{claim.id}") == ruled.appeal_by_at
        assert (hold_of(order).state, hold_of(order).frozen_at is not None) == (HoldState.FUNDED, True)
        with transaction():
            services.carry_out_ruling(claim.id)  # before its time
        assert now_of(claim).is_open
        let_ruling_stand(claim)
        assert (now_of(claim).state, hold_of(order).state) == (ruling, state)

    def test_who_decided_and_when_stays_on_record_when_it_is_carried_out(self) -> None:
        _, _, claim = disputed()
        first = judge()
        rule(claim, by=first)
        decided_at = now_of(claim).decided_at

        let_ruling_stand(claim)

        assert (now_of(claim).decided_by, now_of(claim).decided_at) == (first.person_id, decided_at)

    def test_the_sides_cannot_agree_any_more_and_it_is_ruled_once(self) -> None:
        trade, _, claim = disputed()
        rule(claim, by=judge())

        with pytest.raises(ProblemIsDecided):
            answer(trade, claim, Remedy.CREDIT)
        with pytest.raises(ProblemIsDecided):
            rule(claim, by=judge())

    def test_a_split_is_at_most_what_the_lines_are_worth(self) -> None:
        _, order, claim = disputed()

        with pytest.raises(CreditTooLargeForClaim):
            rule(claim, C.SPLIT, by=judge(), amount_minor=order.total_minor + 1)

    def test_both_sides_are_told_and_the_desk_does_not_wait_for_it(self) -> None:
        _, _, claim = disputed()
        told = mails("email_claim")

        rule(claim, by=judge())

        assert mails("email_claim") == told + 2
        assert queries.claims_to_decide() == []


class TestAppeal:
    def test_it_stops_the_clock_and_another_person_decides_for_good(self) -> None:
        trade, order, claim = disputed()
        first, second = judge(), judge()
        rule(claim, by=first)

        appeal(trade, claim)

        assert job_at(f"claim_ruling:{claim.id}") is None
        assert [found.number for found, _ in queries.claims_to_decide()] == [claim.number]
        with pytest.raises(SameJudge):
            rule(claim, C.REFUNDED, by=first)
        rule(claim, C.REFUNDED, by=second)
        assert (now_of(claim).state, now_of(claim).decided_by) == (C.REFUNDED, second.person_id)
        assert (fresh(order).state, hold_of(order).state) == (S.CANCELLED, HoldState.REFUNDED)
        with pytest.raises(AppealTooLate):
            appeal(trade, claim, "vendor")

    def test_each_side_appeals_once(self) -> None:
        trade, _, claim = disputed()
        rule(claim, by=judge())
        appeal(trade, claim)
        appeal(trade, claim, "vendor")

        with pytest.raises(AppealedAlready):
            appeal(trade, claim)
        assert [one.side for one in queries.appeals_of(claim.id)] == ["buyer", "vendor"]

    def test_not_before_a_ruling_nor_after_five_days(self) -> None:
        trade, _, claim = disputed()
        with pytest.raises(AppealTooLate):
            appeal(trade, claim)
        rule(claim, by=judge())
        end = now_of(claim).appeal_by_at
        assert end is not None

        with clock.at(end), pytest.raises(AppealTooLate):
            appeal(trade, claim)

    def test_an_appealed_ruling_is_not_carried_out_by_the_clock(self) -> None:
        trade, order, claim = disputed()
        rule(claim, by=judge())
        appeal(trade, claim)

        let_ruling_stand(claim)

        assert now_of(claim).is_open
        assert hold_of(order).state is HoldState.FUNDED

    def test_a_stranger_finds_no_claim(self) -> None:
        _, _, claim = disputed()
        rule(claim, by=judge())
        other, _ = make_order(S.PLACED)

        with pytest.raises(NotFound):
            appeal(other, claim)
        with pytest.raises(NotFound):
            appeal(other, claim, "vendor")


def accept_ruling(trade: Trade, claim: Claim, side: str) -> None:
    with transaction():
        if side == "buyer":
            services.accept_ruling_as_buyer(claim.id, actor=trade.actor)
        else:
            services.accept_ruling_as_vendor(claim.id, actor=trade.seller())


def let_clockwork_go_on(claim: Claim) -> None:
    with transaction():
        services.carry_out_ruling(claim.id)


class TestAccepting:
    @pytest.mark.parametrize(
        ("ruling", "loser", "state"), [(C.RELEASED, "buyer", HoldState.RELEASED), (C.REFUNDED, "vendor", HoldState.REFUNDED)]
    )
    def test_the_side_that_loses_ends_the_days_to_appeal(self, ruling: ClaimState, loser: str, state: HoldState) -> None:
        trade, order, claim = disputed()
        rule(claim, ruling, by=judge())

        accept_ruling(trade, claim, loser)
        let_clockwork_go_on(claim)

        assert (now_of(claim).state, hold_of(order).state) == (ruling, state)
        assert job_at(f"claim_ruling:{claim.id}") is None

    def test_by_a_part_each_way_both_lose_so_both_accept(self) -> None:
        trade, order, claim = disputed()
        rule(claim, C.SPLIT, by=judge(), amount_minor=2_000)

        accept_ruling(trade, claim, "vendor")
        let_clockwork_go_on(claim)
        assert now_of(claim).is_open
        accept_ruling(trade, claim, "buyer")
        let_clockwork_go_on(claim)

        assert (now_of(claim).state, hold_of(order).returned_minor) == (C.SPLIT, 2_000)

    def test_a_side_that_has_accepted_does_neither_again_nor_appeal(self) -> None:
        trade, _, claim = disputed()
        rule(claim, C.SPLIT, by=judge(), amount_minor=2_000)
        accept_ruling(trade, claim, "buyer")

        with pytest.raises(RulingStands):
            accept_ruling(trade, claim, "buyer")
        with pytest.raises(RulingStands):
            appeal(trade, claim, "buyer")
        appeal(trade, claim, "vendor")
        assert now_of(claim).is_appealed

    def test_the_winner_nobody_before_a_ruling_and_nobody_after_an_appeal_accepts(self) -> None:
        trade, _, claim = disputed()
        with pytest.raises(RulingStands):
            accept_ruling(trade, claim, "buyer")
        rule(claim, C.RELEASED, by=judge())
        with pytest.raises(RulingStands):
            accept_ruling(trade, claim, "vendor")
        appeal(trade, claim, "vendor")
        with pytest.raises(RulingStands):
            accept_ruling(trade, claim, "buyer")

    def test_a_stranger_accepts_nothing(self) -> None:
        _, _, claim = disputed()
        rule(claim, by=judge())
        other, _ = make_order(S.PLACED)

        for side in ("buyer", "vendor"):
            with pytest.raises(NotFound):
                accept_ruling(other, claim, side)


class TestDesk:
    """Who sees what on the desk's page of an appealed claim."""

    def page(self, client: FlaskClient, *, others: int) -> str:
        trade, _, claim = disputed()
        operator = make_company(is_operator=True)
        members = [make_member(operator, roles=[Role.PLATFORM_FINANCE]) for _ in range(others + 1)]
        rule(claim, by=actor_of(members[0], operator))
        appeal(trade, claim)
        log_in(client, members[0], operator)
        return client.get(f"/desk/problems/{claim.number}").text

    def test_whoever_ruled_first_reads_who_decides_now(self, client: FlaskClient) -> None:
        text = self.page(client, others=1)

        assert "another person decides about the appeal" in text
        assert "These may:" in text
        assert 'name="decision"' not in text

    def test_the_only_one_in_finance_reads_what_to_do(self, client: FlaskClient) -> None:
        text = self.page(client, others=0)

        assert "Give another member the role Platform finance" in text
        assert 'name="decision"' not in text


class TestPages:
    def test_the_loser_accepts_from_the_page_of_the_claim(self, client: FlaskClient) -> None:
        trade, order, claim = disputed()
        rule(claim, by=judge())
        log_in(client, trade.person, trade.buyer)
        at = f"/orders/{order.number}/claims/{claim.number}"
        assert "Accept the decision" in client.get(at).text

        answer = client.post(f"{at}/accept-ruling", data={"_once": "a"})

        assert answer.status_code == 303
        shown = client.get(at).text
        assert "Your side has accepted the decision" in shown
        assert "Why you appeal" not in shown
        assert client.post(f"{at}/accept-ruling", data={"_once": "b"}).status_code == 409
        log_in(client, trade.sellers[0], company_of(trade.vendors[0]))
        assert "Accept the decision" not in client.get(f"/portal/orders/{order.number}/claims/{claim.number}").text

    def test_each_side_appeals_from_the_page_of_the_claim(self, client: FlaskClient) -> None:
        trade, order, claim = disputed()
        rule(claim, by=judge())
        log_in(client, trade.person, trade.buyer)
        at = f"/orders/{order.number}/claims/{claim.number}"
        assert "Why you appeal" in client.get(at).text
        assert client.post(f"{at}/appeal", data={"reason": ""}).status_code == 422

        answer = client.post(f"{at}/appeal", data={"reason": "The second photo was not read.", "_once": "a"})

        assert answer.status_code == 303
        shown = client.get(at).text
        assert "The second photo was not read." in shown
        assert "Why you appeal" not in shown
        log_in(client, trade.sellers[0], company_of(trade.vendors[0]))
        assert "Why you appeal" in client.get(f"/portal/orders/{order.number}/claims/{claim.number}").text
        again = client.post(
            f"/portal/orders/{order.number}/claims/{claim.number}/appeal", data={"reason": "The carrier has signed.", "_once": "b"}
        )
        assert again.status_code == 303

    def test_what_cannot_be_appealed_is_said(self, client: FlaskClient) -> None:
        trade, order, claim = disputed()
        log_in(client, trade.person, trade.buyer)

        answer = client.post(f"/orders/{order.number}/claims/{claim.number}/appeal", data={"reason": "I do not like it."})

        assert answer.status_code == 409
        assert "nothing has been decided yet" in answer.text


class TestTheDesk:
    def test_the_first_judge_is_not_asked_to_decide_the_appeal_and_reads_who_is(self, client: FlaskClient) -> None:
        company, first = make_operator([Role.PLATFORM_FINANCE], name="S. Brandt")
        make_operator([Role.PLATFORM_FINANCE], name="Ines Duarte")
        trade, _, claim = disputed()
        rule(claim, by=actor_of(first, company))
        appeal(trade, claim)

        log_in(client, first, company)
        home = page(client.get("/desk"))
        listed = page(client.get("/desk/problems"))

        assert "another person decides it now. These may: Ines Duarte." in home
        assert "You decided first. The appeal is decided by: Ines Duarte." in listed
        assert f'Decide<span class="vh"> {claim.number}</span>' not in listed

    def test_another_one_is_asked_to_decide_it(self, client: FlaskClient) -> None:
        company, first = make_operator([Role.PLATFORM_FINANCE], name="S. Brandt")
        _, second = make_operator([Role.PLATFORM_FINANCE], name="Ines Duarte")
        trade, _, claim = disputed()
        rule(claim, by=actor_of(first, company))
        appeal(trade, claim)

        log_in(client, second, company)

        assert "you have decided before" not in page(client.get("/desk"))
        assert f'Decide<span class="vh"> {claim.number}</span>' in page(client.get("/desk/problems"))

    def test_the_navigation_counts_what_its_reader_may_decide(self, client: FlaskClient) -> None:
        company, first = make_operator([Role.PLATFORM_FINANCE], name="S. Brandt")
        _, second = make_operator([Role.PLATFORM_FINANCE], name="Ines Duarte")
        trade, _, claim = disputed()
        rule(claim, by=actor_of(first, company))
        appeal(trade, claim)
        new_trade, _, new = disputed()
        with clock.at(new.answer_by_at), transaction():
            services.hand_over_as_buyer(new.id, actor=new_trade.actor)

        def counted(person: Person) -> str | None:
            log_in(client, person, company)
            listed = page(client.get("/desk/problems"))
            assert claim.number in listed
            entry = re.search(r'<a href="/desk/problems"[^>]*><span>Problems</span>(?: <span class="count"[^>]*>(\d+)<)?', listed)
            assert entry is not None
            return entry[1]

        assert (counted(first), counted(second)) == ("1", "2")
        with transaction():
            services.rule_on_claim(new.number, ruling=C.RELEASED, amount_minor=None, reason="Seen.", actor=actor_of(second, company))
        assert (counted(first), counted(second)) == (None, "1")
