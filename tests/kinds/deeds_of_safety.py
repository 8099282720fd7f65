"""The deeds around the safety of an account: the second factor, its loss, what the office decides."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pyotp
from sqlalchemy import update

from app.accounts.models import ActWaiting, LostFactor, Membership, Passkey, PersonDecision
from app.accounts.rules.passkeys import NewKey
from app.accounts.services import bank, blocking, factors, lost_factors, passkeys, second_person
from app.engines.db import db
from app.kernel.clock import now
from tests.kinds.deeds import Deed, Prepare, deed, latest, line
from tests.kinds.world import World

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
CODES = ("1234567890", "0987654321")


def code() -> str:
    return pyotp.TOTP(SECRET).now()


def of_factor(verb: str, do: str, **facts: object) -> Prepare:
    """What a person who has a list does with the own second factor."""

    def prepare(world: World) -> Deed:
        buyer, person = world.actor("buyer"), world["buyer"]
        factors.print_codes(buyer, CODES, now())
        if do == "remove_app":
            factors.set_up_app(buyer, SECRET, code(), now())
        calls = {
            "prove_code": lambda: factors.prove_code(world.actor("guest"), person, CODES[0], now()),
            "refuse": lambda: factors.prove_code(world.actor("guest"), person, "123456", now()),
            "set_up_app": lambda: factors.set_up_app(buyer, SECRET, code(), now()),
            "remove_app": lambda: factors.remove_app(buyer, True, now()),
            "print_codes": lambda: factors.print_codes(buyer, CODES[:1], now()),
        }
        by = world.actor("guest") if do in ("prove_code", "refuse") else buyer
        return deed(by, calls[do], verb, "person", person, **facts)

    return prepare


def about_account(verb: str, ended: int) -> Prepare:
    """What an operator decides about somebody's account, who has two sessions."""

    def prepare(world: World) -> Deed:
        office, buyer = world.actor("office"), world["buyer"]
        if verb == "unblock":
            blocking.block_person(office, buyer, "Volé", now())
        service = {"block": "block_person", "unblock": "unblock_person", "end-sessions": "end_sessions_of_person"}[verb]
        call = getattr(blocking, service)
        made = latest(PersonDecision)
        return deed(office, lambda: call(office, buyer, "Volé", now()), verb, "person", buyer, decision=made, ended=ended)

    return prepare


def of_loss(verb: str, do: str) -> Prepare:
    """A lost factor from the asking to its end."""

    def prepare(world: World) -> Deed:
        asker, office, buyer, later = world.actor("guest"), world.actor("office"), world["buyer"], now() + timedelta(days=3)
        factors.print_codes(world.actor("buyer"), CODES, now())
        if do != "ask_lost":
            lost_factors.ask_lost(asker, buyer, now())
        lost = latest(LostFactor)
        if do == "carry_out_lost":
            lost_factors.agree_lost(office, lost(), now())
        by, call = {
            "ask_lost": (asker, lambda: lost_factors.ask_lost(asker, buyer, now())),
            "agree_lost": (office, lambda: lost_factors.agree_lost(office, lost(), now())),
            "refuse_lost": (office, lambda: lost_factors.refuse_lost(office, lost(), now())),
            "withdraw_lost": (world.actor("buyer"), lambda: lost_factors.withdraw_lost(world.actor("buyer"), buyer, now())),
            "carry_out_lost": (office, lambda: lost_factors.carry_out_lost(office, lost(), later)),
            "reset_factor": (office, lambda: lost_factors.reset_factor(office, buyer, now())),
        }[do]
        return deed(by, call, verb, "person", buyer, lost=None if do == "reset_factor" else lost)

    return prepare


KEY = NewKey("an-identifier", "a-public-key", 1)


def of_passkey(verb: str, do: str, **facts: object) -> Prepare:
    """A passkey of somebody who has a list besides."""

    def prepare(world: World) -> Deed:
        buyer, person = world.actor("buyer"), world["buyer"]
        factors.print_codes(buyer, CODES, now())
        if do != "add_passkey":
            passkeys.add_passkey(buyer, "localhost", KEY, "Clé", now())
        key = latest(Passkey)
        calls = {
            "add_passkey": lambda: passkeys.add_passkey(buyer, "localhost", KEY, "Clé", now()),
            "use_passkey": lambda: passkeys.use_passkey(buyer, person, key(), 1, 2, now()),
            "an old answer": lambda: passkeys.use_passkey(buyer, person, key(), 0, 2, now()),
            "refuse_passkey": lambda: passkeys.refuse_passkey(buyer, person),
            "remove_passkey": lambda: passkeys.remove_passkey(buyer, key(), True, now()),
        }
        return deed(buyer, calls[do], verb, "person", person, **facts)

    return prepare


OLD, NEW = "225010000000000026137768", "225010000000000126137784"


