"""What a cooperative's office shows of its own products, whatever their state."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import aliased

from app.accounts.models import Organisation
from app.engines.counters import counted, free, free_of, on_hand
from app.engines.db import db
from app.kernel.actor import Actor
from catalog.models import Product, ProductText, Proof, Variant
from catalog.queries.offers import STOCK, variant_name
from catalog.rules.proofs import MEETS, WARNINGS
from catalog.rules.shapes import drawn_as

PAGE_SIZE = 24
STOCK_PAGE_SIZE = 50
STATES = ("published", "draft", "withdrawn")
LOW = 5  # as few as this are about to run out
SOON = timedelta(days=max(WARNINGS))


@dataclass(frozen=True)
class OfficeLine:
    """A product in the office's list. `left` counts what nobody holds over all its variants on sale.

    `permitted` says that it has the permits that goods of its kind need.
    """

    id: int
    slug: str
    title: str
    state: str
    price: int | None
    currency: str
    picture_stem: str | None
    drawing: str
    permitted: bool
    left: int


@dataclass(frozen=True)
class OfficeList:
    """A page of the office's products, with how many stand in each state."""

    lines: Sequence[OfficeLine]
    total: int
    states: Mapping[str, int]


@dataclass(frozen=True)
class StockLine:
    """A variant to be counted: what there is, and how much of it buyers are just paying for."""

    variant_id: int
    product_id: int
    title: str
    name: str
    sku: str | None
    on_hand: int
    held: int


@dataclass(frozen=True)
class OfficeFigures:
    """Products on sale and in draft, how many variants on sale run out, how many proofs end soon, how many were refused
    last, and how many products are published and wait for a permit.
    """

    published: int
    draft: int
    low: int
    ending: int
    refused: int
    waiting: int


def office_list(organisation_id: int, state: str | None, q: str, language: str, number: int, now: datetime) -> OfficeList:
    """Newest change first; `q` looks into titles, article numbers and barcodes. Three statements."""
    base = [Product.organisation_id == organisation_id, Product.state != "discarded"]
    if q:
        base.append(_named(organisation_id, q))
    states = dict(db.session.execute(select(Product.state, func.count()).where(*base).group_by(Product.state)).all())
    total = states.get(state, 0) if state else sum(states.values())
    words, source = aliased(ProductText), aliased(ProductText)
    rows = db.session.execute(
        select(
            Product.id,
            Product.slug,
            func.coalesce(words.title, source.title, ""),
            Product.state,
            Product.price_from,
            Product.currency,
            Product.picture_stem,
            Product.drawing,
            Product.category,
            source.title,
            Product.permitted_until > now,
        )
        .outerjoin(words, and_(words.product_id == Product.id, words.language == language))
        .outerjoin(source, and_(source.product_id == Product.id, source.source))
        .where(*base, *([Product.state == state] if state else []))
        .order_by(Product.id.desc())
        .limit(PAGE_SIZE)
        .offset((number - 1) * PAGE_SIZE)
    ).all()
    left = dict(
        db.session.execute(
            select(Variant.product_id, func.sum(free_of(STOCK, Variant.id, now)))
            .where(Variant.product_id.in_([row.id for row in rows]), Variant.active)
            .group_by(Variant.product_id)
        ).all()
    )
    return OfficeList([_line(row, int(left.get(row.id) or 0)) for row in rows], total, states)


def _line(row: Any, left: int) -> OfficeLine:
    id_, slug, title, state, price, currency, stem, drawing, category, said, permitted = row
    drawn = drawn_as(drawing, category, said or "", id_)
    return OfficeLine(id_, slug, title, state, price, currency, stem, drawn, permitted, left)


def _named(organisation_id: int, q: str) -> ColumnElement[bool]:
    """Of the office's own products: neither the words nor the numbers of all others are read."""
    titled = select(ProductText.product_id).where(
        ProductText.product_id == Product.id, ProductText.title.icontains(q, autoescape=True)
    )
    coded = select(Variant.product_id).where(
        Variant.organisation_id == organisation_id, or_(Variant.sku == q, Variant.barcode == q)
    )
    return or_(titled.exists(), Product.id.in_(coded))


def stock_list(organisation_id: int, language: str, number: int, now: datetime) -> tuple[list[StockLine], int]:
    """The variants on sale or in draft, by product; with how many there are in all."""
    words, source = aliased(ProductText), aliased(ProductText)
    kept = [Variant.organisation_id == organisation_id, Variant.active, Product.state != "discarded"]
    total = (
        db.session.scalar(
            select(func.count()).select_from(Variant).join(Product, Product.id == Variant.product_id).where(*kept)
        )
        or 0
    )
    rows = db.session.execute(
        select(
            Variant.id,
            Variant.product_id,
            func.coalesce(words.title, source.title, "").label("title"),
            Variant.names,
            Variant.quantity,
            Variant.unit,
            Variant.sku,
            on_hand(),
            free(now).label("free"),
        )
        .join(Product, Product.id == Variant.product_id)
        .outerjoin(*counted(STOCK, Variant.id))
        .outerjoin(words, and_(words.product_id == Product.id, words.language == language))
        .outerjoin(source, and_(source.product_id == Product.id, source.source))
        .where(*kept)
        .order_by(Product.id.desc(), Variant.position)
        .limit(STOCK_PAGE_SIZE)
        .offset((number - 1) * STOCK_PAGE_SIZE)
    )
    return [
        StockLine(
            row.id,
            row.product_id,
            row.title,
            variant_name(row.names, row.quantity, row.unit, language),
            row.sku,
            row.on_hand or 0,
            (row.on_hand or 0) - int(row.free or 0),
        )
        for row in rows
    ], total


