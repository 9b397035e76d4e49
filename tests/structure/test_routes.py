"""Routes deny by default: each names a permission or stands on the public list."""

from flask import Flask

from marketplace.accounts.permissions import Permission
from marketplace.core.web import UNSEEN

PUBLIC = {
    "accounts.accept_invitation",
    "accounts.confirm_email",
    "accounts.confirm_new_address",
    "accounts.forgot_password",
    "accounts.give_second_step",
    "accounts.edit_ship_to",
    "accounts.log_in",
    "accounts.log_in_with_passkey",
    "accounts.reset_password",
    "accounts.show_file",
    "accounts.show_paper",
    "accounts.show_mail_sent",
    "accounts.show_thumbnail",
    "admin.show_metrics",
    "accounts.sign_up",
    "admin.list_mail",
    "admin.show_letter",
    "admin.show_decisions",
    "admin.show_fees",
    "admin.show_public_status",
    "admin.show_rules",
    "catalogue.read_document",
    "catalogue.show_photo",
    "catalogue.show_product",
    "core.set_theme",
    "health.healthz",
    "health.readyz",
    "payments.receive_stripe_event",
    "reviews.show_score",
    "search.ask_stop",
    "search.compare",
    "search.export_category_table",
    "search.export_compare",
    "search.export_table",
    "search.results",
    "search.show_categories",
    "search.show_category",
    "search.show_category_table",
    "search.show_start",
    "search.show_table",
    "search.show_why",
    "search.stop_search",
    "search.suggest",
    "vendors.list_shop_products",
    "vendors.list_shops",
    "vendors.show_shop",
}
SIGNED_IN = "signed_in"


def views(app: Flask) -> dict[str, tuple[str, ...]]:
    """Endpoint → what its view declares."""
    return {name: getattr(view, "permissions", ()) for name, view in app.view_functions.items() if name != "static"}


def test_every_route_names_what_it_asks_for(app: Flask) -> None:
    assert [name for name, permissions in views(app).items() if not permissions] == []


def test_the_public_list_is_the_published_one(app: Flask) -> None:
    assert {name for name, permissions in views(app).items() if permissions == ("public",)} == PUBLIC


def test_every_named_permission_exists(app: Flask) -> None:
    named = {p for permissions in views(app).values() for p in permissions} - {"public", SIGNED_IN}

    assert named <= {p.value for p in Permission}


def test_endpoints_that_never_look_for_a_session_exist(app: Flask) -> None:
    assert set(app.view_functions) >= UNSEEN