def of_act(do: str) -> Prepare:
    """A change of bank details from the asking to its end; the treasurer is the second person."""

    def prepare(world: World) -> Deed:
        chair, seller, ours = world.actor("chair"), world.actor("seller"), world["ours"]
        bank.set_bank(chair, ours, OLD)
        asked, office = (
            latest(ActWaiting),
            world.actor("office"),
        )  # the house's clock decides in the name of whoever calls it
        treasurer = update(Membership).where(Membership.role == "seller").values(role="treasurer")
        if do not in ("ask_second_person", "carry_out_act", "another by now"):
            db.session.execute(treasurer)
        if do != "ask_second_person":
            bank.set_bank(chair, ours, NEW)
        if do == "another by now":
            db.session.execute(treasurer)
        facts = {"account": NEW, "before": OLD}
        later = now() + timedelta(days=3)
        of = {"act": asked, "asked_by": world["chair"]}
        calls = {
            "ask_second_person": lambda: second_person.ask_second_person(chair, "bank", ours, facts, now()),
            "agree_act": lambda: second_person.agree_act(seller, asked(), now()),
            "refuse_act": lambda: second_person.refuse_act(seller, asked(), now()),
            "withdraw": lambda: second_person.refuse_act(chair, asked(), now()),
            "carry_out_act": lambda: second_person.carry_out_act(office, asked(), later),
            "another by now": lambda: second_person.carry_out_act(office, asked(), later),
            "lapse": lambda: second_person.carry_out_act(office, asked(), later + timedelta(days=14)),
        }
        lines = {
            "ask_second_person": [line(chair, "ask-second-person", "bank", ours, act=asked, alone=1)],
            "agree_act": [line(seller, "set-bank", "organisation", ours), line(seller, "agree-act", "bank", ours, **of)],
            "refuse_act": [line(seller, "refuse-act", "bank", ours, act=asked)],
            "withdraw": [line(chair, "withdraw-act", "bank", ours, act=asked)],
            "carry_out_act": [
                line(office, "set-bank", "organisation", ours),
                line(office, "decide-alone", "bank", ours, **of),
            ],
            "another by now": [line(office, "ask-second-person", "bank", ours, act=asked, alone=0)],
            "lapse": [line(office, "lapse-act", "bank", ours, act=asked)],
        }
        return Deed(calls[do], lambda _: [replace(one, facts=said(one.facts)) for one in lines[do]])

    return prepare


def said(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts, those that are known only now asked for."""
    return {name: value() if callable(value) else value for name, value in facts.items()}


ROOM = "app.accounts.services.factors."
DEEDS: dict[str, Prepare] = {
    f"{ROOM}prove_code": of_factor("prove-factor", "prove_code", kind="codes"),
    f"{ROOM}prove_code (refused)": of_factor("refuse-factor", "refuse", kind="app"),
    f"{ROOM}set_up_app": of_factor("change-factor", "set_up_app", change="app"),
    f"{ROOM}remove_app": of_factor("change-factor", "remove_app", change="app-removed"),
    f"{ROOM}print_codes": of_factor("change-factor", "print_codes", change="codes"),
    **{
        f"app.accounts.services.blocking.{name}": about_account(verb, ended)
        for name, verb, ended in (
            ("block_person", "block", 2),
            ("unblock_person", "unblock", 0),
            ("end_sessions_of_person", "end-sessions", 2),
        )
    },
    **{
        f"app.accounts.services.lost_factors.{name}": of_loss(verb, name)
        for name, verb in (
            ("ask_lost", "lose-factor"),
            ("agree_lost", "agree-lost-factor"),
            ("refuse_lost", "refuse-lost-factor"),
            ("withdraw_lost", "withdraw-lost-factor"),
            ("carry_out_lost", "reset-factor"),
            ("reset_factor", "reset-factor"),
        )
    },
    **{
        f"app.accounts.services.second_person.{name}": of_act(name)
        for name in ("ask_second_person", "agree_act", "refuse_act", "carry_out_act")
    },
    "app.accounts.services.second_person.refuse_act (withdrawn)": of_act("withdraw"),
    "app.accounts.services.second_person.carry_out_act (another by now)": of_act("another by now"),
    "app.accounts.services.second_person.carry_out_act (nobody agreed)": of_act("lapse"),
    "app.accounts.services.passkeys.add_passkey": of_passkey("change-factor", "add_passkey", change="passkey"),
    "app.accounts.services.passkeys.use_passkey": of_passkey("prove-factor", "use_passkey", kind="passkey"),
    "app.accounts.services.passkeys.use_passkey (old)": of_passkey("refuse-factor", "an old answer", kind="passkey"),
    "app.accounts.services.passkeys.refuse_passkey": of_passkey("refuse-factor", "refuse_passkey", kind="passkey"),
    "app.accounts.services.passkeys.remove_passkey": of_passkey("change-factor", "remove_passkey", change="passkey-removed"),
}
