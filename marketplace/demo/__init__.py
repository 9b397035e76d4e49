"""The demo world (`world/`) and its seeding through the rooms' services and the payment simulator. Refused in production."""
