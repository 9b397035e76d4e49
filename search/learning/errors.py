"""What is refused of synonyms and pins."""

from marketplace.core.errors import Conflict
from marketplace.core.i18n import lazy


class RuleRefused(Conflict):
    """The synonym or pin cannot be so; `field` names what is wrong, `values` fill the text."""

    code = "search_rule_refused"
    message = lazy("This cannot be done as things stand now.")

    def __init__(self, field: str, text: str, **values: object) -> None:
        super().__init__(text, field=field)
        self.field = field
        self.values = values


class TakenBackAlready(Conflict):
    """The change was taken back before: a second press, or a colleague's."""

    code = "search_change_taken_back"
    message = lazy("This was taken back already. Nothing more was changed.")


class RuleChangedSince(Conflict):
    """Somebody else has changed it since the form was opened."""

    code = "search_rule_changed_since"
    message = lazy("Somebody else has changed this since. Below stands what is true now; save again to write yours over it.")


class RuleRemovedSince(RuleChangedSince):
    """Somebody else has removed it since the form was opened."""

    code = "search_rule_removed_since"
    message = lazy("Somebody else has removed this since. Save again to add it with what stands below.")
