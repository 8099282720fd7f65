"""Loads the demo's people and cooperatives; does nothing when they are there."""

import json
from pathlib import Path
from typing import Any

from sqlalchemy import select

from app.accounts.demo import DEMO_PASSWORD
from app.accounts.demo.invented import invent, with_check_digits
from app.accounts.gateway import hash_password
from app.accounts.models import Organisation
from app.accounts.queries.people import person_with_contact
from app.accounts.services.demo_house import DemoFace, add_demo_people, add_many_verified, register_verified_organisation
from app.accounts.services.entry_cards import Met, add_person_met
from app.accounts.services.organisations import OrganisationFacts, Words, found_organisation
from app.accounts.services.verification import return_organisation, submit_organisation
from app.engines.db import db
from app.engines.transactions import transaction
from app.kernel.actor import SYSTEM, Actor
from app.kernel.clock import now
from app.kernel.contacts import ContactValue
from app.module import Progress

TERRITORY = "morocco"
DOMAIN = "demo.tiwizi.example"
MANY, BATCH = 1000, 250

# The people of the sign-in page who work in no demo cooperative; names are invented.
FACES = (
    DemoFace("Nadia Chraibi", f"buyer@{DOMAIN}"),
    DemoFace("Ilyas Bouzid", f"founder@{DOMAIN}"),
    DemoFace("Salma Idrissi", f"learner@{DOMAIN}"),
    DemoFace("Hassan Amrani", f"instructor@{DOMAIN}", instructor=True),
    DemoFace("Touria Kabbaj", f"mentor@{DOMAIN}"),
    DemoFace("Mehdi Sefrioui", f"funder@{DOMAIN}"),
    DemoFace("Ghita Lahlou", f"evaluator@{DOMAIN}"),
    DemoFace("Samira Ouali", f"operator@{DOMAIN}", operator=True),
    DemoFace("Driss Tazi", f"operator2@{DOMAIN}", operator=True),
)
# Which addresses of the sign-in page the first two cooperatives' people have.
SIGN_IN = {
    (0, "chair"): "chair",
    (0, "treasurer"): "treasurer",
    (0, "seller"): "seller",
    (0, "packer"): "packer",
    (1, "seller"): "seller2",
}
DRAWINGS = {
    "ourgh-siroua": "saffron",
    "igrane-ihahan": "honey",
    "tin-wa-nar": "pottery",
    "talassemtane": "dairy",
    "nakhil-zenaga": "dates",
    "zaytoun-ouergha": "olive-oil",
    "sanabil-zaer": "couscous",
    "assif-bougmez": "tourism",
    "khayt-azemmour": "clothing",
    "tafsut-imgoun": "rose",
    "aknari-baamrane": "preserves",
    "khaymat-saquia": "leather",
    "amwaj-dakhla": "fish",
}


def cooperatives() -> list[dict[str, Any]]:
    """The invented cooperatives of the data file beside this one."""
    rows: list[dict[str, Any]] = json.loads(Path(__file__).with_name("cooperatives.json").read_text(encoding="utf-8"))
    return rows


def load(size: str, progress: Progress) -> None:
    """People and cooperatives of the demo; `size` large adds 1,000 more. Does what is missing and nothing twice."""
    if person_with_contact(ContactValue("mail", f"operator@{DOMAIN}")) is None:
        hashed = hash_password(DEMO_PASSWORD)
        with transaction():
            add_demo_people(SYSTEM, FACES, hashed, now())
            for index, facts in enumerate(cooperatives()):
                _add_cooperative(index, facts, hashed)
        with transaction():
            _add_waiting(hashed)
            _add_card()
    if size == "large" and _last_slug() is None:
        _add_many(progress)
    progress(MANY, MANY)


def _add_cooperative(index: int, facts: dict[str, Any], hashed: str) -> None:
    faces = []
    for person in facts["people"]:
        key = SIGN_IN.get((index, person["role"]))
        mail = f"{key}@{DOMAIN}" if key else f"{person['role']}@{facts['slug']}.tiwizi.example"
        faces.append((person["role"], DemoFace(person["name_latin"], mail)))
    made = add_demo_people(SYSTEM, [face for _role, face in faces], hashed, now())
    words = {
        language: Words(facts["names"][language], facts["pitch"][language], facts["story"][language])
        for language in facts["names"]
    }
    register_verified_organisation(
        SYSTEM,
        _facts(facts),
        words,
        "fr",
        [(made[face.mail], role) for role, face in faces],
        now(),
        TERRITORY,
        slug=facts["slug"],
        account=facts["rib"],
        labels=facts["labels"],
        drawing=DRAWINGS.get(facts["slug"]),
    )


