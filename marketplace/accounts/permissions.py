"""Who may do what: one table, role → permissions. Doors name the permission, queries apply the company (product.md §1, §2)."""

from collections.abc import Iterable
from enum import StrEnum

from marketplace.core.i18n import lazy


class Role(StrEnum):
    """What a member is in one company. Each side has its own kinds; a membership holds a set of them."""

    OWNER = "owner"
    ADMIN = "admin"
    BUYER = "buyer"
    APPROVER = "approver"
    REQUESTER = "requester"
    FINANCE = "finance"
    VIEWER = "viewer"
    VENDOR_OWNER = "vendor_owner"
    VENDOR_MANAGER = "vendor_manager"
    VENDOR_SALES = "vendor_sales"
    VENDOR_CATALOGUE = "vendor_catalogue"
    VENDOR_FINANCE = "vendor_finance"
    VENDOR_QUALITY = "vendor_quality"
    PLATFORM_ADMIN = "platform_admin"
    PLATFORM_VERIFIER = "platform_verifier"
    PLATFORM_SUPPORT = "platform_support"
    PLATFORM_FINANCE = "platform_finance"


BUYER_ROLES = frozenset({Role.OWNER, Role.ADMIN, Role.BUYER, Role.APPROVER, Role.REQUESTER, Role.FINANCE, Role.VIEWER})
VENDOR_ROLES = frozenset(role for role in Role if role.startswith("vendor_"))
PLATFORM_ROLES = frozenset(role for role in Role if role.startswith("platform_"))


class Permission(StrEnum):
    """One kind of act or sight. Routes name these; nothing else decides."""

    COMPANY_VIEW = "company.view"
    COMPANY_EDIT = "company.edit"
    MEMBER_EDIT = "member.edit"
    HISTORY_VIEW = "history.view"
    CART_EDIT = "cart.edit"
    ORDER_PLACE = "order.place"
    ORDER_VIEW = "order.view"
    ORDER_ACCEPT_GOODS = "order.accept_goods"
    PAYMENT_START = "payment.start"
    PAYMENT_VIEW = "payment.view"
    REVIEW_WRITE = "review.write"
    PORTAL_VIEW = "portal.view"
    PRODUCT_EDIT = "product.edit"
    SHOP_EDIT = "shop.edit"
    DECISION_APPEAL = "decision.appeal"
    VENDOR_ORDER_VIEW = "vendor_order.view"
    VENDOR_ORDER_FULFIL = "vendor_order.fulfil"
    VENDOR_MONEY_VIEW = "vendor_money.view"
    PAYOUT_EDIT = "payout.edit"
    REVIEW_REPLY = "review.reply"
    DESK_VIEW = "desk.view"
    VENDOR_VERIFY = "vendor.verify"
    VENDOR_SUSPEND = "vendor.suspend"
    HOLD_DECIDE = "hold.decide"
    LEDGER_VIEW = "ledger.view"
    AUDIT_VIEW = "audit.view"
    ANY_ORDER_VIEW = "any_order.view"
    SETTING_EDIT = "setting.edit"
    COMPANY_VISIT = "company.visit"
    CATEGORY_EDIT = "category.edit"
    SEARCH_EDIT = "search.edit"


