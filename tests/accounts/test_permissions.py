"""Who may give which role."""

import pytest

from marketplace.accounts.permissions import ROLE_MEANINGS, ROLE_WORDS, Role, may_grant, roles_of_sides


def test_every_role_has_a_word_and_a_meaning() -> None:
    assert set(ROLE_WORDS) == set(ROLE_MEANINGS) == set(Role)


@pytest.mark.parametrize(
    ("own", "role", "may"),
    [
        (Role.OWNER, Role.OWNER, True),
        (Role.ADMIN, Role.OWNER, False),
        (Role.ADMIN, Role.BUYER, True),
        (Role.ADMIN, Role.VENDOR_SALES, False),
        (Role.BUYER, Role.VIEWER, False),
        (Role.VENDOR_MANAGER, Role.VENDOR_FINANCE, False),
        (Role.VENDOR_MANAGER, Role.VENDOR_SALES, True),
        (Role.VENDOR_OWNER, Role.VENDOR_FINANCE, True),
        (Role.PLATFORM_ADMIN, Role.PLATFORM_FINANCE, True),
        (Role.OWNER, Role.PLATFORM_SUPPORT, False),
    ],
)
def test_nobody_gives_more_than_they_hold_and_only_owners_make_owners(own: Role, role: Role, may: bool) -> None:
    assert may_grant(frozenset({own}), role) is may


def test_a_buyer_has_no_roles_of_a_shop() -> None:
    roles = roles_of_sides(is_buyer=True, is_vendor=False, is_operator=False)

    assert Role.BUYER in roles
    assert not any(role.startswith(("vendor_", "platform_")) for role in roles)
