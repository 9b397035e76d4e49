"""The versions of a listing for its vendor: who changed what, and when."""

from flask import render_template

from marketplace.accounts.permissions import Permission
from marketplace.catalogue import queries
from marketplace.catalogue.views.blueprint import bp
from marketplace.catalogue.views.both import differences_in_words
from marketplace.catalogue.views.form_page import category_options, product_tabs
from marketplace.catalogue.views.portal import vendor_id
from marketplace.catalogue.wording import STATES
from marketplace.core.web import path_id, requires


@bp.get("/portal/products/<product_id>/versions")
@requires(Permission.PRODUCT_EDIT)
def list_versions(product_id: str) -> str:
    """The versions of a listing, the newest first; orders keep the one they saw."""
    own = queries.own_product(path_id(product_id), vendor_id=vendor_id())
    versions = queries.versions_of_product(own.id)
    contents = [version.content for version in versions]
    known = queries.definitions_by_code({code for content in contents for code in codes_of(content)})
    names = category_names()
    rows = [
        (version, differences_in_words(older.content, version.content, known=known, names=names) if older else None)
        for version, older in zip(versions, [*versions[1:], None], strict=True)
    ]
    if len(rows) > queries.VERSION_LIMIT:
        rows = rows[:-1]  # the last one is only what the one before is compared with
    return render_template(
        "catalogue/list_versions.html", product=own, rows=rows, state=STATES[own.state], tabs=product_tabs(own.id, "versions")
    )


def codes_of(content: dict[str, object]) -> set[str]:
    """The attributes that a content or one of its variants has."""
    variants = content["variants"]
    own = content["attributes"]
    found = set(own) if isinstance(own, dict) else set()
    return found.union(*(variant["attributes"] for variant in variants)) if isinstance(variants, list) else found


def category_names() -> dict[str, str]:
    """Id of a category → its name."""
    return {key: name for _, leaves in category_options() for key, name in leaves}
