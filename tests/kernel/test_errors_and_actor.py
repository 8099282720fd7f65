"""A refusal is a code with facts and an HTTP status; an actor is a frozen value with roles."""

from dataclasses import FrozenInstanceError
from datetime import UTC

import pytest

from app.kernel import errors
from app.kernel.actor import SYSTEM, Actor, guest, require_person
from app.kernel.clock import now


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (errors.Invalid, 422),
        (errors.NotAllowed, 403),
        (errors.Conflict, 409),
        (errors.TooMany, 429),
        (errors.Unavailable, 503),
    ],
)
def test_a_refusal_carries_its_code_its_field_and_its_facts(kind, status):
    refusal = kind("out-of-stock", field="quantity", available=3)
    assert isinstance(refusal, errors.Refusal)
    assert (refusal.status, refusal.code, refusal.field, dict(refusal.facts)) == (
        status,
        "out-of-stock",
        "quantity",
        {"available": 3},
    )


def test_what_is_not_found_needs_no_code():
    assert (errors.NotFound().status, errors.NotFound().code) == (404, "not-found")
    assert errors.NotFound("no-such-order", number="T-1").facts == {"number": "T-1"}


def test_a_person_holds_roles_in_an_organisation_and_nowhere_else():
    actor = Actor("person", 7, roles={1: frozenset({"seller", "packer"})})
    assert actor.holds(1)
    assert actor.holds(1, "chair", "packer")
    assert not actor.holds(1, "chair")
    assert not actor.holds(2)
    assert actor.known


def test_guests_and_the_system_are_nobody():
    assert not guest("key").known
    assert guest("key", "ar").language == "ar"
    assert not SYSTEM.known
    assert not SYSTEM.operator
    with pytest.raises(FrozenInstanceError):
        SYSTEM.operator = True


def test_who_is_nobody_finds_nothing_of_their_own():
    assert require_person(Actor("person", 7)) == 7
    for nobody in (guest("key"), SYSTEM):
        with pytest.raises(errors.NotFound, match="not-found"):
            require_person(nobody)


def test_the_clock_tells_aware_utc():
    assert now().tzinfo is UTC
