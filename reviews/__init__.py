"""What buyer companies say about delivered lines, and what vendors answer. It refuses a review without a delivered line."""