P = Permission
_BUYER_SEES = {P.COMPANY_VIEW, P.ORDER_VIEW}
_BUYS = _BUYER_SEES | {P.CART_EDIT, P.ORDER_PLACE, P.ORDER_ACCEPT_GOODS, P.PAYMENT_START, P.PAYMENT_VIEW, P.REVIEW_WRITE}
_VENDOR_SEES = {P.COMPANY_VIEW, P.PORTAL_VIEW, P.VENDOR_ORDER_VIEW}
_VENDOR_ALL = _VENDOR_SEES | {P.PRODUCT_EDIT, P.SHOP_EDIT, P.VENDOR_ORDER_FULFIL, P.VENDOR_MONEY_VIEW, P.REVIEW_REPLY}
_DESK_SEES = {P.COMPANY_VIEW, P.DESK_VIEW, P.AUDIT_VIEW, P.ANY_ORDER_VIEW}

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.OWNER: frozenset(_BUYS | {P.COMPANY_EDIT, P.MEMBER_EDIT, P.HISTORY_VIEW}),
    Role.ADMIN: frozenset(_BUYS | {P.COMPANY_EDIT, P.MEMBER_EDIT, P.HISTORY_VIEW}),
    Role.BUYER: frozenset(_BUYS),
    Role.APPROVER: frozenset(_BUYER_SEES | {P.ORDER_ACCEPT_GOODS, P.PAYMENT_VIEW}),
    Role.REQUESTER: frozenset(_BUYER_SEES | {P.CART_EDIT}),
    Role.FINANCE: frozenset(_BUYER_SEES | {P.PAYMENT_START, P.PAYMENT_VIEW}),
    Role.VIEWER: frozenset(_BUYER_SEES),
    Role.VENDOR_OWNER: frozenset(_VENDOR_ALL | {P.DECISION_APPEAL, P.PAYOUT_EDIT, P.COMPANY_EDIT, P.MEMBER_EDIT, P.HISTORY_VIEW}),
    Role.VENDOR_MANAGER: frozenset(_VENDOR_ALL | {P.DECISION_APPEAL, P.MEMBER_EDIT}),
    Role.VENDOR_SALES: frozenset(_VENDOR_SEES | {P.VENDOR_ORDER_FULFIL, P.REVIEW_REPLY}),
    Role.VENDOR_CATALOGUE: frozenset(_VENDOR_SEES | {P.PRODUCT_EDIT, P.SHOP_EDIT}),
    Role.VENDOR_FINANCE: frozenset(_VENDOR_SEES | {P.VENDOR_MONEY_VIEW, P.PAYOUT_EDIT}),
    Role.VENDOR_QUALITY: frozenset(_VENDOR_SEES),
    Role.PLATFORM_ADMIN: frozenset(
        _DESK_SEES
        | {P.VENDOR_VERIFY, P.VENDOR_SUSPEND, P.HOLD_DECIDE, P.LEDGER_VIEW, P.SETTING_EDIT, P.COMPANY_EDIT, P.MEMBER_EDIT, P.HISTORY_VIEW}
        | {P.COMPANY_VISIT, P.CATEGORY_EDIT, P.SEARCH_EDIT}
    ),
    Role.PLATFORM_VERIFIER: frozenset(_DESK_SEES | {P.VENDOR_VERIFY, P.VENDOR_SUSPEND}),
    Role.PLATFORM_SUPPORT: frozenset(_DESK_SEES | {P.COMPANY_VISIT}),
    Role.PLATFORM_FINANCE: frozenset(_DESK_SEES | {P.HOLD_DECIDE, P.LEDGER_VIEW}),
}

OWNER_ROLES = frozenset({Role.OWNER, Role.VENDOR_OWNER, Role.PLATFORM_ADMIN})
"""Of each of these that a company has ever had, somebody must be left."""

UNCONFIRMED = frozenset({P.COMPANY_VIEW, P.COMPANY_EDIT, P.CART_EDIT, P.ORDER_VIEW, P.PORTAL_VIEW, P.VENDOR_ORDER_VIEW, P.DESK_VIEW})
"""All that is left of a person's rights until the e-mail address is confirmed: nothing public, no order (product.md §2)."""

_VISIT_SEES = {P.COMPANY_VIEW, P.HISTORY_VIEW}
VISITING_BUYER = frozenset(_VISIT_SEES | {P.CART_EDIT, P.ORDER_VIEW, P.PAYMENT_VIEW})
VISITING_VENDOR = frozenset(_VISIT_SEES | {P.PORTAL_VIEW, P.PRODUCT_EDIT, P.SHOP_EDIT, P.VENDOR_ORDER_VIEW, P.VENDOR_MONEY_VIEW})
"""What support may do as a company: look at all of it, fill its cart, edit its catalogue; nothing that binds it or moves money."""

