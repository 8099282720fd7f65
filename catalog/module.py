"""The plate of catalog."""

from app.accounts.signals import organisation_changed, organisation_reinstated, organisation_suspended, organisation_verified
from app.engines.counters import counts_changed
from app.kernel.actor import CHAIR, PACKER, SELLER
from app.kernel.text import msg
from app.module import Card, Entry, LongWork, MachineDoor, Module, PublicPage, Schedule, SearchKind, Step, Work
from catalog import cli, listeners
from catalog.demo.letters import write_samples
from catalog.demo.load import load
from catalog.jobs import look_at_lots, look_at_proofs, renew_permits
from catalog.permissions import EDITORS
from catalog.queries.cooperatives import VERIFIED_SLUGS
from catalog.queries.delivery import unknown_ways
from catalog.queries.lots import broken_lots
from catalog.queries.market import LISTED_SLUGS
from catalog.queries.movements import unexplained_stock
from catalog.queries.office import broken_listings, has_published
from catalog.queries.own_data import OWN_DATA
from catalog.queries.permits import broken_permits
from catalog.queries.proofs import broken_proofs, label_names_of_cooperatives, label_names_of_products
from catalog.search import cooperative_documents, product_documents
from catalog.services.letters import NOTICE_KINDS
from catalog.services.long_import import LONG_IMPORT, import_some, read_portion
from catalog.services.requirements import RENEW
from catalog.views import catalog
from catalog.views.cards import desk_card, file_card, market_card, office_card, regions_card
from catalog.views.feeds import ATOM, NEW_GOODS, OPENSEARCH, SEARCH_GOODS
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
    search_kinds=[
        SearchKind("product", lambda ids: product_documents(ids, label_names_of_products)),
        SearchKind("cooperative", lambda ids: cooperative_documents(ids, label_names_of_cooperatives)),
    ],
    public_pages=[PublicPage("catalog.product", LISTED_SLUGS), PublicPage("catalog.cooperative", VERIFIED_SLUGS)],
    machine_doors=[
        MachineDoor("search", OPENSEARCH, SEARCH_GOODS, "catalog.opensearch"),
        MachineDoor("alternate", ATOM, NEW_GOODS, "catalog.new_goods"),
    ],
    cards=[
        Card("home", 10, "catalog/card_market.html", market_card, on=("market", "cooperatives")),
        Card("home", 40, "catalog/card_regions.html", regions_card, on=("cooperatives",)),
        Card("office", 20, "catalog/card_office.html", office_card),
        Card("desk", 25, "catalog/card_desk.html", desk_card),
        Card("file", 20, "catalog/card_file.html", file_card),
    ],
    steps=[Step("first-product", 50, msg("Put a first product on sale"), "catalog.my_products", "tag", has_published)],
    menu=[
        Entry("main", 10, msg("Market"), "catalog.market", "basket"),
        Entry("main", 20, msg("Cooperatives"), "catalog.cooperatives", "people"),
        Entry("office", 20, msg("Products"), "catalog.office_products", "tag", frozenset({SELLER, CHAIR})),
        Entry("office", 30, msg("Stock"), "catalog.stock", "stall", frozenset({SELLER, CHAIR, PACKER})),
        Entry("office", 25, msg("Labels and permits"), "catalog.proofs", "certificate", frozenset({SELLER, CHAIR})),
        Entry("office", 60, msg("Delivery"), "catalog.delivery", "truck", frozenset({SELLER, CHAIR})),
        Entry("desk", 22, msg("Labels and permits"), "catalog.desk_list_proofs", "certificate"),
        Entry("desk", 60, msg("What is asked"), "catalog.desk_requirements", "settings"),
    ],
    jobs={
        "catalog.look-at-proofs": Work(look_at_proofs, "house"),
        "catalog.look-at-lots": Work(look_at_lots, "house"),
        RENEW: Work(renew_permits, "house"),
    },
    schedule=(Schedule("catalog.look-at-proofs", 60), Schedule("catalog.look-at-lots", 60)),
    notice_kinds=NOTICE_KINDS,
    letter_samples=write_samples,
    own_data=OWN_DATA,
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
    checks={
        "listings": broken_listings,
        "permits": broken_permits,
        "proofs": broken_proofs,
        "ways of delivery": unknown_ways,
        "stock": unexplained_stock,
        "lots": broken_lots,
    },
)
