"""Keeps the copies that lists read: who sees a product, its lowest price, its first picture; and tells the search."""

from collections.abc import Sequence

from sqlalchemy import case, func, select, update

from app.accounts.models import Organisation
from app.engines.db import db
from app.engines.search import outbox
from app.kernel.clock import now
from catalog.models import Product, ProductPicture, Variant

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
    touch_organisation(organisation_id)


def touch_organisation(organisation_id: int) -> None:
    """The search forgets or learns the cooperative's name and place with each of its products."""
    ids: Sequence[int] = db.session.scalars(select(Product.id).where(Product.organisation_id == organisation_id)).all()
    outbox.touch(PRODUCT_KIND, *ids)
    outbox.touch(COOPERATIVE_KIND, organisation_id)
