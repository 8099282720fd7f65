"""Customers: little more than a name to hang payments on."""

from typing import Any

from app.practice import parameters as read
from app.practice.store import Body, new_id
from app.practice.work import Work


def create_customer(work: Work, values: dict[str, Any]) -> Body:
    """``POST /v1/customers``."""
    read.refuse_unknown(values, {"email", "name", "phone", "description", "metadata", "preferred_locales"})
    customer = {
        "id": new_id("cus", 14),
        "object": "customer",
        "balance": 0,
        "created": work.now,
        "description": read.text(values, "description"),
        "email": read.text(values, "email"),
        "livemode": False,
        "metadata": read.metadata(values),
        "name": read.text(values, "name"),
        "phone": read.text(values, "phone"),
    }
    work.shelf.add(customer, work.account)
    work.announce("customer.created", customer)
    return customer
