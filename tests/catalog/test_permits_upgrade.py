"""Who sold food before permits were asked goes on selling for ninety days, and the chair reads of it."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import select

from app.engines.db import db
from app.kernel.clock import now
from app.notices.models import Notice
from catalog.models import Product, Proof
from catalog.queries.permits import broken_permits
from catalog.queries.proofs import broken_proofs
from tests.builders.accounts import a_cooperative, a_person, an_operator
from tests.builders.catalog import a_product
from tests.builders.proofs import a_proof

pytestmark = pytest.mark.operating


def test_what_was_on_sale_stays_on_sale_and_its_chair_is_told(app: Flask) -> None:
    chairs = {name: a_person(name, language=code) for name, code in (("Aïcha", "ar"), ("Omar", "fr"), ("Ida", "en"))}
    bare = a_cooperative("Tifawin", chair=chairs["Aïcha"], permitted=False)
    proved = a_cooperative("Anzar", chair=chairs["Omar"], permitted=False)
    crafts = a_cooperative("Adrar", chair=chairs["Ida"], permitted=False)
    maple = a_cooperative("Érablière", chair=chairs["Ida"], territory="quebec", region="QC-03", permitted=False)
    a_proof(chairs["Omar"], proved, an_operator(), "onssa")
    goods = [
        a_product(bare.id, "Miel", category="honey"),
        a_product(proved.id, "Huile", category="olive-oil"),
        a_product(crafts.id, "Panier", category="basketry"),
        a_product(maple.id, "Sirop", category=None),
    ]
    draft = a_product(crafts.id, "Confiture", category="jams", published=False)
    downgrade(revision="20261128_0150")
    upgrade()
    db.session.rollback()
    kept = dict(db.session.execute(select(Product.id, Product.permitted_until)).all())
    assert all(kept[one] > now() + timedelta(days=89) for one in goods)
    assert (kept[draft] < now(), kept[goods[2]] > datetime(8000, 1, 1, tzinfo=UTC)) == (True, True)
    waived = db.session.execute(
        select(Proof.organisation_id, Proof.requirement, Proof.reason).where(Proof.state == "waived").order_by(Proof.id)
    ).all()
    why = "on sale before permits were asked"
    assert [tuple(row) for row in waived] == [(bare.id, "onssa", why), (maple.id, "permis-mapaq", why)]
    told = db.session.execute(
        select(Notice.person_id, Notice.path).where(Notice.event.like("proof:%:waived")).order_by(Notice.id)
    ).all()
    assert [tuple(row) for row in told] == [
        (chairs["Aïcha"].id, "/ar/sell/tifawin/proofs"),
        (chairs["Ida"].id, f"/en/sell/{maple.slug}/proofs"),
    ]
    assert (broken_permits(), broken_proofs()) == ([], [])
