"""Marks of quality and origin that a cooperative or a product bears, and the words for them."""

from app.kernel.text import msg

LABELS = {
    "ab": msg("Organic farming"),
    "aop": msg("Protected designation of origin"),
    "igp": msg("Protected geographical indication"),
    "label-agricole": msg("Agricultural label"),
    "label-artisanat": msg("National craft label"),
    "onssa": msg("Food safety approval (ONSSA)"),
    "terroir-du-maroc": msg("Terroir du Maroc"),
}
