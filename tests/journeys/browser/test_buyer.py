"""A buyer finds goods of two cooperatives, pays by card and in cash, and sees them arrive; a seller sends them."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.browser.conftest import OpenWalker
from tests.journeys.browser.walking import Walker

OIL, SAFFRON = "huile-argane-alimentaire-tifawin", "safran-stigmates"
ARGAN = {"fr": "argan", "ar": "زيت أركان"}
BUYER = {
    "fr": ("Nadia Chraibi", "Casablanca", "12, rue des Orangers"),
    "ar": ("نادية الشرايبي", "الدار البيضاء", "12 زنقة الليمون"),
}
CASABLANCA = "MA-06"
EVERYWHERE = [
    (language, width, script) for language in ("fr", "ar") for width in ("phone", "desktop") for script in (True, False)
]


def add_to_basket(buyer: Walker, product: str) -> None:
    """Follow the product among what was found, and put one of it into the basket."""
    buyer.click(buyer.page.locator(f"main a[href$='/market/products/{product}']").first)
    buyer.press("Add to basket", within=buyer.main())


def fill_basket(buyer: Walker) -> None:
    """A bottle of argan oil and a gram of saffron, of two cooperatives."""
    buyer.go("/")
    buyer.picture("home")
    buyer.find(ARGAN[buyer.language])
    buyer.picture("market")
    buyer.click(buyer.page.locator(f"main a[href$='/market/products/{OIL}']").first)
    buyer.picture("product")
    buyer.press("Add to basket", within=buyer.main())
    buyer.find({"fr": "safran", "ar": "زعفران"}[buyer.language])
    add_to_basket(buyer, SAFFRON)


def fill_basket_again(buyer: Walker) -> None:
    """The same goods, from the pages one knows by now."""
    for product in (OIL, SAFFRON):
        buyer.go(f"/market/products/{product}")
        buyer.press("Add to basket", within=buyer.main())
    buyer.go("/basket")


def see_both_in_basket(buyer: Walker) -> None:
    buyer.go("/basket")
    buyer.picture("basket")
    for cooperative, product in (("tifawin", OIL), ("ourgh-siroua", SAFFRON)):
        group = buyer.page.locator(f"section.panel:has(h2 a[href$='/cooperatives/{cooperative}'])")
        expect(group.locator(f"a[href$='/market/products/{product}']").first).to_be_visible()


def fill_in_checkout(buyer: Walker, method: str) -> None:
    """As a guest: a phone number, an address in Casablanca, how to pay; up to the summary."""
    name, town, street = BUYER[buyer.language]
    buyer.follow("Order now", within=buyer.main())
    buyer.fill(name=name, phone="0612345678", mail="nadia@example.org", commune=town, street=street)
    buyer.choose("region", CASABLANCA)
    buyer.press("Show delivery for this region")
    buyer.choose("method", method)
    buyer.picture("checkout")
    buyer.page.locator("[name=terms]").check()
    buyer.press("To the summary")
    buyer.reads(town)
    buyer.reads("180,00")
    buyer.picture("recap")


def choose_practice_card(buyer: Walker, card: str) -> None:
    buyer.click(buyer.page.locator(f"button[name=card][value={card}]"))


def pay_by_card(buyer: Walker, card: str = "success") -> None:
    """From the summary over the pay page to the card service's practice page, and back."""
    buyer.press("Confirm and pay by card")
    buyer.press("Pay by card", within=buyer.main())
    buyer.arrives("/practice/")
    buyer.picture("practice")
    choose_practice_card(buyer, card)


def number_of(page: Page, cooperative: str) -> str:
    """The number of a cooperative's order on the buyer's page."""
    panel = page.locator(f"section.panel:has(h2 a[href$='/cooperatives/{cooperative}'])")
    found = re.search(r"T[\w-]+", panel.locator("p.muted").first.inner_text())
    assert found
    return found.group()


