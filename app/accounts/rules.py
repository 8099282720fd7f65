"""Accounts' rules: states of an organisation, roles."""

from app.kernel.states import States

ROLES = ("chair", "treasurer", "seller", "packer", "member")
KINDS = ("cooperative", "union", "association", "company", "public_buyer", "funder", "hub")
DEMO_PASSWORD = "tiwizi-souk-demo"

ORGANISATION = States("organisation", "draft", {
    "draft": {"submit": "submitted"},
    "submitted": {"verify": "verified", "return": "returned"},
    "returned": {"submit": "submitted"},
    "verified": {"suspend": "suspended"},
    "suspended": {"reinstate": "verified"},
})
