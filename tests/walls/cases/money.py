"""Reviews."""

from tests.walls.case import Case, Ref

REVIEW = {
    "stars": "4",
    "quality": "4",
    "on_time": "5",
    "communication": "4",
    "documents": "3",
    "would_reorder": "yes",
    "text": "Gauge passed on all samples.",
}


CASES = [
    Case("reviews.show_score", owner="visitor", strangers="served"),
    Case("reviews.list_lines_to_review"),
    Case("reviews.write_review", query={"line": Ref("line_to_review")}),
    Case("reviews.save_review", "POST", query={"line": Ref("line_to_review")}, body=REVIEW),
    Case("reviews.show_review", at={"review_id": Ref("review")}),
    Case("reviews.edit_review", at={"review_id": Ref("review")}),
    Case("reviews.save_edited_review", "POST", at={"review_id": Ref("review")}, body=REVIEW),
    Case("reviews.list_vendor_reviews", owner="vendor"),
    Case("reviews.reply_to_review", "POST", owner="vendor", at={"review_id": Ref("review")}, body={"text": "Thank you."}),
]
