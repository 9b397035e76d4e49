"""What the platform adds to search by hand, synonyms and pins, and what it learns from how search is used."""
