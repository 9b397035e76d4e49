"""The whole tenant matrix: every address as every stranger, where the suite asks as every fourth (robustness.md 3).

Nothing is drawn, so the seed changes nothing and there is no short form.
"""

import argparse
import sys

import pytest


def main() -> None:
    """`python -m tests.prove.tenants`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--seed", type=int)
    parser.parse_args()
    sys.exit(pytest.main(["-q", "--everybody", "tests/structure/test_tenants.py"]))


if __name__ == "__main__":
    main()
