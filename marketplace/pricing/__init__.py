"""What a line costs: tiers at a quantity, freight, tax, indicative rates. It refuses to guess: no zone or no rate is said."""
