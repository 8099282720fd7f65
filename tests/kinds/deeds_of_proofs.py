"""The deeds of proofs and of what is asked, and the letters about them."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial

from app.accounts.models import Paper
from app.engines.db import db
from app.engines.settings import SettingChange
from app.kernel.clock import now
from app.territories.loading import territory_named
from catalog.models import Proof
from catalog.services import proofs, requirements
from catalog.services.proofs import ProofFacts
from tests.builders.papers import a_stored_paper
from tests.kinds.deeds import Deed, Line, Prepare, deed, latest, line
from tests.kinds.events import CHAIR, SELLER, Event, Told, forget_letters
from tests.kinds.world import World

LABEL, WORD = ProofFacts("igp"), ProofFacts("fait-par-les-membres")
REASON = "Le numéro est illisible."
MOROCCO = territory_named("morocco")


def soon() -> date:
    """A last day that is six days away."""
    return MOROCCO.day_of(now()) + timedelta(days=6)


def sent(world: World, last: date | None = None) -> int:
    return proofs.send_proof(world.actor("chair"), world["ours"], LABEL, "", last, a_stored_paper(), now())


def verified(world: World, last: date | None = None) -> int:
    proof = sent(world, last)
    proofs.verify_proof(world.actor("office"), proof, last, now())
    forget_letters()
    return proof


def sends(world: World) -> Deed:
    chair, ours = world.actor("chair"), world["ours"]

    def lines(proof: int) -> list[Line]:
        return [
            line(chair, "add-paper", "organisation", ours, paper=latest(Paper)(), kind="igp"),
            line(chair, "send-proof", "proof", proof, organisation=ours, requirement="igp"),
        ]

    return Deed(partial(proofs.send_proof, chair, ours, LABEL, "", None, a_stored_paper(), now()), lines)


def attests(world: World) -> Deed:
    chair, ours = world.actor("chair"), world["ours"]
    facts = {"organisation": ours, "requirement": WORD.requirement}
    return deed(chair, partial(proofs.attest, chair, ours, WORD, now()), "attest-proof", "proof", latest(Proof), **facts)


def withdraws(world: World) -> Deed:
    chair, ours, proof = world.actor("chair"), world["ours"], sent(world)
    paper = latest(Paper)()

    def lines(_answer: None) -> list[Line]:
        return [
            line(chair, "remove-paper", "organisation", ours, paper=paper),
            line(chair, "withdraw-proof", "proof", proof),
        ]

    return Deed(partial(proofs.withdraw_proof, chair, ours, proof, now()), lines)


def verifies(world: World) -> Deed:
    office, proof = world.actor("office"), sent(world)
    return deed(office, partial(proofs.verify_proof, office, proof, None, now()), "verify-proof", "proof", proof)


def refuses(world: World) -> Deed:
    office, proof = world.actor("office"), sent(world)
    return deed(office, partial(proofs.refuse_proof, office, proof, REASON, now()), "refuse-proof", "proof", proof)


def revokes(world: World) -> Deed:
    office, proof = world.actor("office"), verified(world)
    return deed(office, partial(proofs.revoke_proof, office, proof, REASON, now()), "revoke-proof", "proof", proof)


def waives(world: World) -> Deed:
    office, ours = world.actor("office"), world["ours"]
    call = partial(proofs.waive, office, ours, LABEL, None, REASON, now())
    return deed(office, call, "waive-proof", "proof", latest(Proof), organisation=ours, requirement="igp")


def ends(world: World) -> Deed:
    office, proof = world.actor("office"), verified(world, soon())
    ended = db.session.get_one(Proof, proof).ends_at
    return deed(office, partial(proofs.end_proof, office, proof, ended), "end-proof", "proof", proof)


def warns(world: World) -> Deed:
    office, proof = world.actor("office"), verified(world, soon())
    return deed(office, partial(proofs.warn_of_end, office, proof, now()), "warn-of-end", "proof", proof, days=7)


def sets(world: World) -> Deed:
    office, known, moment = world.actor("office"), next(one for one in MOROCCO.requirements if one.key == "igp"), now()
    call = partial(requirements.set_requirement, office, "morocco", known, moment, REASON, moment, new=False)
    facts = {"kind": "requirement", "scope": "morocco", "key": "igp"}
    return deed(office, call, "set-value", "setting", latest(SettingChange), **facts)


ROOM = "catalog.services.proofs."
DEEDS: dict[str, Prepare] = {
    f"{ROOM}send_proof": sends,
    f"{ROOM}attest": attests,
    f"{ROOM}withdraw_proof": withdraws,
    f"{ROOM}verify_proof": verifies,
    f"{ROOM}refuse_proof": refuses,
    f"{ROOM}revoke_proof": revokes,
    f"{ROOM}waive": waives,
    f"{ROOM}end_proof": ends,
    f"{ROOM}warn_of_end": warns,
    "catalog.services.requirements.set_requirement": sets,
}

NAME = "Protected geographical indication"
LINK = "http://localhost/{language}/sell/tifawin/proofs"


def told(subject: str, *says: str) -> list[Told]:
    """To everybody who edits the goods of the cooperative."""
    return [Told(to, f"{subject}: {NAME}", LINK, says) for to in (CHAIR, SELLER)]


def after(prepare: Prepare) -> Callable[[World], object]:
    """What happens is the deed; letters on the way to it are its own events."""

    def happens(world: World) -> None:
        done = prepare(world)
        forget_letters()
        done.call()

    return happens


DECISION, ENDING = "catalog.services.letters.write_proof_decision", "catalog.services.letters.write_proof_ending"
EVENTS: dict[str, Event] = {
    "a proof verified": Event(DECISION, after(verifies), told("The office has verified")),
    "a proof refused": Event(DECISION, after(refuses), told("The office could not verify", REASON)),
    "a proof taken back": Event(DECISION, after(revokes), told("The office has taken back", REASON)),
    "a proof waived": Event(DECISION, after(waives), told("The office does not ask you for", REASON)),
    "a proof ended": Event(DECISION, after(ends), told("No longer valid")),
    "a proof that ends soon": Event(ENDING, after(warns), told("Ends soon", "8 March 2026")),
}
