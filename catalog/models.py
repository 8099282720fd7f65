"""Products, their texts, variants and pictures; where a cooperative delivers; what its files say. Prices: minor units."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, and_, bindparam
from sqlalchemy.orm import Mapped, mapped_column

from app.engines.db import Base
from app.engines.files.named import FileName
from app.kernel.clock import now


class Product(Base):
    """Something a cooperative sells.

    `listed` says that it is published and its cooperative is verified; strangers see it until `permitted_until`, the
    moment from which it lacks a permit that goods of its kind need (rules.permits). `price_from` is the lowest price of
    its variants on sale, `picture_stem` its first picture. All four are copies kept by the services for lists.
    `external_key` is its name in the file it was imported from; `form_key` makes a form sent twice one product.
    """

    __tablename__ = "product"
    __table_args__ = (
        UniqueConstraint("organisation_id", "external_key"),
        # Those of the market's list hold what its filters ask for, so that no row is read to be passed over.
        Index(
            "ix_product_listed_published_at",
            "listed",
            "published_at",
            "id",
            "category",
            "organisation_id",
            "permitted_until",
        ),
        Index("ix_product_listed_organisation_id", "listed", "organisation_id", "category", "permitted_until"),
        Index("ix_product_listed_category", "listed", "category", "price_from"),
        Index(
            "ix_product_organisation_id_published_at", "organisation_id", "listed", "published_at", "id", "permitted_until"
        ),
        Index("ix_product_organisation_id_state", "organisation_id", "state", "id"),
        Index("ix_product_changed_at", "changed_at"),
        CheckConstraint("price_from IS NULL OR price_from > 0", name="price_from_positive"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    category: Mapped[str | None]  # a key of categories.json
    state: Mapped[str]  # draft, published, withdrawn, discarded (rules.PRODUCT)
    listed: Mapped[bool] = mapped_column(default=False)
    permitted_until: Mapped[datetime]
    drawing: Mapped[str] = mapped_column(default="other")
    carriage: Mapped[str] = mapped_column(default="parcel", server_default="parcel")  # rules.carriages.CARRIAGES
    origin: Mapped[str | None]  # the code of the region it comes from
    labels: Mapped[list[Any]] = mapped_column(default=list)
    price_from: Mapped[int | None]
    currency: Mapped[str]
    picture_stem: Mapped[str | None] = mapped_column(FileName)
    external_key: Mapped[str | None]
    external_rows: Mapped[dict[str, Any]] = mapped_column(default=dict)  # row key to digest of what was imported last
    form_key: Mapped[str | None] = mapped_column(unique=True)
    shelf_days: Mapped[int] = mapped_column(default=0)  # a lot is sold until so many days before its day
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    published_at: Mapped[datetime | None]


# What strangers see and buy, asked at the moment itself: a permit that ends ends it, and no job has to come by.
ON_SALE = and_(Product.listed.is_(True), Product.permitted_until > bindparam("moment", callable_=now))


class ProductText(Base):
    """A product's words in one language; `source` marks the language they were first written in."""

    __tablename__ = "product_text"
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    ingredients: Mapped[str] = mapped_column(default="")
    storage: Mapped[str] = mapped_column(default="")
    source: Mapped[bool] = mapped_column(default=False)
    stale: Mapped[bool] = mapped_column(default=False)


