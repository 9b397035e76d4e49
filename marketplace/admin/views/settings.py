"""The numbers of the trade, each with its unit, meaning and history."""

from flask import flash, render_template, request
from pydantic_core import PydanticCustomError

from marketplace.accounts.permissions import Permission
from marketplace.admin import services
from marketplace.admin.errors import Stale
from marketplace.admin.schemas import SettingInput
from marketplace.admin.settings import SETTINGS, Setting, groups, understood
from marketplace.admin.views.blueprint import bp
from marketplace.core import audit, policy
from marketplace.core.acting import Page
from marketplace.core.db import transaction
from marketplace.core.errors import NotFound
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext
from marketplace.core.web import current_actor, requires, see_other, steps_up


@bp.get("/desk/settings")
@requires(Permission.DESK_VIEW)
def list_settings() -> str:
    """Every number with what it is now and by default."""
    return render_template("admin/list_settings.html", groups=groups(), current=policy.current())


def _understood(setting: Setting, form: Form[SettingInput]) -> int | str | None:
    """The value that was typed, read also where the reason is missing, so that both are told at once; None where one is wrong."""
    if not form.is_valid() and form.error("value"):
        return None
    try:
        return understood(setting, form.value("value"))
    except PydanticCustomError as error:
        found = error.context or {}
        form.add_error("value", gettext(str(found["message"]), **dict(found["values"])))
        return None


@bp.route("/desk/settings/<key>", methods=["GET", "POST"])
@requires(Permission.SETTING_EDIT)
@steps_up
def edit_setting(key: str) -> Page:
    """One number: change it with a reason; below, who changed it when and why."""
    setting = SETTINGS.get(key)
    if setting is None:
        raise NotFound
    now = getattr(policy.current(), key)
    form = Form(SettingInput, request.form if request.method == "POST" else None, initial={"value": setting.in_field(now)})
    status = 200
    if request.method == "POST":
        status = 422
        value = _understood(setting, form)
        if not form.errors and value is not None:
            try:
                seen = (
                    form.data.seen
                    if setting.is_text
                    else int(form.data.seen)
                    if form.data.seen.isascii() and form.data.seen.isdigit()
                    else -1
                )
                with transaction():
                    services.change_setting(key, value, seen=seen, reason=form.data.reason, actor=current_actor())
                flash(gettext("Saved. It counts from now on; what is agreed already stays."), "done")
                return see_other("admin.list_settings")
            except Stale as stale:
                status = 409
                form.add_error("value", gettext(stale.text, now=setting.written(stale.facts["now"])))
                now = stale.facts["now"]
    history = audit.history_of(services.setting_id(key), company_id=None)
    return render_template("admin/edit_setting.html", setting=setting, now=now, form=form, history=history), status
