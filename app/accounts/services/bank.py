"""The account a cooperative is paid to. Once the office looks at it or has verified it, a change needs a second person."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.accounts.permissions import BANKERS, require_roles
from app.accounts.queries.organisations import names_of_organisation, people_with_role
from app.accounts.queries.people import reach
from app.accounts.rules.identifiers import identifier_value
from app.accounts.rules.organisations import FIXED_IN
from app.accounts.services.identifiers import borne_by, write_identifiers
from app.accounts.services.letters import write_bank_changed
from app.accounts.services.organisations import locked_organisation
from app.accounts.services.second_person import ask_second_person
from app.engines.acts import Act
from app.engines.journal import record
from app.kernel.actor import Actor
from app.kernel.clock import now
from app.kernel.errors import Conflict
from app.kernel.text import best_language, msg
from app.territories.loading import territory_named

KIND = "bank"


def set_bank(actor: Actor, organisation_id: int, account: str) -> bool:
    """Where the organisation is paid. True when it was changed at once (the same number again changes nothing), False when
    it waits for a second person. Raises Refusal.
    """
    require_roles(actor, organisation_id, *BANKERS)
    organisation = locked_organisation(organisation_id)
    kind = territory_named(organisation.territory).account_identifier
    clean, before = identifier_value(kind, account), borne_by(organisation_id).get(kind.key)
    if before == clean:
        return True
    if before is not None and organisation.state in FIXED_IN:
        ask_second_person(actor, KIND, organisation_id, {"account": clean, "before": before}, now())
        return False
    _write(actor, organisation_id, clean)
    return True


def _write(actor: Actor, organisation_id: int, account: str) -> None:
    """The number is this one from now on; chairs and treasurers are told."""
    territory = territory_named(locked_organisation(organisation_id).territory)
    kind = territory.account_identifier
    write_identifiers(organisation_id, territory, [kind], {kind.key: account})
    write_bank_changed(reach(people_with_role(organisation_id, BANKERS)), account[-4:])
    record(actor, "set-bank", "organisation", organisation_id)


def _carry_out(actor: Actor, organisation_id: int, facts: Mapping[str, Any], _moment: datetime) -> None:
    """The account that was asked for, unless another one was set since. Raises Conflict("act-void"), Invalid."""
    kind = territory_named(locked_organisation(organisation_id).territory).account_identifier
    if borne_by(organisation_id).get(kind.key) != facts["before"]:
        raise Conflict("act-void")
    _write(actor, organisation_id, identifier_value(kind, facts["account"]))


def _bankers(organisation_id: int) -> list[int]:
    return people_with_role(organisation_id, BANKERS)


def _shown(organisation_id: int, facts: Mapping[str, Any], language: str) -> dict[str, str]:
    names = names_of_organisation(organisation_id)
    return {"organisation": names.get(best_language(names, language) or "", ""), "ending": str(facts["account"])[-4:]}


BANK = Act(
    KIND,
    msg("“%(organisation)s” is to be paid to another account. It ends in %(ending)s."),
    may_ask=_bankers,
    may_agree=_bankers,
    concerned=_bankers,
    shown=_shown,
    carry_out=_carry_out,
)
