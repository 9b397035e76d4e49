"""A small made-up catalogue for the contract, the same each time."""

import random
from datetime import UTC, datetime, timedelta
from uuid import UUID

from search.documents import AttributeValue, IndexRow

VENDORS = tuple(UUID(int=0x100 + n) for n in range(5))
COLOURS = ("red", "blue", "green")
MATERIALS = {"stainless-a2": ("Stainless steel A2", "不锈钢 A2"), "brass": ("Brass", "黄铜"), "nylon": ("Nylon",)}
THINGS = (
    ("Hex bolt", "六角螺栓", "hex-bolts", ("Hex bolts and screws", "六角螺栓与螺钉"), "fasteners"),
    ("Flange nut", "法兰螺母", "nuts", ("Nuts", "螺母"), "fasteners"),
    ("Ball valve", "球阀", "valves", ("Ball valves", "球阀"), "pipes"),
    ("Cable gland", "电缆接头", "glands", ("Cable glands", "电缆接头"), "electric"),
)
NEWEST = datetime(2026, 11, 1, tzinfo=UTC)


def variant(number: int) -> UUID:
    """The id of the n-th variant."""
    return UUID(int=0x1000 + number)


def make_row(number: int = 1, **changes: object) -> IndexRow:
    """A bolt that everybody may see."""
    facts: dict[str, object] = {
        "variant_id": variant(number),
        "product_id": UUID(int=0x5000 + number),
        "vendor_id": VENDORS[0],
        "version": 1,
        "titles": {"en": "Hex bolt M8 × 40 mm"},
        "sku": f"HB-{number:04d}",
        "tiers": ((1, 1_000_000),),
        "lead_times": ((None, 5),),
        "published_at": NEWEST,
    }
    return IndexRow(**(facts | changes))  # type: ignore[arg-type]


def catalogue(size: int = 120) -> list[IndexRow]:
    """Rows that differ in everything that can be searched, filtered, counted or sorted."""
    chance = random.Random(41)
    rows = []
    for number in range(size):
        english, chinese, leaf, names, root = chance.choice(THINGS)
        thread, length = chance.choice((6, 8, 10)), chance.choice((20, 40, 60))
        material = chance.choice(list(MATERIALS))
        first = chance.choice((1, 100, 1_000))
        steps = sorted(chance.sample((1, 5, 10, 50), chance.randint(1, 4)))
        price = chance.randrange(1_000_000, 90_000_000, 1_000)
        attributes = {
            "material": AttributeValue(material, texts=MATERIALS[material]),
            "length": AttributeValue(float(length), "mm"),
            "sealed": AttributeValue(chance.random() < 0.5, name="Sealed"),
        }
        if chance.random() < 0.7:
            attributes["colour"] = AttributeValue(chance.choice(COLOURS))
        if chance.random() < 0.6:
            attributes["pressure"] = AttributeValue(round(chance.uniform(0.5, 40), 1), "bar")
        rows.append(
            make_row(
                number,
                product_id=UUID(int=0x5000 + number // 2),
                vendor_id=chance.choice(VENDORS),
                titles={"en": f"{english} M{thread} × {length} mm"}
                | ({"zh-Hans": f"{chinese} M{thread} × {length} mm"} if chance.random() < 0.5 else {}),
                sku=f"{leaf[:2].upper()}-{thread:02d}{length}/{number:03d}",
                mpn=f"{1000 + number}.{thread}",
                codes=(f"40{number:010d}5",),
                brand=chance.choice(("Norrvik", "Qianzhu", "Pallwerk")),
                categories=(root, leaf),
                category_names=names,
                keywords=("machine screw",) if chance.random() < 0.3 else (),
                descriptions={"en": chance.choice(("Rolled thread", "Turned from bar, deburred", "Tested at ten bar"))},
                attributes=attributes,
                tiers=tuple((first * step, int(price * (1 - 0.03 * place))) for place, step in enumerate(steps)),
                minimum=first,
                lead_times=chance.choice((((500, 3), (None, 20)), ((None, 7),), ((100, None), (None, 30)), ())),
                turn=number % 4,
                available=chance.choice([0, 0, 1, 5_000, 10**6]),
                sample=chance.random() < 0.3,
                visibility=chance.choice((("all",), ("all",), ("registered",), ("country:SE", "company:7"))),
                published_at=NEWEST - timedelta(hours=chance.randrange(10_000)),
            )
        )
    return rows


ROWS = catalogue()
BY_ID = {row.variant_id: row for row in ROWS}
