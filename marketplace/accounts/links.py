"""Secrets of links in mails: made from the job that sends the mail, so that a repeated mail carries the same link.

Neither the job's row nor the link's row holds the secret, only its hash (robustness.md 15).
"""

import hmac
from hashlib import sha256
from uuid import UUID


def link_token(secret_key: str, job_id: UUID) -> str:
    """The secret of the link that a job sends."""
    return hmac.new(secret_key.encode(), f"link:{job_id}".encode(), sha256).hexdigest()