def _facts(facts: dict[str, Any]) -> OrganisationFacts:
    names = (
        "region",
        "province",
        "commune",
        "postcode",
        "address",
        "sector",
        "founded",
        "members",
        "women",
        "phone",
    )
    numbers = {"local_register": facts["registration_number"], "ice": facts["ice"]}
    own = {name: facts[name] for name in names}
    return OrganisationFacts(kind="cooperative", mail=facts["email"], identifiers=numbers, **own)


def _add_waiting(hashed: str) -> None:
    """Two files on the operator's desk: one that waits, one that went back with a reason."""
    founder = person_with_contact(ContactValue("mail", f"founder@{DOMAIN}"))
    operator = person_with_contact(ContactValue("mail", f"operator@{DOMAIN}"))
    if founder is None or operator is None:
        raise RuntimeError("the demo's people are missing")
    made = add_demo_people(SYSTEM, [DemoFace("Rkia Aboulfath", "chair@tamda-oumlil.tiwizi.example")], hashed, now())
    _found(
        founder.id,
        OrganisationFacts(
            "cooperative",
            "MA-05",
            "agri_beekeeping",
            commune="Azilal",
            address="Route d’Aït M’hamed",
            founded=2026,
            members=7,
            women=4,
            phone="+212523458412",
            identifiers={"local_register": "RLC-AZI-0412/2026", "ice": _ice(900412)},
        ),
        Words("Coopérative apicole Tamemt n’Azilal", "Sept apiculteurs, un seul rucher-école au pied du Rat."),
    )
    rkia = _found(
        made["chair@tamda-oumlil.tiwizi.example"],
        OrganisationFacts(
            "cooperative",
            "MA-09",
            "craft_wood",
            commune="Imouzzer",
            address="Centre d’Imouzzer",
            founded=2025,
            members=9,
            women=2,
            phone="+212528826388",
            identifiers={"local_register": "RLC-AGA-0388/2025", "ice": _ice(900388)},
        ),
        Words("Coopérative Tamda Oumlil", "Cuillères et plats en thuya tournés à la main."),
    )
    office = Actor("person", operator.id, operator=True)
    reason = "Le procès-verbal de l’assemblée constitutive n’est pas signé par tous les membres."
    return_organisation(office, rkia, reason, now())


def _add_card() -> None:
    """A member of the first cooperative who has no mail and has not yet used the card that its chair has printed."""
    chair = person_with_contact(ContactValue("mail", f"chair@{DOMAIN}"))
    place = db.session.scalar(select(Organisation.id).where(Organisation.slug == cooperatives()[0]["slug"]))
    if chair is None or place is None:
        raise RuntimeError("the first cooperative is missing")
    actor = Actor("person", chair.id, roles={place: frozenset({"chair"})})
    reason = "Tisseuse du village, membre depuis la fondation."
    add_person_met(actor, Met("Itto Ouhaddou", "ar", reason, None, place, "member"), "the demo's card", now())


def _found(person_id: int, facts: OrganisationFacts, words: Words) -> int:
    founder = Actor("person", person_id)
    organisation_id = found_organisation(founder, facts, words, "fr", now(), TERRITORY)
    chair = Actor("person", person_id, roles={organisation_id: frozenset({"chair"})})
    submit_organisation(chair, organisation_id, now())
    return organisation_id


def _ice(number: int) -> str:
    return with_check_digits(f"{number:09}0000")


def _last_slug() -> str | None:
    """The slug of the last invented cooperative, when the large demo is there."""
    return db.session.scalar(select(Organisation.slug).where(Organisation.slug == invent(MANY - 1)["organisation"]["slug"]))


def _add_many(progress: Progress) -> None:
    for start in range(0, MANY, BATCH):
        batch = [invent(number) for number in range(start, start + BATCH)]
        with transaction():
            add_many_verified(
                SYSTEM,
                [one["organisation"] for one in batch],
                [one["texts"] for one in batch],
                [one["chair"] for one in batch],
                [one["numbers"] for one in batch],
                now(),
            )
        progress(start + BATCH, MANY)
