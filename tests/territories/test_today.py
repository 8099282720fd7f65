"""Promises, numbers of the year and days are those people of the territory would say, whatever the hour in Greenwich."""

from datetime import UTC, date, datetime

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Organisation
from app.accounts.services.organisations import OrganisationFacts, checked_facts
from app.engines.db import db
from app.engines.language import speaking
from app.engines.mail import Letter
from app.engines.place import here, home, standing_in, today
from app.kernel.errors import Invalid
from app.territories.loading import territory_named
from orders.models import Order, Purchase
from tests.browsing import post, sign_in, text_of
from tests.builders.accounts import a_cooperative, a_person, joins
from tests.builders.orders import a_variant, place, recap

MOROCCO, QUEBEC = territory_named("morocco"), territory_named("quebec")


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("where", "moment", "day"),
    [
        (MOROCCO, utc(2026, 11, 23, 22, 59), date(2026, 11, 23)),
        (MOROCCO, utc(2026, 11, 23, 23, 30), date(2026, 11, 24)),  # half past midnight in Casablanca
        (MOROCCO, utc(2026, 12, 31, 23, 30), date(2027, 1, 1)),
        (MOROCCO, utc(2027, 2, 6, 23, 30), date(2027, 2, 7)),  # the night in which Ramadan's hour begins
        (MOROCCO, utc(2027, 2, 7, 23, 30), date(2027, 2, 7)),  # in Ramadan, Casablanca goes with Greenwich
        (MOROCCO, utc(2027, 2, 8, 0, 30), date(2027, 2, 8)),
        (MOROCCO, utc(2027, 3, 14, 23, 30), date(2027, 3, 15)),  # and an hour ahead of it again
        (QUEBEC, utc(2027, 1, 1, 4, 30), date(2026, 12, 31)),  # half past eleven at night in Montreal
        (QUEBEC, utc(2027, 1, 1, 5, 30), date(2027, 1, 1)),
        (QUEBEC, utc(2027, 3, 15, 3, 30), date(2027, 3, 14)),  # in summer time since the morning
        (QUEBEC, utc(2027, 3, 15, 4, 30), date(2027, 3, 15)),
    ],
)
def test_the_day_is_the_one_on_the_calendar_in_the_kitchen(where, moment, day):
    assert where.day_of(moment) == day
    with time_machine.travel(moment, tick=False), standing_in(where.key):
        assert today() == day


def test_at_home_unless_another_territory_was_put_in_force(app: Flask):
    assert (home().key, here().key) == ("morocco", "morocco")
    with standing_in("quebec"):
        assert (home().key, here().key) == ("morocco", "quebec")
        with speaking("fr", "morocco"):
            assert here().key == "morocco"
        assert here().key == "quebec"
    assert here().key == "morocco"


# In France's words: what the summary promises, the days that are written, the year of the number.
NIGHTS = [
    pytest.param(
        utc(2026, 11, 23, 23, 30),
        "entre le 25 novembre 2026 et le 27 novembre 2026",
        (date(2026, 11, 25), date(2026, 11, 27)),
        "T2026",
        "24 novembre 2026, 00:30",
        id="half-past-midnight",
    ),
    pytest.param(
        utc(2026, 12, 31, 22, 30),
        "entre le 4 janvier 2027 et le 6 janvier 2027",
        (date(2027, 1, 4), date(2027, 1, 6)),
        "T2026",
        "31 décembre 2026, 23:30",
        id="last-hour-of-the-year",
    ),
    pytest.param(
        utc(2026, 12, 31, 23, 30),
        "entre le 4 janvier 2027 et le 6 janvier 2027",
        (date(2027, 1, 4), date(2027, 1, 6)),
        "T2027",
        "1er janvier 2027, 00:30",
        id="first-hour-of-the-year",
    ),
    pytest.param(
        utc(2027, 2, 8, 23, 30),
        "entre le 9 février 2027 et le 11 février 2027",
        (date(2027, 2, 9), date(2027, 2, 11)),
        "T2027",
        "8 février 2027, 23:30",
        id="ramadan",
    ),
    pytest.param(
        utc(2027, 2, 9, 0, 30),
        "entre le 10 février 2027 et le 12 février 2027",
        (date(2027, 2, 10), date(2027, 2, 12)),
        "T2027",
        "9 février 2027, 00:30",
        id="half-past-midnight-in-ramadan",
    ),
    pytest.param(
        utc(2027, 3, 15, 23, 30),
        "entre le 17 mars 2027 et le 19 mars 2027",
        (date(2027, 3, 17), date(2027, 3, 19)),
        "T2027",
        "16 mars 2027, 00:30",
        id="after-ramadan",
    ),
]


