"""Photos of a listing for its vendor; and each photo for whoever may see it."""

from uuid import UUID

from flask import flash, render_template, request
from werkzeug.wrappers import Response

from marketplace.accounts.permissions import Permission
from marketplace.catalogue import queries, services
from marketplace.catalogue.errors import TooManyPictures
from marketplace.catalogue.models import PictureState
from marketplace.catalogue.reasons import REASONS
from marketplace.catalogue.schemas import PictureInput
from marketplace.catalogue.services.pictures import LIMIT
from marketplace.catalogue.views.blueprint import bp
from marketplace.catalogue.views.form_page import product_tabs
from marketplace.catalogue.views.portal import vendor_id
from marketplace.catalogue.views.reader import keys_of_reader
from marketplace.catalogue.wording import STATES
from marketplace.core import files, pictures
from marketplace.core.acting import Page, act_once
from marketplace.core.db import outside, transaction
from marketplace.core.errors import NotFound
from marketplace.core.files import FileRefused
from marketplace.core.forms import Form
from marketplace.core.headers import FILE_POLICY_HEADER
from marketplace.core.i18n import gettext, lazy
from marketplace.core.pictures import WIDTHS, PictureRefused
from marketplace.core.web import current_actor, current_viewer, path_id, public, requires, see_other

PICTURE_WORDS = {
    PictureState.WAITING: (lazy("The platform looks at it"), None),
    PictureState.SHOWN: (lazy("Shown"), "done"),
    PictureState.REFUSED: (lazy("Refused"), "late"),
}
NOT_A_PHOTO = lazy("Send a PNG or JPEG of up to 10 MB.")


@bp.route("/portal/products/<product_id>/photos", methods=["GET", "POST"])
@requires(Permission.PRODUCT_EDIT)
def list_pictures(product_id: str) -> Page:
    """The photos of a listing in their order; a further one is added here."""
    own = queries.own_product(path_id(product_id), vendor_id=vendor_id())
    form = Form(PictureInput, request.form if request.method == "POST" else None)
    if request.method != "POST":
        return _pictures_page(own, form)
    is_valid = form.is_valid()
    content = _photo(form)
    if not is_valid or content is None:
        return _pictures_page(own, form), 422
    with transaction():
        stored = files.record(own.vendor_id, request.files["file"].filename or "", content)
    outside()
    files.store_picture(stored, content)
    try:
        act_once(
            "add_picture",
            {"product": own.id, "file": stored.sha256, **form.data.model_dump()},
            lambda: services.add_picture(own.id, stored, _alt(form.data), actor=current_actor()),
        )
    except TooManyPictures as refused:
        form.add_error("file", gettext(refused.text))
        return _pictures_page(own, form), refused.status
    flash(gettext("Added. Buyers see it when the platform has looked at it."), "done")
    return see_other("catalogue.list_pictures", product_id=own.id)


def _photo(form: Form[PictureInput]) -> bytes | None:
    """The photo that was sent; None when there is none that is taken, which then stands at the field."""
    sent = request.files.get("file")
    content = b""
    if sent is not None and sent.filename:
        content = sent.read(files.MAX_BYTES + 1)
        sent.close()  # a large one lies in a temporary file
    if not content:
        form.add_error("file", gettext("Choose a file."))
        return None
    try:
        if not files.check(content).startswith("image/"):
            raise FileRefused
        pictures.thumbnails(content)
    except FileRefused:
        form.add_error("file", gettext(NOT_A_PHOTO))
    except PictureRefused as refused:
        form.add_error("file", gettext(refused.text))
    else:
        return content
    return None


def _alt(data: PictureInput) -> dict[str, str]:
    return {language: text for language, text in (("en", data.alt_en), ("zh-Hans", data.alt_zh)) if text}


def _pictures_page(own: queries.OwnProduct, form: Form[PictureInput]) -> str:
    own = queries.own_product(own.id, vendor_id=own.vendor_id)
    return render_template(
        "catalogue/list_pictures.html",
        product=own,
        pictures=queries.own_pictures(own.id, vendor_id=own.vendor_id),
        form=form,
        limit=LIMIT,
        picture_words=PICTURE_WORDS,
        reasons=REASONS,
        state=STATES[own.state],
        tabs=product_tabs(own.id, "pictures"),
    )


@bp.route("/portal/products/<product_id>/photos/<picture_id>", methods=["GET", "POST"])
@requires(Permission.PRODUCT_EDIT)
def describe_picture(product_id: str, picture_id: str) -> Page:
    """What a photo shows, in words."""
    own = queries.own_product(path_id(product_id), vendor_id=vendor_id())
    picture = next((row for row in queries.own_pictures(own.id, vendor_id=own.vendor_id) if row.id == path_id(picture_id)), None)
    if picture is None:
        raise NotFound
    if request.method == "POST":
        form = Form(PictureInput, request.form)
        if form.is_valid():
            with transaction():
                services.describe_picture(picture.id, _alt(form.data), product_id=own.id, actor=current_actor())
            flash(gettext("Saved."), "done")
            return see_other("catalogue.list_pictures", product_id=own.id)
        return render_template("catalogue/describe_picture.html", product=own, picture=picture, form=form), 422
    start = {"alt_en": picture.alt.get("en", ""), "alt_zh": picture.alt.get("zh-Hans", "")}
    return render_template("catalogue/describe_picture.html", product=own, picture=picture, form=Form(PictureInput, initial=start))


@bp.post("/portal/products/<product_id>/photos/<picture_id>/up")
@requires(Permission.PRODUCT_EDIT)
def move_picture_up(product_id: str, picture_id: str) -> Response:
    """One place nearer to the beginning."""
    with transaction():
        services.move_picture_up(path_id(picture_id), product_id=path_id(product_id), actor=current_actor())
    return see_other("catalogue.list_pictures", product_id=product_id)


@bp.post("/portal/products/<product_id>/photos/<picture_id>/remove")
@requires(Permission.PRODUCT_EDIT)
def remove_picture(product_id: str, picture_id: str) -> Response:
    """Away with it."""
    with transaction():
        services.remove_picture(path_id(picture_id), product_id=path_id(product_id), actor=current_actor())
    flash(gettext("Taken away."), "done")
    return see_other("catalogue.list_pictures", product_id=product_id)


@bp.get("/photos/<picture_id>/<int:width>.webp")
@public
def show_photo(picture_id: str, width: int) -> Response:
    """A photo as pages show it, for whoever may see its product."""
    viewer = current_viewer()
    key: UUID = path_id(picture_id)
    photo = queries.photo_for(
        key,
        keys=keys_of_reader(viewer),
        company_id=viewer.company_id if viewer else None,
        is_staff=viewer is not None and viewer.is_staff,
    )
    outside()
    if width not in WIDTHS:
        raise NotFound
    response = Response(files.read_thumbnail(photo.stored, width), mimetype="image/webp")
    response.headers["Content-Security-Policy"] = FILE_POLICY_HEADER
    response.headers["Cache-Control"] = "public, max-age=86400" if photo.is_public else "private, no-store"
    return response
