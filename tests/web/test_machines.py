"""What search engines are told: which pages they keep, and descriptions that no seller's word can break out of."""

import json
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from academy.services.certificates import issue_certificate
from app.accounts.models import OrganisationText
from app.accounts.queries.typed import ContactValue
from app.accounts.services.members import invite
from app.engines.db import db
from app.engines.housekeeping import drain_search
from app.engines.transactions import transaction
from app.kernel.clock import now
from catalog.models import Product
from projectbank.models import Sheet
from tests.browsing import post, sign_in
from tests.builders.academy import a_course, finishes
from tests.builders.accounts import a_cooperative, a_person, actor_of
from tests.builders.catalog import a_product, variant_of
from tests.builders.orders import a_purchase, pay_key
from tests.builders.payments import a_payable
from tests.builders.projectbank import a_group, a_sheet, invited

ROBOTS = re.compile(r'<meta name="robots" content="([^"]*)">')
DATA = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)
HOSTILE = '</script ><img src=x> & "Miel"'


def said(client: FlaskClient, address: str, status: int = 200) -> str | None:
    """What the page tells search engines; None: nothing."""
    answer = client.get(address)
    assert answer.status_code == status, address
    found = ROBOTS.findall(answer.get_data(as_text=True))
    assert len(found) <= 1, address
    return found[0] if found else None


def test_pages_of_one_s_own_and_results_of_a_search_are_not_kept_and_public_ones_are(
    app: Flask, client: FlaskClient
) -> None:
    chair = a_person("Aïcha")
    shop = a_cooperative("Tifawin", chair=chair, sector="argan", region="MA-09")
    young = a_cooperative("Adrar", state="submitted", chair=chair)
    oil = a_product(shop.id, "Huile d’argane")
    draft = a_product(shop.id, "Savon", published=False)
    sheet = a_sheet(chair, "Miellerie")
    idea = a_sheet(chair, "Moulin", state="draft")
    group = a_group(chair, sheet)
    secret = invited(chair, group)
    course = a_course("Prix")
    finishes(chair, course)
    with transaction():
        code = issue_certificate(actor_of(chair), course.id)
        invite(actor_of(chair), shop.id, ContactValue("mail", "a@example.org"), "packer", "letter", "http://x", now())
    purchase = a_purchase({variant_of(oil): 1})
    card = a_purchase({variant_of(oil): 1}, "card")
    slugs = [db.session.get_one(Product, one).slug for one in (oil, draft)]
    ideas = [db.session.get_one(Sheet, one).slug for one in (sheet, idea)]
    drain_search()
    post(client, "/fr/basket/lines", variant=str(variant_of(oil)), quantity="1")
    kept = [
        "/fr/",
        "/fr/market",
        "/fr/cooperatives",
        "/fr/projects",
        "/fr/academy",
        f"/fr/market/products/{slugs[0]}",
        f"/fr/cooperatives/{shop.slug}",
        f"/fr/projects/{ideas[0]}",
        f"/fr/academy/courses/{course.slug}",
        "/fr/legal/terms",
    ]
    narrowed = [
        "/fr/market?q=argane",
        "/fr/market?region=MA-09",
        "/fr/cooperatives?q=tifawin",
        "/fr/cooperatives?sector=argan",
        "/fr/projects?q=miel",
        "/fr/projects?kind=idea",
    ]
    own = [
        "/fr/basket",
        "/fr/checkout",
        f"/fr/orders/{purchase.number}?key={purchase.key}",
        f"/fr/pay/{pay_key(card.id)}",
        f"/fr/pay/{a_payable(reference=99).key}",
        f"/fr/projects/invitations/{secret}",
        "/fr/join/letter",
        f"/verify/{code}?lang=fr",
        "/fr/design",
    ]
    found = {address: said(client, address) for address in (*kept, *narrowed, *own)}
    found["404"] = said(client, "/fr/no-such-page", 404)
    sign_in(client, chair)
    members = [
        f"/fr/market/products/{slugs[1]}",
        f"/fr/cooperatives/{young.slug}",
        f"/fr/projects/{ideas[1]}",
        f"/fr/projects/mine/{idea}",
        f"/fr/projects/groups/{group}",
        "/fr/projects/mine",
        "/fr/projects/propose",
        f"/fr/sell/{shop.slug}/products",
    ]
    found |= {address: said(client, address) for address in members}
    expected = dict.fromkeys(kept) | dict.fromkeys(narrowed, "noindex, follow")
    assert found == expected | dict.fromkeys((*own, *members, "404"), "noindex")


def test_the_robots_file_closes_what_is_one_s_own(client: FlaskClient) -> None:
    lines = client.get("/robots.txt").get_data(as_text=True).splitlines()
    closed = ["account", "basket", "checkout", "sell", "desk"]
    rules = [f"/{lang}/{part}{end}" for lang in ("fr", "ar", "en") for part in closed for end in ("$", "/", "?")]
    assert [line for line in lines if line.startswith("Disallow")] == [f"Disallow: {rule}" for rule in rules]


@pytest.mark.parametrize("what", ["Product", "Organization", "Course"])
def test_no_sign_of_markup_stands_in_a_description_for_machines(app: Flask, client: FlaskClient, what: str) -> None:
    """Not one `<`: `</script ` with a space ends the element as well as `</script>` does."""
    shop = a_cooperative("Tifawin")
    if what == "Product":
        product = a_product(shop.id, HOSTILE, description=HOSTILE)
        address = f"/fr/market/products/{db.session.get_one(Product, product).slug}"
    elif what == "Organization":
        with transaction() as session:
            text = session.query(OrganisationText).filter_by(organisation_id=shop.id).one()
            text.name = text.pitch = HOSTILE
        address = f"/fr/cooperatives/{shop.slug}"
    else:
        address = f"/fr/academy/courses/{a_course(HOSTILE).slug}"
    page = client.get(address).get_data(as_text=True)
    told = DATA.findall(page)
    assert told
    assert [one for one in told if set(one) & set("<>&")] == []
    thing = next(one for one in map(json.loads, told) if one["@type"] == what)
    assert thing["name"] == HOSTILE
    assert "<img src=x>" not in page
