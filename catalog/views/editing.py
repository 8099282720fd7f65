"""Editing one product: facts and variants, words in each language, pictures."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.engines.files.pictures import Picture
from app.engines.language import LANGUAGES, comma, language, translate
from app.engines.place import here
from app.engines.transactions import transaction
from app.kernel.actor import CHAIR, SELLER
from app.kernel.clock import now
from app.kernel.errors import Conflict, NotFound, Refusal
from app.kernel.money import minor_digits
from app.kernel.text import msg
from app.kernel.typed import own_whole
from app.territories.loading import name_in
from app.web.access import access, office
from app.web.addresses import PAGE
from app.web.paging import Page, page_number
from app.web.safety import takes_files
from app.web.visitor import actor
from catalog.forms.product import (
    FactsForm,
    PicturesForm,
    VariantLine,
    VariantNames,
    WordsForm,
    as_it_is,
    read_lines,
    uploads,
)
from catalog.queries.permits import missing_permits
from catalog.queries.product import ProductView, product_by_id
from catalog.rules.products import MAX_PICTURES
from catalog.services.products import add_pictures, put_first, remove_picture, write_texts
from catalog.services.products import edit_product as write_product
from catalog.views.blueprint import catalog
from catalog.views.office import STATE_WORDS, WAITS, Answer, forget, own_product, store_all
from catalog.views.showing import picture_address

NEW_LINES = 1
VARIANTS_ON_A_PAGE = 100
SAVED = msg("Saved.")


def _product(product_id: int) -> ProductView:
    view = product_by_id(own_product(product_id), language(), now())
    if view is None:
        raise NotFound()
    return view


@dataclass(frozen=True)
class SizesPage(Page):
    """Some of a product's sizes, from `start` on; a form shows these, and the others stay as they are.

    `kept` is its number as an address says it; None of the first.
    """

    start: int = 0
    kept: int | None = None


def _page_of(view: ProductView) -> SizesPage:
    count = len(view.variants)
    number = min(page_number(), max(1, -(-count // VARIANTS_ON_A_PAGE)))
    start = (number - 1) * VARIANTS_ON_A_PAGE
    shown = view.variants[start : start + VARIANTS_ON_A_PAGE]
    return SizesPage(shown, number, VARIANTS_ON_A_PAGE, count, start, number if number > 1 else None)


def _version() -> int:
    return own_whole(request.form.get("version")) or 0


def _page(template: str, view: ProductView, current: str, status: int = 200, **facts: Any) -> Answer:
    """One of the three pages of a product, with the tabs between them."""
    endpoints = [
        ("catalog.edit_product", translate("Price and facts")),
        ("catalog.edit_words", translate("Texts")),
        ("catalog.edit_pictures", translate("Photos")),
        ("catalog.product_stock", translate("Stock")),
    ]
    tabs = [
        (text, url_for(endpoint, slug=g.office.slug, product_id=view.id), endpoint == current)
        for endpoint, text in endpoints
    ]
    page = render_template(
        template,
        product=view,
        words=view.words(language()),
        product_tabs=tabs,
        state=WAITS if view.state == "published" and not view.permitted else STATE_WORDS[view.state],
        missing=comma().join(name_in(one.names, language()) for one in missing_permits(view, now())),
        **facts,
    )
    return (page, status) if status != 200 else page


def _try(act: Callable[[], None], forms: Sequence[Any]) -> Refusal | None:
    """Does it in a transaction; a refusal is put beside its field in the first form that has it."""
    try:
        with transaction():
            act()
    except Refusal as refusal:
        home = next((form for form in forms if refusal.field in form._fields), forms[0])
        home.show(refusal)
        return refusal
    return None


@catalog.get(f"{PAGE}/sell/<slug>/products/<int:product_id>")
@access(office(SELLER, CHAIR))
def edit_product(slug: str, product_id: int) -> Answer:
    """Category, origin, labels; a line per size with its price."""
    view = _product(product_id)
    digits = minor_digits(view.currency)
    page = _page_of(view)
    lines = [VariantLine(formdata=None, prefix=f"v{index}-").fill(one, digits) for index, one in enumerate(page.items)]
    start, more = len(lines), NEW_LINES if page.number == page.last else 0
    lines += [VariantLine(formdata=None, prefix=f"v{start + index}-").fill() for index in range(more)]
    return _facts_page(view, FactsForm(formdata=None).fill(view), lines)


def _facts_page(
    view: ProductView, form: FactsForm, lines: Sequence[VariantLine], status: int = 200, conflict: bool = False
) -> Answer:
    return _page(
        "catalog/office_edit.html",
        view,
        "catalog.edit_product",
        status,
        form=form,
        lines=lines,
        currency=here().currency,
        page=_page_of(view),
        conflict=conflict,
    )


@catalog.post(f"{PAGE}/sell/<slug>/products/<int:product_id>")
@access(office(SELLER, CHAIR))
def save_product(slug: str, product_id: int) -> Answer:
    """What was typed, or a refusal beside the field; changed by somebody else meanwhile, 409 with what was typed."""
    view = _product(product_id)
    form = FactsForm(data={"carriage": view.carriage}).fill()
    count = min(
        VARIANTS_ON_A_PAGE + NEW_LINES,
        len({name.split("-")[0] for name in request.form if name.startswith("v") and "-" in name}),
    )
    lines = [VariantLine(prefix=f"v{index}-").fill() for index in range(count)]
    sound, variants = form.validate(), read_lines(lines)
    if not sound or variants is None:
        return _facts_page(view, form, lines, 422)
    page = _page_of(view)
    before = [as_it_is(variant) for variant in view.variants[: page.start]]
    after = [as_it_is(variant) for variant in view.variants[page.start + page.size :]]
    sizes = [*before, *variants, *after]
    refusal = _try(lambda: write_product(actor(), product_id, _version(), form.facts(), sizes), [form, *lines])
    if refusal is not None:
        return _facts_page(_product(product_id), form, lines, refusal.status, isinstance(refusal, Conflict))
    flash(translate(SAVED), "success")
    return redirect(url_for("catalog.edit_product", slug=slug, product_id=product_id, page=page.kept), 303)


@catalog.get(f"{PAGE}/sell/<slug>/products/<int:product_id>/words")
@access(office(SELLER, CHAIR))
def edit_words(slug: str, product_id: int) -> Answer:
    """Name and description in French, Arabic and English; the names of variants."""
    view = _product(product_id)
    forms = {code: WordsForm(formdata=None, prefix=f"{code}-").fill(view, code) for code in LANGUAGES}
    names = {one.id: VariantNames(formdata=None, prefix=f"n{one.id}-").fill(one) for one in _page_of(view).items}
    return _words_page(view, forms, names)


def _words_page(
    view: ProductView, forms: dict[str, WordsForm], names: dict[int, VariantNames], status: int = 200, conflict: bool = False
) -> Answer:
    spoken = {code: (LANGUAGES[code], view.texts.get(code)) for code in LANGUAGES}
    return _page(
        "catalog/office_words.html",
        view,
        "catalog.edit_words",
        status,
        forms=forms,
        names=names,
        spoken=spoken,
        variant_names={one.id: one.name for one in view.variants},
        page=_page_of(view),
        conflict=conflict,
    )


@catalog.post(f"{PAGE}/sell/<slug>/products/<int:product_id>/words")
@access(office(SELLER, CHAIR))
def save_words(slug: str, product_id: int) -> Answer:
    """The words of every language at once."""
    view = _product(product_id)
    forms = {code: WordsForm(prefix=f"{code}-") for code in LANGUAGES}
    names = {one.id: VariantNames(prefix=f"n{one.id}-") for one in _page_of(view).items}
    sound = [form.validate() for form in (*forms.values(), *names.values())]
    if not all(sound):
        return _words_page(view, forms, names, 422)
    texts = {code: form.text() for code, form in forms.items()}
    called = {variant_id: form.names() for variant_id, form in names.items()}
    refusal = _try(lambda: write_texts(actor(), product_id, _version(), texts, called), list(forms.values()))
    if refusal is not None:
        return _words_page(_product(product_id), forms, names, refusal.status, isinstance(refusal, Conflict))
    flash(translate(SAVED), "success")
    return redirect(url_for("catalog.edit_words", slug=slug, product_id=product_id, page=_page_of(view).kept), 303)


@catalog.get(f"{PAGE}/sell/<slug>/products/<int:product_id>/pictures")
@access(office(SELLER, CHAIR))
def edit_pictures(slug: str, product_id: int) -> Answer:
    """Up to five photos; the first one stands in lists."""
    return _pictures_page(_product(product_id), PicturesForm(formdata=None))


def _pictures_page(view: ProductView, form: PicturesForm, status: int = 200) -> Answer:
    shown = [(picture_id, picture_address(stem)) for picture_id, stem, _width, _height in view.pictures]
    return _page(
        "catalog/office_pictures.html", view, "catalog.edit_pictures", status, form=form, pictures=shown, limit=MAX_PICTURES
    )


@catalog.post(f"{PAGE}/sell/<slug>/products/<int:product_id>/pictures")
@access(office(SELLER, CHAIR))
@takes_files
def save_pictures(slug: str, product_id: int) -> Answer:
    """More photos: all of those sent, or none."""
    own_product(product_id)
    form = PicturesForm()
    stored: list[Picture] = []
    try:
        stored = store_all(uploads(form.pictures))
        with transaction():
            add_pictures(actor(), product_id, stored)
    except Refusal as refusal:
        forget(stored)
        form.show(refusal)
        return _pictures_page(_product(product_id), form, refusal.status)
    return redirect(url_for("catalog.edit_pictures", slug=slug, product_id=product_id), 303)


@catalog.post(f"{PAGE}/sell/<slug>/products/<int:product_id>/pictures/<int:picture_id>/<any(first,remove):move>")
@access(office(SELLER, CHAIR))
def move_picture(slug: str, product_id: int, picture_id: int, move: str) -> Response:
    """Put one first, or take one away."""
    own_product(product_id)
    if move == "first":
        with transaction():
            put_first(actor(), product_id, picture_id)
    else:
        with transaction():
            remove_picture(actor(), product_id, picture_id)
    return redirect(url_for("catalog.edit_pictures", slug=slug, product_id=product_id), 303)
