"""What has happened to orders; ids only."""

from blinker import Namespace

_orders = Namespace()

# An order stands: cash was chosen or the card was paid. order_id, organisation_id.
order_placed = _orders.signal("order-placed")
# An order reached its buyer. order_id, organisation_id.
order_delivered = _orders.signal("order-delivered")
# An order was cancelled or refused and everything was undone. order_id, organisation_id.
order_stopped = _orders.signal("order-stopped")
