"""Goods of a kind that needs a permit are sold while it is proved.

What was on sale before goes on: a cooperative without the permit is not asked for it for ninety days, and its chair is told.
"""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

from app.engines.db import Moment, Whole

revision = "20261128_0700"
down_revision = "20261128_0640"
branch_labels = None
depends_on = None

FOR_GOOD, NEVER = datetime(9000, 1, 1, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC)
DAYS = 90
# What the data of the territories ask before food is sold, and the clocks by which a day ends there.
PERMITS = {"morocco": ("onssa", "Africa/Casablanca"), "quebec": ("permis-mapaq", "America/Toronto")}
REASON = "on sale before permits were asked"
FOOD = (
    "argan-oil",
    "butter-fermented",
    "cheese",
    "couscous",
    "dairy",
    "dates",
    "dried-fish",
    "figs-raisins",
    "flour",
    "food",
    "fruit-nuts",
    "grains-pulses",
    "herbs-infusions",
    "hive-products",
    "honey",
    "honey-bee",
    "jams",
    "nuts",
    "oils",
    "olive-oil",
    "olives-capers",
    "preserves",
    "pulses",
    "saffron",
    "saffron-spices",
    "seafood",
    "seaweed-salt",
    "shellfish",
    "spices",
    "sweets-spreads",
    "tinned-fish",
    "vinegar",
)
SUBJECTS = {
    "fr": "L’office ne vous demande pas encore, pendant 90 jours : {name}",
    "ar": "لا يطلب منكم المكتب بعد، لمدة 90 يوما: {name}",
    "en": "The office does not ask you yet, for 90 days: {name}",
}
NAMES = {
    "onssa": {"fr": "Agrément sanitaire ONSSA", "ar": "ترخيص السلامة الصحية (ONSSA)", "en": "Food safety approval (ONSSA)"},
    "permis-mapaq": {"fr": "Permis alimentaire (MAPAQ)", "ar": "رخصة الأغذية (MAPAQ)", "en": "Food permit (MAPAQ)"},
}
INDEXES = {
    "ix_product_listed_published_at": ["listed", "published_at", "id", "category", "organisation_id"],
    "ix_product_listed_organisation_id": ["listed", "organisation_id", "category"],
    "ix_product_organisation_id_published_at": ["organisation_id", "listed", "published_at", "id"],
}


product = sa.table(
    "product",
    sa.column("id", Whole),
    sa.column("organisation_id", Whole),
    sa.column("category", sa.Text),
    sa.column("state", sa.Text),
    sa.column("permitted_until", Moment()),
)
organisation = sa.table(
    "organisation", sa.column("id", Whole), sa.column("slug", sa.Text), sa.column("territory", sa.Text)
)
proof = sa.table(
    "proof",
    sa.column("id", Whole),
    sa.column("organisation_id", Whole),
    sa.column("product_id", Whole),
    sa.column("requirement", sa.Text),
    sa.column("state", sa.Text),
    sa.column("ends_at", Moment()),
    sa.column("sent_at", Moment()),
    sa.column("decided_at", Moment()),
    sa.column("reason", sa.Text),
)
membership = sa.table(
    "membership", sa.column("organisation_id", Whole), sa.column("person_id", Whole), sa.column("role", sa.Text)
)
person = sa.table("person", sa.column("id", Whole), sa.column("language", sa.Text))
notice = sa.table(
    "notice",
    sa.column("person_id", Whole),
    *(sa.column(name, sa.Text) for name in ("kind", "event", "subject", "path", "language")),
    sa.column("told_at", Moment()),
)
food = sa.or_(product.c.category.is_(None), product.c.category.in_(FOOD))


def upgrade() -> None:
    zone = "" if op.get_bind().dialect.name == "sqlite" else "+00"
    never = f"{NEVER:%Y-%m-%d %H:%M:%S.%f}{zone}"
    op.add_column("product", sa.Column("permitted_until", Moment(), nullable=False, server_default=never))
    with op.batch_alter_table("product") as table:
        table.alter_column("permitted_until", server_default=None)
    op.execute(sa.update(product).values(permitted_until=FOR_GOOD))
    now = datetime.now(UTC)
    for territory, (requirement, clocks) in PERMITS.items():
        last = now.astimezone(ZoneInfo(clocks)).date() + timedelta(days=DAYS)
        _ask_later(territory, requirement, datetime.combine(last, time(), ZoneInfo(clocks)).astimezone(UTC), now)
        _copy(territory, requirement)
    for name, columns in INDEXES.items():
        op.drop_index(name, "product")
        op.create_index(name, "product", [*columns, "permitted_until"])


def _ask_later(territory: str, requirement: str, ends_at: datetime, now: datetime) -> None:
    """Those that sell food, or goods of no kind, and hold no permit for themselves."""
    bind = op.get_bind()
    held = sa.select(proof.c.id).where(
        proof.c.organisation_id == organisation.c.id,
        proof.c.requirement == requirement,
        proof.c.product_id.is_(None),
        proof.c.state.in_(("verified", "waived")),
        sa.or_(proof.c.ends_at.is_(None), proof.c.ends_at > now),
    )
    sells = sa.select(product.c.id).where(product.c.organisation_id == organisation.c.id, product.c.state == "published", food)
    makers = sa.select(organisation.c.id, organisation.c.slug).where(
        organisation.c.territory == territory, ~held.exists(), sells.exists()
    )
    for maker in bind.execute(makers).all():
        values = {"state": "waived", "ends_at": ends_at, "sent_at": now, "decided_at": now, "reason": REASON}
        waiver = sa.insert(proof).values(organisation_id=maker.id, requirement=requirement, **values).returning(proof.c.id)
        proof_id = bind.execute(waiver).scalar_one()
        chairs = sa.select(person.c.id, person.c.language).join(membership, membership.c.person_id == person.c.id)
        for chair in bind.execute(chairs.where(membership.c.organisation_id == maker.id, membership.c.role == "chair")).all():
            language = chair.language if chair.language in SUBJECTS else "fr"
            told = {
                "kind": "catalog.proof",
                "event": f"proof:{proof_id}:waived",
                "subject": SUBJECTS[language].format(name=NAMES[requirement][language]),
                "path": f"/{language}/sell/{maker.slug}/proofs",
                "language": language,
            }
            bind.execute(sa.insert(notice).values(person_id=chair.id, told_at=now, **told))


def _copy(territory: str, requirement: str) -> None:
    """Until when each of the goods may be sold, by what is proved of its cooperative or of itself."""
    until = (
        sa.select(sa.func.max(sa.func.coalesce(proof.c.ends_at, sa.literal(FOR_GOOD, Moment()))))
        .where(
            proof.c.organisation_id == product.c.organisation_id,
            proof.c.requirement == requirement,
            proof.c.state.in_(("verified", "waived")),
            sa.or_(proof.c.product_id.is_(None), proof.c.product_id == product.c.id),
        )
        .scalar_subquery()
    )
    there = sa.select(organisation.c.id).where(organisation.c.territory == territory)
    op.execute(
        sa.update(product)
        .where(food, product.c.organisation_id.in_(there))
        .values(permitted_until=sa.func.coalesce(until, sa.literal(NEVER, Moment())))
    )


def downgrade() -> None:
    for name, columns in INDEXES.items():
        op.drop_index(name, "product")
        op.create_index(name, "product", columns)
    with op.batch_alter_table("product") as table:
        table.drop_column("permitted_until")
