"""Reviews: a buyer company's judgement of a delivered line, the vendor's reply, the score. It refuses everything without a delivery."""
