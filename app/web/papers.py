"""The photograph of a paper that a form brings."""

from flask import request

from app.engines.files.papers import store_paper
from app.kernel.errors import Invalid, Refusal


def paper_of_request() -> tuple[str, bytes]:
    """What this request brings in its field `paper`, made anew and stored: its key and its bytes.

    Raises Invalid on that field, Unavailable. Call it before the transaction.
    """
    upload = request.files.get("paper")
    try:
        if upload is None or not upload.filename:
            raise Invalid("choose-a-paper")
        return store_paper(upload.stream)
    except Refusal as refusal:
        refusal.field = "paper"
        raise
