"""The plate of catalog."""

from app.accounts.signals import organisation_changed, organisation_reinstated, organisation_suspended, organisation_verified
from app.engines.counters import counts_changed
from app.kernel.actor import CHAIR, PACKER, SELLER
from app.kernel.text import msg
from app.module import Card, Entry, LongWork, Module, PublicPage, SearchKind, Step
from catalog import cli, listeners
from catalog.demo.load import load
from catalog.permissions import EDITORS
from catalog.queries.cooperatives import VERIFIED_SLUGS
from catalog.queries.delivery import unknown_ways
from catalog.queries.market import LISTED_SLUGS
from catalog.queries.office import broken_listings, has_published
from catalog.search import cooperative_documents, product_documents
from catalog.services.long_import import LONG_IMPORT, import_some, read_portion
from catalog.views import catalog
from catalog.views.cards import market_card, office_card, regions_card
from catalog.views.refusals import REFUSALS

# `import products` and `export products` stand in the groups of the house.
COMMANDS = (cli.import_products, cli.export_products)

MODULE = Module(
    name="catalog",
    blueprints=[catalog],
    subscriptions=[
        (organisation_verified, listeners.on_organisation_verified),
        (organisation_suspended, listeners.on_organisation_suspended),
        (organisation_reinstated, listeners.on_organisation_reinstated),
        (organisation_changed, listeners.on_organisation_changed),
        (counts_changed, listeners.on_counts_changed),
    ],
    search_kinds=[SearchKind("product", product_documents), SearchKind("cooperative", cooperative_documents)],
    public_pages=[PublicPage("catalog.product", LISTED_SLUGS), PublicPage("catalog.cooperative", VERIFIED_SLUGS)],
    cards=[
        Card("home", 10, "catalog/card_market.html", market_card, on=("market", "cooperatives")),
        Card("home", 40, "catalog/card_regions.html", regions_card, on=("cooperatives",)),
        Card("office", 20, "catalog/card_office.html", office_card),
    ],
    steps=[Step("first-product", 50, msg("Put a first product on sale"), "catalog.my_products", "tag", has_published)],
    menu=[
        Entry("main", 10, msg("Market"), "catalog.market", "basket"),
        Entry("main", 20, msg("Cooperatives"), "catalog.cooperatives", "people"),
        Entry("office", 20, msg("Products"), "catalog.office_products", "tag", frozenset({SELLER, CHAIR})),
        Entry("office", 30, msg("Stock"), "catalog.stock", "stall", frozenset({SELLER, CHAIR, PACKER})),
        Entry("office", 60, msg("Delivery"), "catalog.delivery", "truck", frozenset({SELLER, CHAIR})),
    ],
    long_work=[
        LongWork(
            LONG_IMPORT,
            msg("Products from a file"),
            frozenset(EDITORS),
            "catalog.office_products",
            read_portion,
            import_some,
        )
    ],
    refusals=REFUSALS,
    demo=load,
    checks={"listings": broken_listings, "ways of delivery": unknown_ways},
)