ROLE_WORDS = {
    Role.OWNER: lazy("Owner"),
    Role.ADMIN: lazy("Administrator"),
    Role.BUYER: lazy("Buyer"),
    Role.APPROVER: lazy("Approver"),
    Role.REQUESTER: lazy("Requester"),
    Role.FINANCE: lazy("Finance"),
    Role.VIEWER: lazy("Viewer"),
    Role.VENDOR_OWNER: lazy("Shop owner"),
    Role.VENDOR_MANAGER: lazy("Shop manager"),
    Role.VENDOR_SALES: lazy("Sales"),
    Role.VENDOR_CATALOGUE: lazy("Catalogue"),
    Role.VENDOR_FINANCE: lazy("Shop finance"),
    Role.VENDOR_QUALITY: lazy("Quality"),
    Role.PLATFORM_ADMIN: lazy("Platform administrator"),
    Role.PLATFORM_VERIFIER: lazy("Verifier"),
    Role.PLATFORM_SUPPORT: lazy("Support"),
    Role.PLATFORM_FINANCE: lazy("Platform finance"),
}
ROLE_MEANINGS = {
    Role.OWNER: lazy("everything a buyer may do, the company, its members; also other owners"),
    Role.ADMIN: lazy("everything a buyer may do, the company, its members"),
    Role.BUYER: lazy("orders, pays, accepts goods, writes reviews"),
    Role.APPROVER: lazy("sees orders and payments, accepts goods"),
    Role.REQUESTER: lazy("fills the cart, cannot order"),
    Role.FINANCE: lazy("sees orders, pays"),
    Role.VIEWER: lazy("sees orders, changes nothing"),
    Role.VENDOR_OWNER: lazy("everything in the shop, its members, the payout account; also other owners"),
    Role.VENDOR_MANAGER: lazy("everything in the shop and its members, not the payout account"),
    Role.VENDOR_SALES: lazy("accepts and ships orders, answers reviews"),
    Role.VENDOR_CATALOGUE: lazy("products, prices, shop page"),
    Role.VENDOR_FINANCE: lazy("money and payout account"),
    Role.VENDOR_QUALITY: lazy("sees orders, changes nothing"),
    Role.PLATFORM_ADMIN: lazy("everything at the desk, its members"),
    Role.PLATFORM_VERIFIER: lazy("checks vendors, suspends them"),
    Role.PLATFORM_SUPPORT: lazy("sees orders and the audit log, acts as a company to help"),
    Role.PLATFORM_FINANCE: lazy("decides about held money, sees the ledger"),
}


def permissions_of(roles: frozenset[str]) -> frozenset[str]:
    """All permissions that a set of roles carries; unknown roles carry none."""
    return frozenset(p.value for role in Role if role in roles for p in ROLE_PERMISSIONS[role])


def known_roles(names: Iterable[str]) -> list[Role]:
    """The roles of a membership in the order of this table; one that the table no longer has is left out."""
    given = set(names)
    return [role for role in Role if role.value in given]


def roles_of_sides(*, is_buyer: bool, is_vendor: bool, is_operator: bool) -> list[Role]:
    """The roles that a company's members can have, by what the company does, in the order of this table."""
    kinds = (BUYER_ROLES if is_buyer else frozenset()) | (VENDOR_ROLES if is_vendor else frozenset())
    kinds |= PLATFORM_ROLES if is_operator else frozenset()
    return [role for role in Role if role in kinds]


def may_grant(own_roles: frozenset[str], role: Role) -> bool:
    """Whether somebody may give or take a role: nobody hands out more than they hold, and only owners make owners."""
    own = permissions_of(own_roles)
    if Permission.MEMBER_EDIT not in own or (role in OWNER_ROLES and role not in own_roles):
        return False
    return ROLE_PERMISSIONS[role] <= own
