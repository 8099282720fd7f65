"""The two pages of the checkout: the form, and the recap before the last press."""

from flask import make_response, render_template
from werkzeug.wrappers import Response

from app.accounts.queries import named_identifiers, public_identifiers
from app.engines.language import money, percent, translate
from app.engines.place import here
from app.payments.queries import METHODS, Method, cards_not_now
from app.web.visitor import visitor
from catalog.queries import DeliveryChoice
from orders.queries.quotes import Part, Quote
from orders.views.checkout.look import Look, terms_version
from orders.views.showing import days_words, picture_of, promise_words, way_words


def form_page(look: Look, status: int = 200, notice: str | None = None) -> Response:
    """Contact, address, delivery of each cooperative, payment, terms."""
    look.form.region_shown.data = look.region
    page = render_template(
        "orders/checkout.html",
        form=look.form,
        quote=look.quote,
        sellers=look.sellers,
        details=_details(look.quote),
        unserved=[look.sellers[id_].name for id_ in look.quote.unserved],
        notice_text=notice,
        method_details={name: _terms_of(method) for name, method in METHODS.items()},
        version=terms_version(),
        signed_in=visitor() is not None,
    )
    return _gone_back_to(page, status)


def _gone_back_to(page: str, status: int) -> Response:
    """An answer to a form that the browser may show again on going back and forth: without, it shows an error of its own."""
    response = make_response(page, status)
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _terms_of(method: Method) -> str:
    """What choosing the method means, or that it cannot be chosen with success just now."""
    if method.by_provider and cards_not_now():
        return translate("Cards cannot be taken just now. Choose another way, or come back in a few minutes.")
    return translate(method.terms)


def _details(asked: Quote) -> dict[int, dict[str, str]]:
    """The second line of each way: its fee and days."""
    return {part.organisation_id: {key: _way_line(part, way) for key, way in part.choices.items()} for part in asked.parts}


def _way_line(part: Part, way: DeliveryChoice) -> str:
    fee = way.fee_for(part.amounts.goods)
    price = money(fee.amount, fee.currency) if fee else translate("free")
    line = f"{price} · {days_words(way)}"
    if fee and way.free_from is not None:
        line += " · " + translate("free from %(amount)s", amount=money(way.free_from, fee.currency))
    return line


def recap_page(look: Look, status: int = 200, before: int | None = None) -> Response:
    """Everything a buyer should know before the last press; `before` is the total that was shown and no longer holds."""
    page = render_template(
        "orders/recap.html",
        form=look.form,
        quote=look.quote,
        sellers=look.sellers,
        numbers={id_: named_identifiers(here(), own) for id_, own in public_identifiers(look.sellers).items()},
        promises={part.organisation_id: promise_words(part.choice.way, *part.promised) for part in look.quote.parts},
        ways={part.organisation_id: way_words(part.choice) for part in look.quote.parts},
        before=before,
        picture_of=picture_of,
        version=terms_version(),
        method=METHODS[look.form.method.data],
        withdrawal_days=here().withdrawal_days,
        percent=percent,
    )
    return _gone_back_to(page, status)
