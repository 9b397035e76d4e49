"""Parts of a country that tax by themselves (pure): the codes of ISO 3166-2 without their country, from what people write."""

import re

US_STATES = {
    "AL": "Alabama", "AK": "Alaska", "AZ": "Arizona", "AR": "Arkansas", "CA": "California", "CO": "Colorado", "CT": "Connecticut",
    "DE": "Delaware", "DC": "District of Columbia", "FL": "Florida", "GA": "Georgia", "HI": "Hawaii", "ID": "Idaho", "IL": "Illinois",
    "IN": "Indiana", "IA": "Iowa", "KS": "Kansas", "KY": "Kentucky", "LA": "Louisiana", "ME": "Maine", "MD": "Maryland",
    "MA": "Massachusetts", "MI": "Michigan", "MN": "Minnesota", "MS": "Mississippi", "MO": "Missouri", "MT": "Montana", "NE": "Nebraska",
    "NV": "Nevada", "NH": "New Hampshire", "NJ": "New Jersey", "NM": "New Mexico", "NY": "New York", "NC": "North Carolina",
    "ND": "North Dakota", "OH": "Ohio", "OK": "Oklahoma", "OR": "Oregon", "PA": "Pennsylvania", "RI": "Rhode Island",
    "SC": "South Carolina", "SD": "South Dakota", "TN": "Tennessee", "TX": "Texas", "UT": "Utah", "VT": "Vermont", "VA": "Virginia",
    "WA": "Washington", "WV": "West Virginia", "WI": "Wisconsin", "WY": "Wyoming",
}  # fmt: skip
_BY_NAME = {name.casefold(): code for code, name in US_STATES.items()}
TAXED_BY_REGION = frozenset({"US"})
"""Countries that have no tax of their own on a sale, only their parts have: without the part nothing is known, so addresses name it."""


def region_code(country: str, written: str | None) -> str:
    """`Wisconsin`, `wi` and `US-WI` are `WI`; '' where nothing is written or the country does not know it."""
    text = " ".join((written or "").split())
    text = re.sub(rf"^{re.escape(country)}[- ]", "", text, flags=re.IGNORECASE)
    if country == "US":
        code = text.upper().replace(".", "")
        return code if code in US_STATES else _BY_NAME.get(text.casefold(), "")
    return text.upper() if re.fullmatch(r"[A-Za-z0-9]{1,3}", text) else ""


def region_name(country: str, code: str) -> str:
    """The name of a part, or its code where only the code is known."""
    return US_STATES.get(code, code) if country == "US" else code
