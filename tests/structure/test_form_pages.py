"""Forms in the sources of pages: what somebody writes is not lost by leaving."""

import re

from tests.structure.test_house import ROOMS, ROOT, name_of

FORM = re.compile(r"(<form\b(?:[^>{]|\{\{.*?\}\}|\{%.*?%\})*>)(.*?)</form>", re.DOTALL)
MACROS = "text_area|field|country_field|number|number_field|choices|role_choices|pick|select|file"
TYPED = re.compile(rf"(?<![\w.])(?:{MACROS})\(|<textarea|<select|<input(?![^>]*type=\"hidden\")")
# One short answer, given anew in a moment: a password or a code, an amount, the name of a list, a view or a key, a file, one choice.
SHORT = frozenset(
    {
        "accounts/accept_invitation.html", "accounts/add_passkey.html", "accounts/change_address.html", "accounts/change_password.html",
        "accounts/confirm_identity.html", "accounts/edit_ship_to.html", "accounts/forgot_password.html",
        "accounts/give_second_step.html", "accounts/log_in.html", "accounts/rename_passkey.html", "accounts/reset_password.html",
        "accounts/set_up_app.html", "carts/add_line.html",
        "carts/choose_list.html", "carts/list_lists.html", "catalogue/list_imports.html", "catalogue/merge_category.html",
        "macros/tables.html", "saved_views/save_view.html", "search/save_search.html", "vendors/_assign.html",
    }
)  # fmt: skip


def test_a_form_that_is_written_into_asks_before_it_is_left() -> None:
    asks: list[str] = []
    silent: list[str] = []
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("templates/**/*.html")):
            if "simulator" in path.parts or "/".join(path.parts[-2:]) in SHORT:
                continue
            for tag, body in FORM.findall(path.read_text(encoding="utf-8")):
                if 'method="post"' in tag and TYPED.search(body):
                    (asks if re.search(r'data-module="[^"]*guard', tag) else silent).append(f"{name_of(path)}: {tag[:80]}")

    assert len(asks) > 60
    assert silent == [], 'add data-module="guard"'