def send_order(seller: Walker, number: str) -> None:
    """The seller takes every step from the new order to the buyer's door."""
    seller.go("/sell/tifawin/orders")
    seller.click(seller.page.locator(f"main a[href$='/orders/{number}']"))
    seller.picture("seller-order")
    seller.press("Accept the order", within=seller.main())
    seller.press("It is packed", within=seller.main())
    seller.fill(carrier="Amana", tracking="AB123456789MA")
    seller.press("Handed to the carrier", within=seller.main())
    seller.press("Handed over to the buyer", within=seller.main())
    expect(seller.main()).to_contain_text(seller.say("Delivered"))


@pytest.mark.parametrize(("language", "width", "script"), EVERYWHERE)
def test_a_guest_buys_from_two_cooperatives_by_card_then_in_cash_and_sees_the_oil_delivered(
    walker_of: OpenWalker, language: str, width: str, script: bool
) -> None:
    buyer = walker_of(language, width, script=script)
    fill_basket(buyer)
    see_both_in_basket(buyer)
    fill_in_checkout(buyer, "card")
    pay_by_card(buyer)
    buyer.reads_words("Thank you! Your order is confirmed. The cooperatives have been told.")
    expect(buyer.main()).to_contain_text(buyer.say("Paid"))

    fill_basket_again(buyer)
    fill_in_checkout(buyer, "cash")
    buyer.press("Confirm the order")
    buyer.reads_words("Thank you! Your order is confirmed. The cooperatives have been told.")
    confirmation, number = buyer.page.url, number_of(buyer.page, "tifawin")

    seller = walker_of(language, width, script=script)
    seller.sign_in_as("seller")
    send_order(seller, number)

    buyer.sign_out()
    buyer.visit(confirmation.replace("&thanks=1", ""))
    oil = buyer.page.locator("section.panel:has(h2 a[href$='/cooperatives/tifawin'])")
    expect(oil.locator(".badge").first).to_contain_text(buyer.say("Delivered"))
    expect(oil).to_contain_text("AB123456789MA")
    buyer.picture("order-delivered")


def test_a_card_that_is_refused_can_be_followed_by_one_that_works(walker_of: OpenWalker) -> None:
    buyer = walker_of("fr", "phone")
    fill_basket_again(buyer)
    fill_in_checkout(buyer, "card")
    pay_by_card(buyer, "declined")
    buyer.arrives("/practice/")
    choose_practice_card(buyer, "success")
    buyer.reads_words("Thank you! Your order is confirmed. The cooperatives have been told.")


def test_a_bank_that_asks_is_answered_and_the_order_is_paid(walker_of: OpenWalker) -> None:
    buyer = walker_of("ar", "phone")
    fill_basket_again(buyer)
    fill_in_checkout(buyer, "card")
    pay_by_card(buyer, "challenge")
    buyer.click(buyer.page.locator("button[name=answer][value=approve]"))
    buyer.reads_words("Thank you! Your order is confirmed. The cooperatives have been told.")


def test_who_walks_away_from_the_card_page_can_pay_later(walker_of: OpenWalker) -> None:
    buyer = walker_of("fr", "desktop", script=False)
    fill_basket_again(buyer)
    fill_in_checkout(buyer, "card")
    buyer.press("Confirm and pay by card")
    buyer.press("Pay by card", within=buyer.main())
    buyer.click(buyer.page.locator("p.leave a"))
    buyer.arrives("/fr/pay/")
    buyer.press("Pay by card", within=buyer.main())
    choose_practice_card(buyer, "success")
    buyer.reads_words("Thank you! Your order is confirmed. The cooperatives have been told.")


def test_a_buyer_who_changes_their_mind_cancels_before_the_parcel_leaves(walker_of: OpenWalker) -> None:
    buyer = walker_of("ar", "phone")
    fill_basket_again(buyer)
    fill_in_checkout(buyer, "card")
    pay_by_card(buyer)
    number = number_of(buyer.page, "tifawin")
    oil = buyer.page.locator("section.panel:has(h2 a[href$='/cooperatives/tifawin'])")
    oil.locator("summary").click()
    buyer.press("Yes, cancel order %(number)s", within=oil, number=number)
    expect(oil.locator(".badge").first).to_contain_text(buyer.say("Cancelled"))
    saffron = buyer.page.locator("section.panel:has(h2 a[href$='/cooperatives/ourgh-siroua'])")
    expect(saffron.locator(".badge").first).not_to_contain_text(buyer.say("Cancelled"))
