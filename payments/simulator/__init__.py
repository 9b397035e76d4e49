"""A stand-alone process that speaks Stripe's HTTP interface, for the demo and the tests. It imports nothing of ours outside this folder."""
