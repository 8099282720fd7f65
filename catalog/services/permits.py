"""Keeps, with every product, until when its permits let it be sold."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select, update

from app.accounts.models import Organisation
from app.engines.db import db
from catalog.models import Product
from catalog.queries.permits import Permits, permits_of_each
from catalog.services.listing import tell_search


def renew_permits(organisation_id: int, moment: datetime) -> None:
    """A proof of the cooperative or of its goods began or ceased to hold: what rests on it sells, or sells no more.

    Whoever calls has locked the cooperative, as whoever makes goods of it has: neither misses what the other writes.
    """
    _renew(Organisation.id == organisation_id, moment)


def renew_permits_of_all(territory: str, moment: datetime) -> None:
    """Something else is asked of the cooperatives of a territory from now on, or is planned. They are locked."""
    makers = select(Organisation.id).where(Organisation.territory == territory).order_by(Organisation.id)
    db.session.execute(makers.with_for_update(key_share=True)).all()
    _renew(Organisation.territory == territory, moment)


def _renew(which: ColumnElement[bool], moment: datetime) -> None:
    permits = permits_of_each(which, moment)
    kinds = (
        select(Product.organisation_id, Product.category, Product.permitted_until)
        .join(Organisation, Organisation.id == Product.organisation_id)
        .where(which)
        .distinct()
    )
    for maker, category, until in db.session.execute(kinds).all():
        tell_search(maker, *_renewed(permits[maker], maker, category, until))


def _renewed(permits: Permits, maker: int, category: str | None, until: datetime) -> Iterator[int]:
    """Those of a kind, now permitted until then, that are to be permitted until another moment. They are written."""
    these = (
        Product.organisation_id == maker,
        Product.category.is_not_distinct_from(category),
        Product.permitted_until == until,
    )
    others: Any = Product.id.not_in(list(permits.of_goods))
    if permits.until(category) != until:
        yield from _write(permits.until(category), *these, others)
    for product_id in permits.of_goods:
        wanted = permits.until(category, product_id)
        if wanted != until:
            yield from _write(wanted, *these, Product.id == product_id)


def _write(until: datetime, *which: Any) -> list[int]:
    written = (
        update(Product)
        .where(*which)
        .values(permitted_until=until)
        .returning(Product.id)
        .execution_options(synchronize_session=False)
    )
    return list(db.session.scalars(written))
