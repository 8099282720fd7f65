"""What has happened to money; ids only."""

from blinker import Namespace

_payments = Namespace()

# The money of a payable is there. Sent once per payable by services.settlement; payable_id, purpose, reference.
payment_settled = _payments.signal("payment-settled")
# A payable was closed without money: the buyer walked away or let it expire. payable_id, purpose, reference.
payment_abandoned = _payments.signal("payment-abandoned")
