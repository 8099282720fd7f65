"""A line of the delivery table, and the choice of a file to import."""

from wtforms import FileField, RadioField, SelectField, SelectMultipleField
from wtforms.validators import InputRequired, Length

from app.engines.language import translate
from app.kernel.text import msg
from app.web.forms import Form, Line, Whole, word
from catalog.forms.fields import PriceField, region_choices
from catalog.models import DeliveryZone
from catalog.rules.products import PLACE_LENGTH
from catalog.rules.reading import shown_decimal
from catalog.rules.ways import TABLED
from catalog.services.zones import ZoneFacts

EVERYWHERE = "everywhere"  # a tick that stands for every region
KINDS = {"": msg("Not used"), **{way.name: way.offered for way in TABLED.values()}}
FORMATS = {"auto": msg("Find out"), "tiwizi": msg("Tiwizi"), "shopify": msg("Shopify"), "woocommerce": msg("WooCommerce")}


class ZoneLine(Form):
    """Regions, fee, days; or a place to collect."""

    kind = SelectField(word("How the goods travel"), choices=[])
    regions = SelectMultipleField(word("Regions"), choices=[])
    place = Line(word("Where buyers collect"), [Length(max=PLACE_LENGTH)])
    fee = PriceField(word("Fee"))
    free_from = PriceField(word("Free from"))
    days_min = Whole(word("Working days, at least"))
    days_max = Whole(word("Working days, at most"))

    def fill(self, zone: DeliveryZone | None = None, digits: int = 2) -> "ZoneLine":
        self.kind.choices = [(key, translate(text)) for key, text in KINDS.items()]
        self.regions.choices = [(EVERYWHERE, translate("All regions")), *region_choices()]
        if zone is not None:
            self.kind.data, self.regions.data, self.place.data = zone.kind, list(zone.regions), zone.place
            self.fee.data = shown_decimal(zone.fee, digits)
            self.free_from.data = shown_decimal(zone.free_from, digits) if zone.free_from is not None else ""
            self.days_min.data, self.days_max.data = zone.days_min, zone.days_max
        return self

    def zone(self) -> ZoneFacts:
        days = self.days_max.data if self.days_max.data is not None else self.days_min.data or 0
        regions = [code for code, _name in self.regions.choices if code != EVERYWHERE]
        return ZoneFacts(
            self.kind.data,
            tuple(regions if EVERYWHERE in self.regions.data else self.regions.data),
            self.fee.minor or 0,
            self.days_min.data or 0,
            days,
            self.free_from.minor,
            self.place.data or "",
        )


class ImportForm(Form):
    """A file of products."""

    file = FileField(word("The file"))
    format = SelectField(word("Where it comes from"), choices=[])
    step = RadioField(word("What to do"), [InputRequired()], choices=[], default="look")

    def fill(self) -> "ImportForm":
        self.format.choices = [(key, translate(text)) for key, text in FORMATS.items()]
        self.step.choices = [("look", translate("Only look what would happen")), ("write", translate("Write it"))]
        return self
