"""Keeps the copies that lists read: who sees a product, its lowest price, its first picture; and tells the search."""

from collections.abc import Mapping, Sequence

from sqlalchemy import case, func, select, update

from app.accounts.models import Organisation
from app.engines.db import db
from app.engines.generations import changed
from app.engines.search import outbox
from app.kernel.clock import now
from catalog.models import Product, ProductPicture, Variant
from catalog.rules.products import shown_left

PRODUCT_KIND = "product"
COOPERATIVE_KIND = "cooperative"


def refresh(product: Product, verified: bool) -> None:
    """After any change of a product: its version rises, its copies are made anew, the search is told."""
    copy(product, verified)
    tell_search(product.organisation_id, product.id)


def copy(product: Product, verified: bool) -> None:
    """Its version rises, its copies are made anew; the caller tells the search, of many products at once."""
    db.session.flush()
    price = select(func.min(Variant.price)).where(Variant.product_id == product.id, Variant.active)
    picture = (
        select(ProductPicture.stem)
        .where(ProductPicture.product_id == product.id)
        .order_by(ProductPicture.position, ProductPicture.id)
        .limit(1)
    )
    copies = db.session.execute(select(price.scalar_subquery(), picture.scalar_subquery())).one()
    product.price_from, product.picture_stem = copies
    product.listed = product.state == "published" and verified
    product.version = (product.version or 0) + 1
    product.changed_at = now()


def tell_search(organisation_id: int, *ids: int) -> None:
    """Products of a cooperative were made or changed; so has what is said of the cooperative."""
    if ids:
        outbox.touch(PRODUCT_KIND, *ids)
        outbox.touch(COOPERATIVE_KIND, organisation_id)


def relist(organisation_id: int) -> None:
    """The cooperative was verified, suspended or reinstated: its published products appear or vanish at once."""
    verified = db.session.scalar(select(Organisation.state).where(Organisation.id == organisation_id)) == "verified"
    db.session.execute(
        update(Product)
        .where(Product.organisation_id == organisation_id)
        .values(listed=case((Product.state == "published", verified), else_=False), changed_at=now())
        .execution_options(synchronize_session=False)
    )
    changed("market")
    touch_organisation(organisation_id)


def touch_organisation(organisation_id: int) -> None:
    """The search forgets or learns the cooperative's name and place with each of its products."""
    ids: Sequence[int] = db.session.scalars(select(Product.id).where(Product.organisation_id == organisation_id)).all()
    outbox.touch(PRODUCT_KIND, *ids)
    outbox.touch(COOPERATIVE_KIND, organisation_id)


def proof_changed(organisation_id: int, product_id: int | None) -> None:
    """A proof of the cooperative, or of one of its goods, began or ended to hold: pages and search say it anew."""
    if product_id is None:
        touch_organisation(organisation_id)
    else:
        tell_search(organisation_id, product_id)


def stock_moved(counts: Mapping[int, tuple[int | None, int]]) -> None:
    """Of these variants another number is free: {variant: (before, now)}. Pages change where they say another thing."""
    said_anew = [one for one, (before, now_) in counts.items() if before is None or shown_left(before) != shown_left(now_)]
    if said_anew:
        rows = db.session.execute(
            select(Product.id, Product.organisation_id)
            .join(Variant, Variant.product_id == Product.id)
            .where(Variant.id.in_(said_anew))
        ).all()
        changed("product", *(row[0] for row in rows))
        changed("cooperative", *(row[1] for row in rows))
