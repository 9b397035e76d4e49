"""Likeness of meaning beside likeness of words. Optional: needs the extra `semantic`; without it everything answers by words alone."""