def office_figures(organisation_id: int, now: datetime) -> OfficeFigures:
    """For the office's first page. Two statements."""
    states = dict(
        db.session.execute(
            select(Product.state, func.count()).where(Product.organisation_id == organisation_id).group_by(Product.state)
        ).all()
    )
    low = (
        select(func.count())
        .select_from(Variant)
        .join(Product, Product.id == Variant.product_id)
        .where(
            Variant.organisation_id == organisation_id,
            Variant.active,
            Product.state == "published",
            free_of(STOCK, Variant.id, now) <= LOW,
        )
    )
    ours, later = Proof.organisation_id == organisation_id, aliased(Proof)
    ending = select(func.count()).where(ours, Proof.state.in_(MEETS), Proof.ends_at > now, Proof.ends_at <= now + SOON)
    same = (later.requirement == Proof.requirement) & later.product_id.is_not_distinct_from(Proof.product_id)
    followed = select(later.id).where(later.organisation_id == organisation_id, same, later.id > Proof.id)
    refused = select(func.count()).where(ours, Proof.state == "refused", ~followed.exists())
    mine = Product.organisation_id == organisation_id
    waiting = select(func.count()).where(mine, Product.listed, Product.permitted_until <= now)
    figures = db.session.execute(select(*(one.scalar_subquery() for one in (low, ending, refused, waiting)))).one()
    return OfficeFigures(states.get("published", 0) - figures[-1], states.get("draft", 0), *figures)


def product_of_office(organisation_id: int, product_id: int) -> bool:
    """Does the product belong to the organisation, and is it not discarded?"""
    return (
        db.session.scalar(
            select(Product.id).where(
                Product.id == product_id, Product.organisation_id == organisation_id, Product.state != "discarded"
            )
        )
        is not None
    )


def waits_for_permit(product_id: int, now: datetime) -> bool:
    """Is it published, and not sold for want of a permit?"""
    waits = select(Product.id).where(Product.id == product_id, Product.state == "published", Product.permitted_until <= now)
    return db.session.scalar(waits) is not None


def has_published(actor: Actor) -> bool:
    """Has a cooperative of this person ever published a product?"""
    if not actor.roles:
        return False
    return (
        db.session.scalar(
            select(Product.id)
            .where(Product.organisation_id.in_(sorted(actor.roles)), Product.published_at.is_not(None))
            .limit(1)
        )
        is not None
    )


def organisation_id_of(slug: str) -> int | None:
    """The organisation of this address, for commands."""
    return db.session.scalar(select(Organisation.id).where(Organisation.slug == slug))


def broken_listings() -> list[str]:
    """For `tiwizi check`: copies that lists read and that do not agree with what they are copies of."""
    lowest = select(func.min(Variant.price)).where(Variant.product_id == Product.id, Variant.active).scalar_subquery()
    rows = db.session.execute(
        select(
            Product.id,
            Product.listed,
            Product.state,
            Organisation.state.label("maker"),
            Product.price_from,
            lowest.label("lowest"),
        )
        .join(Organisation, Organisation.id == Product.organisation_id)
        .where(
            or_(
                Product.listed != and_(Product.state == "published", Organisation.state == "verified"),
                func.coalesce(Product.price_from, 0) != func.coalesce(lowest, 0),
                and_(Product.listed, Product.price_from.is_(None)),
            )
        )
    )
    problems = [
        f"product {row.id}: listed {row.listed}, {row.state}, maker {row.maker}, price from {row.price_from}, "
        f"lowest {row.lowest}"
        for row in rows
    ]
    uncounted = db.session.scalars(select(Variant.id).outerjoin(*counted(STOCK, Variant.id)).where(on_hand().is_(None)))
    return problems + [f"variant {variant_id} has no counter of its stock" for variant_id in uncounted]


def product_of_form(organisation_id: int, form_key: str) -> int | None:
    """The product a form has already made."""
    return db.session.scalar(
        select(Product.id).where(Product.form_key == form_key, Product.organisation_id == organisation_id)
    )


def sector_and_territory(organisation_id: int) -> tuple[str, str]:
    """(territory, sector), keys both."""
    row = db.session.execute(
        select(Organisation.territory, Organisation.sector).where(Organisation.id == organisation_id)
    ).one()
    return row.territory, row.sector


def territory_of(organisation_id: int) -> str:
    """The key of the territory the organisation lies in."""
    return db.session.scalars(select(Organisation.territory).where(Organisation.id == organisation_id)).one()


def bare_organisations(ids: Sequence[int] | None) -> list[int]:
    """Which of these verified cooperatives (of all when None) have no product at all."""
    asked = select(Organisation.id).where(
        Organisation.state == "verified",
        Organisation.kind == "cooperative",
        ~select(Product.id).where(Product.organisation_id == Organisation.id).exists(),
    )
    return list(
        db.session.scalars((asked if ids is None else asked.where(Organisation.id.in_(ids))).order_by(Organisation.id))
    )
