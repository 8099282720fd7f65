"""What can go wrong with a card provider: it does not answer, it says no, or a notice is not from it."""

from app.kernel.errors import Invalid, Refusal, Unavailable


class ProviderUnavailable(Unavailable):
    """No usable answer: the call may or may not have had its effect; ask again with the same idempotency key."""

    def __init__(self) -> None:
        super().__init__("card-provider-unavailable")


class ProviderBusy(ProviderUnavailable):
    """As many calls as there may be at once are under way: nothing was asked."""


class ProviderKeyRefused(ProviderUnavailable):
    """The provider does not know our key, or lets it do less than we ask: the office has to act, no buyer can."""


class ProviderRefused(Invalid):
    """The provider understood and said no; ``provider_code`` is its word, e.g. ``charge_already_refunded``."""

    def __init__(self, provider_code: str) -> None:
        super().__init__("card-provider-refused", reason=provider_code)
        self.provider_code = provider_code


class EventRefused(Refusal):
    """A notice without a good signature, too old, changed on the way, or not readable (400)."""

    status = 400

    def __init__(self, why: str) -> None:
        super().__init__("webhook-refused", reason=why)
        self.why = why
