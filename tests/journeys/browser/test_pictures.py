"""The pictures of the documentation that no journey passes in every language and width (only when TIWIZI_PICTURES asks)."""

import os

import pytest

from tests.journeys.browser.conftest import OpenWalker

pytestmark = pytest.mark.skipif(not os.environ.get("TIWIZI_PICTURES"), reason="TIWIZI_PICTURES=1 asks for pictures")
EVERYWHERE = [(language, width) for language in ("fr", "ar") for width in ("phone", "desktop")]
PUBLIC = (
    ("cooperative", "/cooperatives/tifawin"),
    ("cooperatives", "/cooperatives"),
    ("projects", "/projects?sort=large"),
    ("sheet", "/projects/argan-press-taroudannt"),
    ("course", "/academy/courses/pricing-and-margins"),
    ("academy", "/academy"),
    ("sign-in", "/sign-in"),
)
OFFICE = (
    ("office", "/sell/tifawin/"),
    ("new-product", "/sell/tifawin/products/new"),
    ("seller-orders", "/sell/tifawin/orders"),
)


@pytest.mark.parametrize(("language", "width"), EVERYWHERE)
def test_the_pages_of_the_documentation_are_pictured(walker_of: OpenWalker, language: str, width: str) -> None:
    visitor = walker_of(language, width)
    for name, path in PUBLIC:
        visitor.go(path)
        visitor.picture(name)

    founder = walker_of(language, width)
    founder.sign_in_as("founder")
    founder.picture("my-path")
    founder.go("/projects/mine")
    founder.click(founder.page.locator("main a[href*='/projects/groups/']").first)
    founder.picture("group")

    learner = walker_of(language, width)
    learner.sign_in_as("learner")
    learner.go("/academy/courses/founding-a-cooperative")
    verify = learner.page.locator("#certificate a[href*='/verify/']").get_attribute("href")
    visitor.visit(f"{verify}")
    visitor.picture("verify")
    learner.go("/academy/courses/founding-a-cooperative/quiz-1")
    learner.click(learner.main().locator("form.one-button button").first)
    learner.picture("quiz")

    seller = walker_of(language, width)
    seller.sign_in_as("seller")
    for name, path in OFFICE:
        seller.go(path)
        seller.picture(name)

    operator = walker_of(language, width)
    operator.sign_in_as("operator")
    operator.go("/desk/")
    operator.picture("desk")
