"""Categories that the platform's administrator changes, retires, merges and takes back."""

from datetime import UTC, datetime

from marketplace.catalogue.models import AttributeDefinition, CategoryAttribute, CategoryChange, CategoryChangeKind, CategoryMove
from marketplace.catalogue.taxonomy import attribute_snapshot, category_snapshot, digest
from marketplace.core.db import db
from marketplace.core.ids import new_id
from tests.factories.catalogue import make_attribute, make_category
from tests.walls.side import Side


def make_taxonomy(side: Side) -> None:
    """Two empty categories, an attribute, and a change that can be taken back."""
    spare = make_category(slug=f"wall-spare-{side.name}", name="Spare")
    other = make_category(slug=f"wall-other-{side.name}", name="Other")
    known = db.session.query(AttributeDefinition).filter_by(code="wall_colour").one_or_none()
    attribute = known or make_attribute(code="wall_colour", name="Colour")
    asked = CategoryAttribute(
        category_id=spare.id, attribute_id=attribute.id, is_required=False, is_facet=True, is_comparable=True, position=1
    )
    db.session.add(asked)
    before = {**category_snapshot(other), "name": {"en": "Others"}}
    change = CategoryChange(
        id=new_id(),
        category_id=other.id,
        kind=CategoryChangeKind.EDITED,
        subject_id=other.id,
        before=before,
        after=category_snapshot(other),
        product_ids=[],
        state=CategoryMove.STANDS,
        total=0,
        done=0,
        made_by=None,
        made_by_name="",
        made_at=datetime(2026, 1, 5, tzinfo=UTC),
        undone_at=None,
    )
    db.session.add(change)
    db.session.flush()  # the ids are written down
    side.ids |= {
        "spare_category": str(spare.id),
        "spare_seen": digest(category_snapshot(spare)),
        "other_category": str(other.id),
        "attribute_seen": digest(attribute_snapshot(attribute, asked)),
        "category_change": str(change.id),
    }
