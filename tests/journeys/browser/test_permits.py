"""On a phone, in Arabic: honey whose sanitary approval has ended is not for sale, the bowl of the same cooperative is."""

import pytest
from playwright.sync_api import expect

from tests.journeys.browser.conftest import OpenWalker

HONEY, BOWL = "miel-thym-haha", "bol-thuya-tourne"
COOPERATIVE = "igrane-ihahan"


@pytest.mark.parametrize("language", ["ar", "fr"])
def test_the_honey_cannot_be_bought_and_the_bowl_can(walker_of: OpenWalker, language: str) -> None:
    buyer = walker_of(language, "phone")
    buyer.go(f"/cooperatives/{COOPERATIVE}")
    goods = buyer.main().locator("a[href*='/market/products/']")
    expect(buyer.main().locator(f"a[href$='/{BOWL}']").first).to_be_visible()
    assert not [one for one in goods.all() if (one.get_attribute("href") or "").endswith(HONEY)]
    buyer.go(f"/market/products/{HONEY}", status=404)
    buyer.go(f"/market/products/{BOWL}")
    buyer.press("Add to basket", within=buyer.main())
    buyer.go("/basket")
    expect(buyer.main().locator(f"a[href$='/{BOWL}']").first).to_be_visible()
    buyer.follow("Order now", within=buyer.main())
    buyer.arrives("/checkout")
