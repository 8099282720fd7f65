"""The office verifies a new cooperative, whose first product is then found; and publishes an idea."""

import time
from secrets import randbelow, token_hex

import pytest
from playwright.sync_api import expect

from app.accounts.demo.invented import with_check_digits
from tests.journeys.browser.conftest import OpenWalker
from tests.journeys.browser.walking import SOON_SECONDS, Walker

OFFICES = [("fr", "desktop", True), ("ar", "phone", False)]
NAMES = {"fr": "Coopérative Azemmur {}", "ar": "تعاونية أزمور {}"}
GOODS = {"fr": "Confiture de figues {}", "ar": "مربى التين {}"}
IDEAS = {"fr": "Séchoir solaire partagé {}", "ar": "مجفف شمسي مشترك {}"}
SOUSS = "MA-09"


def an_ice() -> str:
    """Fifteen digits whose last two check the others."""
    return with_check_digits(f"{randbelow(10**9):09}0000")


def found_cooperative(chair: Walker, name: str) -> str:
    """The chair fills in the page of a new cooperative and sends it to the office; its slug."""
    chair.go("/account/organisations/new")
    chair.choose("kind", "cooperative")
    chair.fill(
        name=name,
        pitch="Figues et olives, du verger au bocal.",
        commune="Taroudannt",
        phone="0528 85 12 34",
        local_register=f"RLC-TAR-{randbelow(9999):04}/2026",
        ice=an_ice(),
        founded="2026",
        members="9",
        women="6",
    )
    chair.page.locator("main select[name=sector]").select_option(index=1)
    chair.choose("region", SOUSS)
    regions = chair.main().locator("select[name=province] optgroup").evaluate_all("all => all.map((one) => one.label)")
    assert len(regions) == (1 if chair.script else 12)
    chair.press("Found it", within=chair.main())
    slug = chair.page.url.split("/sell/")[1].split("/")[0]
    chair.press("Send to be verified", within=chair.main())
    return slug


def put_on_sale(seller: Walker, slug: str, title: str) -> None:
    """A first product with a price and a stock, on sale at once."""
    seller.go(f"/sell/{slug}/products/new")
    seller.page.locator("details.kind summary").first.click()
    seller.page.locator("details.kind[open] .choice label").first.click()
    seller.fill(title=title, price="45", quantity="350", stock="12")
    seller.choose("unit", "g")
    seller.press("Put on sale", within=seller.main())


def do_not_ask(operator: Walker, slug: str) -> None:
    """The office does not ask for the sanitary approval: what waits for it is on sale."""
    operator.go(f"/desk/cooperatives/{slug}/proofs")
    operator.page.locator("main select[name=requirement]").select_option("onssa")
    operator.fill(reason="Vue sur place.")
    operator.press("Waive", within=operator.main())


def is_found(buyer: Walker, title: str) -> bool:
    """Search until the index has it, a few seconds at most."""
    end = time.monotonic() + SOON_SECONDS
    while time.monotonic() < end:
        buyer.find(title)
        if buyer.main().get_by_role("link", name=title).count():
            return True
        time.sleep(0.5)
    return False


@pytest.mark.parametrize(("language", "width", "script"), OFFICES)
def test_the_office_verifies_a_cooperative_and_its_first_product_is_found(
    walker_of: OpenWalker, language: str, width: str, script: bool
) -> None:
    mark = token_hex(3)
    name, title = NAMES[language].format(mark), GOODS[language].format(mark)
    chair = walker_of(language, width, script=script)
    chair.open_account("Khadija Amzil", f"khadija-{mark}@example.org")
    slug = found_cooperative(chair, name)
    visitor = walker_of(language, width, script=script)
    assert visitor.page.goto(f"{visitor.site.address}/{language}/cooperatives/{slug}").status == 404

    operator = walker_of(language, width, script=script)
    operator.sign_in_as("operator")
    operator.go("/desk/")
    operator.go("/desk/organisations?state=submitted")
    operator.click(operator.page.locator(f"main a[href$='/desk/organisations/{slug}']"))
    operator.reads(name)
    operator.press("Verify", within=operator.main())

    chair.go(f"/sell/{slug}/")
    put_on_sale(chair, slug, title)
    chair.reads_words("It waits for a permit")
    visitor.go(f"/cooperatives/{slug}")
    assert not visitor.main().get_by_role("link", name=title).count()
    do_not_ask(operator, slug)
    visitor.go(f"/cooperatives/{slug}")
    visitor.reads(name)
    assert is_found(visitor, title)
    visitor.click(visitor.main().get_by_role("link", name=title).first)
    visitor.reads(name)
    chair.go("/my-path")


@pytest.mark.parametrize(("language", "width", "script"), OFFICES)
def test_the_office_publishes_an_idea_that_somebody_proposed(
    walker_of: OpenWalker, language: str, width: str, script: bool
) -> None:
    title = IDEAS[language].format(token_hex(3))
    founder = walker_of(language, width, script=script)
    founder.sign_in_as("founder")
    founder.go("/projects/propose")
    founder.fill(
        title=title,
        pitch="زبيب وتين" if language == "ar" else "Sécher figues et raisins sans électricité.",
        need="نفقد ثلث الغلة كل صيف." if language == "ar" else "Un tiers de la récolte se perd chaque été.",
        investment="60000",
        members_min="5",
        jobs="3",
    )
    founder.choose("region", SOUSS)
    founder.page.locator("main select[name=sector]").select_option(index=1)
    founder.page.locator("details:has(input[name=sdgs]) summary").click()
    founder.page.locator("main .choice:has(input[name=sdgs]) label").first.click()
    founder.press("Send to the office", within=founder.main())
    if founder.main().get_by_role("button", name=founder.say("Send all the same")).count():
        founder.press("Send all the same", within=founder.main())

    operator = walker_of(language, width, script=script)
    operator.sign_in_as("operator")
    operator.go("/desk/projects?state=submitted")
    operator.click(operator.main().get_by_role("link", name=title))
    operator.choose("decision", "publish")
    operator.press("Confirm the decision", within=operator.main())

    visitor = walker_of(language, width, script=script)
    visitor.go(f"/projects?region={SOUSS}&sort=new")
    expect(visitor.main().get_by_role("link", name=title)).to_be_visible()
