"""Every permission, asked by everybody about everything: who may is written down in `pages/permissions.txt`."""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import import_module
from itertools import product
from types import MappingProxyType
from typing import Any

from flask import Flask
from sqlalchemy import ColumnElement
from sqlalchemy.dialects import sqlite

from app.kernel.actor import CHAIR, MEMBER, PACKER, SELLER, SYSTEM, TREASURER, Actor, guest, require_person
from app.kernel.errors import Refusal
from orders.rules.states import ACTIONS
from tests.kinds.written import check_kept

MODULES = (
    "academy.permissions",
    "app.accounts.permissions",
    "catalog.permissions",
    "orders.permissions",
    "projectbank.permissions",
)
HERE, ELSEWHERE, OWN, OTHER = 7, 8, 42, 99
PERSON = Actor("person", OWN)


def at(organisation_id: int, *roles: str) -> Actor:
    return replace(PERSON, roles=MappingProxyType({organisation_id: frozenset(roles)}))


ACTORS = {
    "the system": SYSTEM,
    "a visitor": guest("mine"),
    "a visitor unknown": guest(),
    "a person": PERSON,
    "a teacher": replace(PERSON, instructor=True),
    "the office": replace(PERSON, operator=True),
    "another of the office": replace(PERSON, person_id=OTHER, operator=True),
    "another teacher": replace(PERSON, person_id=OTHER, instructor=True),
    **{f"a {role}": at(HERE, role) for role in (CHAIR, TREASURER, SELLER, PACKER, MEMBER)},
    "a chair elsewhere": at(ELSEWHERE, CHAIR),
    "nobody's teacher": Actor("person", None, instructor=True),
}
WHOSE = (OWN, None)
# What is asked about, by the name of what a permission takes.
ASKED: dict[str, tuple[Any, ...]] = {
    "organisation_id": (HERE,),
    "owner_id": WHOSE,
    "author_id": WHOSE,
    "buyer_id": WHOSE,
    "own_key": ("right",),
    "key": ("right", "wrong", None),
    "guest": ("mine", "yours", None),
    "listed": (True, False),
    "enrolled": (True, False),
    "action": tuple(ACTIONS),
    "state": ("draft", "submitted", "returned", "published", "withdrawn", "archived"),
    "roles": ((CHAIR,), (SELLER, PACKER), ()),
}


def permissions() -> dict[str, Callable[..., Any]]:
    found: dict[str, Callable[..., Any]] = {"app.kernel.actor.require_person": require_person, "Actor.holds": Actor.holds}
    for name in MODULES:
        module = import_module(name)
        for key, one in vars(module).items():
            if inspect.isfunction(one) and one.__module__ == name and not key.startswith("_"):
                found[f"{name}.{key}"] = one
    return found


def answer(ask: Callable[..., Any], actor: Actor | None, given: dict[str, Any]) -> str:
    positional = [actor] if actor is not None else []
    named = {name: value for name, value in given.items() if name != "roles"}
    try:
        said = ask(*positional, *named.values(), *given.get("roles", ()))
    except Refusal as refused:
        return f"{refused.status} {refused.code} {refused.facts or ''}".strip()
    if isinstance(said, ColumnElement):
        return str(said.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})).replace("\n", " ")
    return "yes" if said is True or said is None else "no" if said is False else str(said)


def told(ask: Callable[..., Any]) -> Iterator[str]:
    """A line for each thing that may be asked, and for each answer who gets it."""
    names = [name for name in inspect.signature(ask).parameters if name not in ("actor", "self")]
    for values in product(*(ASKED[name] for name in names)):
        given = dict(zip(names, values, strict=True))
        asks_somebody = len(names) < len(inspect.signature(ask).parameters)
        answers: dict[str, list[str]] = {}
        for who, actor in ACTORS.items() if asks_somebody else [("anybody", None)]:
            answers.setdefault(answer(ask, actor, given), []).append(who)
        yield ", ".join(f"{name}={value}" for name, value in given.items() if len(ASKED[name]) > 1) or "-"
        usual = max(answers, key=lambda said: len(answers[said]))
        rest = "everybody" if len(answers) == 1 else "everybody else"
        yield from (f"  {said}: {', '.join(whom)}" for said, whom in sorted(answers.items()) if said != usual)
        yield f"  {usual}: {rest}"


def test_who_may_what_is_as_it_was_written(app: Flask, write_pages: bool) -> None:
    check_kept("permissions", {name: "\n".join(told(ask)) + "\n" for name, ask in permissions().items()}, write_pages)
