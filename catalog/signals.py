"""What has happened to products; ids only."""

from blinker import Namespace

_catalog = Namespace()

# Strangers see a product from now on. product_id, organisation_id.
product_published = _catalog.signal("product-published")
# Strangers no longer see a product. product_id, organisation_id.
product_withdrawn = _catalog.signal("product-withdrawn")
