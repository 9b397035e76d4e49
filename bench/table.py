"""README's table of measured pages, made from the kept figures (decisions.md 47).

python3 dev.py bench table          print it
python3 dev.py bench table --write  put it into README
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
FIGURES = FOLDER / "results" / "pages.json"
README = FOLDER / "README.md"
BEGIN, END = "<!-- made by `dev.py bench table --write` -->", "<!-- end of what was made -->"
WORDS = {
    "search": "result page with facets",
    "category": "category page with facets",
    "product": "product page",
    "suggestion": "suggestion while typing",
    "calm": "the three at 10 requests/s",
    "calm suggestion": "suggestions at 10 requests/s",
    "add to cart": "add to cart",
    "checkout page and purchase": "checkout page and purchase",
}
HEAD = ("work", "a second", "share of the plain page", "processor ms", "share by processor time", "p50 ms", "p99 ms")


def table(figures: dict[str, Any]) -> str:
    """The figures of one run as a Markdown table with the line that says where they come from."""
    rows = [HEAD, ("---",) * len(HEAD)]
    rows.append(("plain page", f"{figures['plain_per_second']:,.0f}", "1", f"{figures['plain_cpu_ms']:.2f}", "1", "", ""))
    for row in figures["rows"]:
        cpu = f"{row['cpu_ms']:.1f}" if "cpu_ms" in row else ""
        rate = f"{row['per_second']:,.0f}"
        shares = row["share_of_plain"], row.get("share_by_cpu", "")
        rows.append((WORDS[row["work"]], rate, shares[0], cpu, shares[1], f"{row['p50_ms']:.1f}", f"{row['p99_ms']:.1f}"))
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    said = f"Commit {figures['commit']}, {figures['cores']} cores with the client on them, {figures['products']:,} products."
    return said + "\n\n" + "\n".join(lines)


def written(readme: str) -> str:
    """What stands between the marks of README."""
    return readme.partition(BEGIN)[2].partition(END)[0].strip()


def main() -> None:
    """Print the table, or put it into README."""
    options = argparse.ArgumentParser()
    options.add_argument("--write", action="store_true")
    made = table(json.loads(FIGURES.read_text(encoding="utf-8")))
    if not options.parse_args().write:
        sys.stdout.write(made + "\n")
        return
    readme = README.read_text(encoding="utf-8")
    before, _, rest = readme.partition(BEGIN)
    README.write_text(f"{before}{BEGIN}\n{made}\n{END}{rest.partition(END)[2]}", encoding="utf-8")


if __name__ == "__main__":
    main()
