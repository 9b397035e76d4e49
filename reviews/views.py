"""The pages of reviews: writing and changing one, the vendor's list with replies, and how the score is made."""

from datetime import datetime
from uuid import UUID

from flask import Blueprint, flash, render_template, request

from marketplace.accounts.permissions import Permission
from marketplace.core import i18n, policy
from marketplace.core.acting import Page, answer_once, viewer_here
from marketplace.core.db import transaction
from marketplace.core.errors import Conflict
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext
from marketplace.core.ids import parse_id
from marketplace.core.web import current_actor, path_id, public, requires, see_other
from reviews import queries, services
from reviews.errors import AlreadyReplied, EditNotPossible, NotDelivered, ReplyTooLate
from reviews.schemas import ReplyInput, ReviewInput

bp = Blueprint("reviews", __name__)
blueprints = [bp]
PAGE = 20


@bp.get("/reviews/score")
@public
def show_score() -> str:
    """How the score is made, with the numbers in force."""
    return render_template("reviews/show_score.html", numbers=policy.current())


@bp.get("/reviews")
@requires(Permission.REVIEW_WRITE)
def list_lines_to_review() -> str:
    """Delivered lines that can still be reviewed."""
    return render_template("reviews/list_lines_to_review.html", lines=queries.lines_to_review(viewer_here().company_id))


@bp.get("/reviews/new")
@requires(Permission.REVIEW_WRITE)
def write_review() -> Page:
    """The form for one line; a line that has its review leads to it."""
    line = queries.line_of_buyer(path_id(request.args.get("line", "")), buyer_id=viewer_here().company_id)
    written = queries.reviews_of_lines([line.line_id], buyer_id=line.buyer_id)
    if line.line_id in written:
        return see_other("reviews.show_review", review_id=written[line.line_id].id)
    if not line.is_delivered:
        raise NotDelivered
    return render_template("reviews/write_review.html", line=line, form=Form(ReviewInput))


@bp.post("/reviews/new")
@requires(Permission.REVIEW_WRITE)
def save_review() -> Page:
    """Take a review."""
    line = queries.line_of_buyer(path_id(request.values.get("line", "")), buyer_id=viewer_here().company_id)
    form = Form(ReviewInput, request.form)
    if not form.is_valid():
        return render_template("reviews/write_review.html", line=line, form=form), 422
    language = i18n.TAGS[i18n.locale()]
    try:
        written = answer_once(
            "write_review",
            {"line": line.line_id, **form.data.model_dump()},
            lambda: {"review_id": str(services.write_review(line.line_id, form.data, language=language, actor=current_actor()))},
        )
    except Conflict as refusal:
        form.add_error("form", gettext(refusal.text))
        line = queries.line_of_buyer(line.line_id, buyer_id=viewer_here().company_id)
        return render_template("reviews/write_review.html", line=line, form=form), 409
    flash(gettext("Your review is published."), "done")
    return see_other("reviews.show_review", review_id=written["review_id"])


@bp.get("/reviews/<review_id>")
@requires(Permission.REVIEW_WRITE)
def show_review(review_id: str) -> str:
    """The company's own review, with the vendor's reply."""
    review = queries.review_of_buyer(path_id(review_id), buyer_id=viewer_here().company_id)
    return render_template("reviews/show_review.html", review=review)


@bp.get("/reviews/<review_id>/edit")
@requires(Permission.REVIEW_WRITE)
def edit_review(review_id: str) -> str:
    """The form for the one change."""
    review = queries.review_of_buyer(path_id(review_id), buyer_id=viewer_here().company_id)
    if not review.can_be_edited:
        raise EditNotPossible
    initial = {name: getattr(review, name) for name in (*services.MARKS, "text")}
    initial["would_reorder"] = "yes" if review.would_reorder else "no"
    return render_template("reviews/edit_review.html", review=review, form=Form(ReviewInput, initial=initial))


@bp.post("/reviews/<review_id>/edit")
@requires(Permission.REVIEW_WRITE)
def save_edited_review(review_id: str) -> Page:
    """Take the one change."""
    review = queries.review_of_buyer(path_id(review_id), buyer_id=viewer_here().company_id)
    form = Form(ReviewInput, request.form)
    if not form.is_valid():
        return render_template("reviews/edit_review.html", review=review, form=form), 422
    try:
        with transaction():
            services.edit_review(review.id, form.data, language=i18n.TAGS[i18n.locale()], actor=current_actor())
    except EditNotPossible as refusal:
        form.add_error("form", gettext(refusal.text))
        return render_template("reviews/edit_review.html", review=review, form=form), 409
    flash(gettext("Your review is changed."), "done")
    return see_other("reviews.show_review", review_id=review.id)


@bp.get("/portal/reviews")
@requires(Permission.PORTAL_VIEW)
def list_vendor_reviews() -> str:
    """What buyers wrote about the vendor's products, newest first, with a reply form where one may be given."""
    return _vendor_reviews(Form(ReplyInput), None)


@bp.post("/portal/reviews/<review_id>/reply")
@requires(Permission.REVIEW_REPLY)
def reply_to_review(review_id: str) -> Page:
    """Take the vendor's reply."""
    answered_id = path_id(review_id)
    form = Form(ReplyInput, request.form)
    if not form.is_valid():
        return _vendor_reviews(form, answered_id), 422
    try:
        with transaction():
            services.reply_to_review(answered_id, form.data, actor=current_actor())
    except (AlreadyReplied, ReplyTooLate) as refusal:
        form.add_error("text", gettext(refusal.text))
        return _vendor_reviews(form, answered_id), 409
    flash(gettext("Your reply is published."), "done")
    return see_other("reviews.list_vendor_reviews", _anchor=f"review-{answered_id}")


def _vendor_reviews(form: Form[ReplyInput], answered_id: UUID | None) -> str:
    vendor_id = viewer_here().company_id
    reviews = queries.reviews_of_vendor(vendor_id, limit=PAGE + 1, before=_cursor(request.args.get("after")))
    page, rest = reviews[:PAGE], reviews[PAGE:]
    return render_template(
        "reviews/list_vendor_reviews.html",
        reviews=page,
        next=f"{page[-1].written_at.isoformat()}_{page[-1].id}" if rest else None,
        score=queries.score_of_vendors([vendor_id])[vendor_id],
        waiting=queries.reviews_without_reply(vendor_id),
        form=form,
        answered_id=answered_id,
    )


def _cursor(written: str | None) -> tuple[datetime, UUID] | None:
    """The place in the list that a link of ours names; nonsense is the beginning."""
    at, _, identifier = (written or "").partition("_")
    review_id = parse_id(identifier)
    if review_id is None:
        return None
    try:
        instant = datetime.fromisoformat(at.replace(" ", "+"))
    except ValueError:
        return None
    return (instant, review_id) if instant.tzinfo else None