@pytest.mark.parametrize(("moment", "promise", "days", "number", "written"), NIGHTS)
def test_a_purchase_at_that_moment_bears_the_number_and_the_promise_of_that_day(
    app: Flask, client: FlaskClient, moment, promise, days, number, written
):
    with time_machine.travel(moment, tick=True):
        variant = a_variant(a_cooperative("Tifawin").id)
        post(client, "/fr/basket/lines", variant=variant, quantity=1)
        fields = recap(client)
        shown = text_of(post(client, "/fr/checkout", **{**fields, "step": "recap"}))
        bought = place(client, fields)
        page = text_of(client.get(bought.headers["Location"]))
        letter = db.session.scalars(select(Letter).where(Letter.recipient == "nadia@example.org")).one()
    purchase = db.session.scalars(select(Purchase)).one()
    order = db.session.scalars(select(Order)).one()
    assert promise in shown
    assert promise in page
    assert all(day in letter.body for day in promise.removeprefix("entre le ").split(" et le "))
    assert (order.promised_from, order.promised_to) == days
    assert (purchase.number[:5], order.number[:5]) == (number, number)
    assert written in page


def test_what_is_bought_of_quebec_is_reckoned_by_the_clocks_and_the_calendar_of_quebec(app: Flask, client: FlaskClient):
    with time_machine.travel(utc(2027, 1, 1, 4, 30), tick=True):  # 31 December in Montreal, the new year in Casablanca
        cooperative = a_cooperative("Érable du Nord", territory="quebec", region="QC-03", sector="agri_food")
        post(client, "/fr/basket/lines", variant=a_variant(cooperative.id), quantity=1)
        fields = recap(client, region="QC-06", region_shown="QC-06", commune="Montréal", phone="514 555 0199")
        bought = place(client, fields)
        page = text_of(client.get(bought.headers["Location"]))
    purchase = db.session.scalars(select(Purchase)).one()
    order = db.session.scalars(select(Order)).one()
    assert (purchase.number[:5], purchase.territory, purchase.currency) == ("T2026", "quebec", "CAD")
    assert (order.promised_from, order.promised_to) == (date(2027, 1, 4), date(2027, 1, 6))
    assert purchase.phone == "+15145550199"
    assert "31 décembre 2026, 23 h 30" in page
    assert "132,00 $" in page


def test_an_office_reads_the_hours_of_its_own_territory(app: Flask, client: FlaskClient):
    chair = a_person("Louise")
    cooperative = a_cooperative("Érable du Nord", territory="quebec", region="QC-03", sector="agri_food", chair=chair)
    joins(a_person("Marc"), cooperative, "seller")
    sign_in(client, chair)
    with time_machine.travel(utc(2027, 1, 1, 4, 30), tick=True):
        sign_in(client, chair)
        joins(a_person("Anne"), cooperative, "packer")
        page = text_of(client.get("/fr/sell/erable-du-nord/members"))
    assert "depuis le 31 décembre 2026" in page


def test_a_cooperative_of_this_new_year_can_be_founded_in_its_first_hour(app: Flask):
    facts = OrganisationFacts("cooperative", "MA-09", "argan", founded=2027)
    assert checked_facts(facts, MOROCCO, utc(2026, 12, 31, 23, 30), {}).founded == 2027
    with pytest.raises(Invalid) as refused:
        checked_facts(facts, MOROCCO, utc(2026, 12, 31, 22, 30), {})
    assert (refused.value.code, refused.value.facts["last"]) == ("year-out-of-range", 2026)
    assert db.session.scalars(select(Organisation)).all() == []


def test_holidays_are_no_working_days_from_the_year_they_were_made():
    assert not MOROCCO.is_working_day(date(2026, 11, 18))
    assert not MOROCCO.is_working_day(date(2027, 1, 14))
    assert MOROCCO.is_working_day(date(2022, 1, 14))  # the Amazigh New Year is a day off since 2024
    assert not QUEBEC.is_working_day(date(2027, 9, 6))  # Labour Day, another date each year
    assert QUEBEC.is_working_day(date(2027, 9, 7))
    assert not QUEBEC.is_working_day(date(2027, 9, 11))  # a Saturday
