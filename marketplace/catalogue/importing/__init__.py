"""Files of listings: how they are read, what their columns mean, and what the operator's own import makes of them."""
