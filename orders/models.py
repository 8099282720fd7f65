"""Baskets, purchases and orders. Amounts in minor units; an order line keeps its own copy of what was bought."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.engines.db import Base
from app.engines.files.named import FileName

ORDERS, PURCHASES = "order", "purchase"  # what is tallied: an office's orders by stages.tally_word, the house's purchases


class Basket(Base):
    """What somebody means to buy: a person's, or a guest's by the key of the session."""

    __tablename__ = "basket"
    __table_args__ = (CheckConstraint("(person_id IS NULL) <> (guest IS NULL)", name="one_owner"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), unique=True)
    guest: Mapped[str | None] = mapped_column(unique=True)
    changed_at: Mapped[datetime] = mapped_column(index=True)


class BasketLine(Base):
    """So many of a variant; `price_seen` is the price when it was put in, to say when it has changed."""

    __tablename__ = "basket_line"
    __table_args__ = (UniqueConstraint("basket_id", "variant_id"), CheckConstraint("count > 0", name="count_positive"))
    id: Mapped[int] = mapped_column(primary_key=True)
    basket_id: Mapped[int] = mapped_column(ForeignKey("basket.id"))
    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id"), index=True)
    count: Mapped[int]
    price_seen: Mapped[int]


class Address(Base):
    """Where a person had the last purchase sent, offered again next time."""

    __tablename__ = "address"
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    name: Mapped[str]
    phone: Mapped[str | None]
    mail: Mapped[str | None]
    region: Mapped[str]
    commune: Mapped[str]
    street: Mapped[str]


class Purchase(Base):
    """One checkout: one total, one payment, one order per cooperative. Its status is derived from its orders.

    `key` opens the page of a guest; `idempotency_key` was made when the checkout page was shown, and makes a second
    press the first purchase. `guest` is the session's key, so that an abandoned purchase finds its basket again.
    `confirmed_at`: since when the contact is known to be the buyer's; `sender`: the address it came from, by a key.
    """

    __tablename__ = "purchase"
    __table_args__ = (
        Index("ix_purchase_number", "number", postgresql_ops={"number": "text_pattern_ops"}),
        Index("ix_purchase_buyer_id", "buyer_id", "id"),
        Index("ix_purchase_sender", "sender", "created_at"),
        Index("ix_purchase_mail", "mail", "created_at"),
        Index("ix_purchase_phone", "phone", "created_at"),
        CheckConstraint("total >= 0", name="total_not_negative"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    key: Mapped[str] = mapped_column(unique=True)
    idempotency_key: Mapped[str] = mapped_column(unique=True)
    buyer_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    guest: Mapped[str | None]
    name: Mapped[str]
    phone: Mapped[str | None]
    mail: Mapped[str | None]
    language: Mapped[str]
    territory: Mapped[str]
    region: Mapped[str]
    commune: Mapped[str]
    street: Mapped[str]
    method: Mapped[str]  # cash, card
    total: Mapped[int]
    currency: Mapped[str]
    terms_version: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]  # until when it can be paid by card, or confirmed by its buyer
    confirmed_at: Mapped[datetime | None]
    sender: Mapped[str | None]
    code_id: Mapped[int | None]  # the code that was sent last, in accounts


class Order(Base):
    """One cooperative's part of a purchase. The four axes are rules.AXES; `commission` is frozen when it is ordered."""

    __tablename__ = "seller_order"
    __table_args__ = (
        Index("ix_seller_order_organisation_id", "organisation_id", "commercial", "fulfilment", "id", "placed_at"),
        Index(
            "ix_seller_order_organisation_id_number",
            "organisation_id",
            "number",
            postgresql_ops={"number": "text_pattern_ops"},
        ),
        Index("ix_seller_order_commercial", "commercial", "fulfilment", "id"),
        CheckConstraint("total = goods + delivery_fee", name="total_adds_up"),
        CheckConstraint("commission >= 0 AND commission <= goods", name="commission_within_goods"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    purchase_id: Mapped[int] = mapped_column(ForeignKey("purchase.id"), index=True)
    number: Mapped[str] = mapped_column(unique=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    commercial: Mapped[str]
    payment: Mapped[str]
    fulfilment: Mapped[str]
    after_sale: Mapped[str]
    goods: Mapped[int]
    delivery_fee: Mapped[int]
    total: Mapped[int]
    commission: Mapped[int]
    currency: Mapped[str]
    delivery_kind: Mapped[str]  # catalog's WAYS
    pickup_place: Mapped[str]
    asked: Mapped[str | None]  # the day that would suit the buyer, where one is agreed on
    promised_from: Mapped[date]
    promised_to: Mapped[date]
    carrier: Mapped[str]
    tracking: Mapped[str]
    reason: Mapped[str]
    last_action: Mapped[str]
    version: Mapped[int]
    placed_at: Mapped[datetime | None]


class OrderLine(Base):
    """What was bought, as it was when it was bought: `quantity` base units of `unit`, `count` times."""

    __tablename__ = "order_line"
    __table_args__ = (
        CheckConstraint("total = unit_price * count", name="total_adds_up"),
        CheckConstraint("count > 0", name="count_positive"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("seller_order.id"), index=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id"))
    product_slug: Mapped[str]
    title: Mapped[str]
    variant_name: Mapped[str]
    unit: Mapped[str]
    quantity: Mapped[int]
    count: Mapped[int]
    unit_price: Mapped[int]
    total: Mapped[int]
    weight_grams: Mapped[int]
    drawing: Mapped[str]
    picture_stem: Mapped[str | None] = mapped_column(FileName)