class Variant(Base):
    """A way a product is sold. `quantity` counts base units (g, ml, piece, m, m2); the stock is a counter of its id.

    Files of other shops bear an article number several times; who types one is told that it is taken (services).
    """

    __tablename__ = "variant"
    __table_args__ = (
        Index("ix_variant_organisation_id_sku", "organisation_id", "sku"),
        Index("ix_variant_product_id", "product_id", "position"),
        Index("ix_variant_organisation_id_barcode", "organisation_id", "barcode"),
        CheckConstraint("price IS NULL OR price > 0", name="price_positive"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("weight_grams >= 0", name="weight_not_negative"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    position: Mapped[int]
    names: Mapped[dict[str, Any]] = mapped_column(default=dict)  # language to name; empty: the quantity is the name
    sku: Mapped[str | None]
    barcode: Mapped[str | None]
    external_key: Mapped[str | None]  # the row of the file it came from
    unit: Mapped[str]
    quantity: Mapped[int]
    price: Mapped[int | None]
    weight_grams: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)


class Lot(Base):
    """Pieces of a variant that were made together and keep until the same day. How many are left is a counter of its id.

    A variant is in lots once it has one: its counter then says what the counters of its lots say together. Nothing of it is
    sold from `sells_until` on, which the services keep: the day less the product's `shelf_days`, where the cooperative is.
    """

    __tablename__ = "lot"
    __table_args__ = (
        UniqueConstraint("variant_id", "code"),
        Index("ix_lot_variant_id", "variant_id", "best_before", "id", "sells_until"),
        Index("ix_lot_sells_until", "sells_until"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id"))
    code: Mapped[str]
    best_before: Mapped[date]
    sells_until: Mapped[datetime]
    received_at: Mapped[datetime]
    recalled_at: Mapped[datetime | None]
    recall_reason: Mapped[str] = mapped_column(default="")


class StockMovement(Base):
    """A change of the stock of a variant: by how much, why (rules.stock.REASONS), when, by whom. Rows are only added.

    `lot_id` where the variant is in lots, `reference` the number of the order: together they say who has what of a lot.
    `form_key` makes a form sent twice one movement. The movements of a variant add up to what its counter says there is.
    """

    __tablename__ = "stock_movement"
    __table_args__ = (
        Index("ix_stock_movement_variant_id", "variant_id", "id", "change"),
        Index("ix_stock_movement_person_id", "person_id"),
        Index("ix_stock_movement_lot_id", "lot_id", "reference", "change"),
        Index("ix_stock_movement_reference", "reference", "lot_id"),
        CheckConstraint("change <> 0", name="something_changed"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id"))
    lot_id: Mapped[int | None] = mapped_column(ForeignKey("lot.id"))
    reason: Mapped[str]
    change: Mapped[int]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    reference: Mapped[str | None]
    form_key: Mapped[str | None] = mapped_column(unique=True)
    at: Mapped[datetime]


class ProductPicture(Base):
    """One of at most five pictures, in order; width and height are those of the large form."""

    __tablename__ = "product_picture"
    __table_args__ = (Index("ix_product_picture_product_id", "product_id", "position"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    position: Mapped[int]
    stem: Mapped[str] = mapped_column(FileName)
    width: Mapped[int]
    height: Mapped[int]


class Proof(Base):
    """What a cooperative shows for a requirement, of itself or of a product (rules.PROOF).

    It holds until `ends_at`, for good when that is empty. `warned` is the number of days of the last warning of its end.
    """

    __tablename__ = "proof"
    __table_args__ = (
        Index("ix_proof_organisation_id", "organisation_id", "requirement"),
        Index("ix_proof_product_id", "product_id"),
        Index("ix_proof_state", "state", "ends_at", "id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    product_id: Mapped[int | None] = mapped_column(ForeignKey("product.id"))
    requirement: Mapped[str]  # a key of the territory's data, or of a setting
    state: Mapped[str]
    paper_id: Mapped[int | None] = mapped_column(ForeignKey("paper.id"), index=True)
    ends_at: Mapped[datetime | None]
    sent_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    sent_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    decided_at: Mapped[datetime | None]
    reason: Mapped[str | None]
    warned: Mapped[int | None]


class DeliveryZone(Base):
    """A row of a cooperative's delivery table: regions, fee, working days, from which sum it is free; or where to collect.

    A cooperative without rows delivers by the territory's default table.
    """

    __tablename__ = "delivery_zone"
    __table_args__ = (
        Index("ix_delivery_zone_organisation_id", "organisation_id", "position"),
        CheckConstraint("fee >= 0", name="fee_not_negative"),
        CheckConstraint("days_min >= 0 AND days_max >= days_min", name="days_in_order"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    position: Mapped[int]
    kind: Mapped[str]  # rules.ways.WAYS
    regions: Mapped[list[Any]] = mapped_column(default=list)  # codes; a pickup has none and serves every region
    place: Mapped[str] = mapped_column(default="")  # where to collect
    fee: Mapped[int]
    currency: Mapped[str]
    free_from: Mapped[int | None]
    days_min: Mapped[int]
    days_max: Mapped[int]


class ImportMapping(Base):
    """What a cooperative has said of files with these headers: {our field: column}, and with how many what is new begins.

    `headers` is their digest.
    """

    __tablename__ = "import_mapping"
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    headers: Mapped[str] = mapped_column(primary_key=True)
    columns: Mapped[dict[str, Any]] = mapped_column(default=dict)
    said_at: Mapped[datetime]
