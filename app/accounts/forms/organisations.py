"""Forms of an organisation: founding, facts, words, picture, bank, members; and of the office's decisions."""

from collections.abc import Mapping
from typing import Any

from flask_wtf.file import FileField
from wtforms import PasswordField, SelectField, SelectMultipleField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from app.accounts.forms.choices import named, worded
from app.accounts.forms.people import CONTACT, KNOWN_PASSWORD, TYPED, CodeContact
from app.accounts.rules.organisations import KINDS, REASON_LONGEST, ROLES
from app.accounts.services.organisations import (
    LINE_LONGEST,
    NAME_LONGEST,
    PITCH_LONGEST,
    STORY_LONGEST,
    OrganisationFacts,
    checked_facts,
)
from app.engines.language import language
from app.kernel.actor import SELLER
from app.kernel.clock import now
from app.kernel.contacts import ADDRESS_LONGEST
from app.kernel.text import msg
from app.territories.loading import IdentifierKind, Territory, name_in
from app.web.forms import Form, Line, Whole, stripped, word

SAY_WHY = msg("Say why: the organisation reads it.")
NUMBER_LONGEST = 60
DIGITS = {"inputmode": "numeric", "dir": "ltr"}


def _whole(text: str) -> Whole:
    return Whole(word(text), [Optional()])


class FactsForm(Form):
    """What an organisation is and where. Choices come from its territory."""

    kind = SelectField(word(msg("Kind of organisation")), [InputRequired()], choices=worded(KINDS.items()))
    sector = SelectField(word(msg("Sector")), [InputRequired()])
    region = SelectField(word(msg("Region")), [InputRequired()])
    province = SelectField(
        word(msg("Province or prefecture")), [Optional()], validate_choice=False, render_kw={"data-within": "region"}
    )
    commune = Line(word(msg("Commune")), [Length(max=LINE_LONGEST)])
    address = Line(word(msg("Address")), [Length(max=LINE_LONGEST)], render_kw={"autocomplete": "street-address"})
    postcode = Line(word(msg("Postcode")), [Length(max=12)], render_kw={**DIGITS, "autocomplete": "postal-code"})
    phone = Line(word(msg("Phone")), [Length(max=40)], render_kw={"type": "tel", "dir": "ltr", "autocomplete": "tel"})
    mail = Line(
        word(msg("Mail address")),
        [Length(max=ADDRESS_LONGEST)],
        render_kw={"type": "email", "dir": "ltr", "autocomplete": "email"},
    )
    founded = _whole(msg("Year of founding"))
    members = _whole(msg("Members"))
    women = _whole(msg("Women among them"))

    def __init__(self, territory: Territory, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.numbers = [self[kind.key] for kind in territory.public_identifiers]
        here = language()
        choose = worded([("", msg("Choose…"))])
        self.sector.choices = choose + named((one.key, name_in(one.names, here)) for one in territory.sectors)
        self.region.choices = choose + named((one.code, name_in(one.names, here)) for one in territory.regions)
        self.province.choices = list(choose)
        for region in territory.regions:
            names = ((one.code, name_in(one.names, here)) for one in territory.provinces_of(region.code))
            self.province.choices += named(names, name_in(region.names, here))

    def whole(self, territory: Territory, borne: Mapping[str, str]) -> bool:
        """Can it be taken? Else everything that is wrong stands beside its field; `borne` are the numbers that stand."""
        sound = self.validate()
        return self.keeps(lambda: checked_facts(self.facts(), territory, now(), borne)) and sound

    def facts(self) -> OrganisationFacts:
        """The values as the service takes them."""
        return OrganisationFacts(
            kind=self.kind.data,
            region=self.region.data,
            sector=self.sector.data,
            province=self.province.data,
            commune=self.commune.data,
            postcode=self.postcode.data,
            address=self.address.data,
            founded=self.founded.data,
            members=self.members.data,
            women=self.women.data,
            phone=self.phone.data,
            mail=self.mail.data,
            identifiers={field.short_name: field.data or "" for field in self.numbers},
        )


class FoundForm(FactsForm):
    """Founding: the facts, and the first words in the reader's language."""

    name = Line(word(msg("Name of the organisation")), [InputRequired(), Length(max=NAME_LONGEST)])
    pitch = Line(word(msg("One sentence about it")), [Length(max=PITCH_LONGEST)])


def _with_numbers(form: type[Form], kinds: tuple[IdentifierKind, ...], spoken: str, required: bool) -> type[Form]:
    """The form with a field for each kind of number, under the kind's own name."""
    asked = [InputRequired()] if required else []
    fields = {
        kind.key: Line(
            name_in(kind.names, spoken),
            [*asked, Length(max=NUMBER_LONGEST)],
            description=name_in(kind.hints, spoken),
            render_kw={"dir": "ltr", "autocomplete": "off"},
        )
        for kind in kinds
    }
    return type(form.__name__, (form,), fields)


def facts_form(form: type[FactsForm], territory: Territory, **given: Any) -> FactsForm:
    """FactsForm or FoundForm with the official numbers of a territory."""
    made: FactsForm = _with_numbers(form, territory.public_identifiers, language(), required=False)(territory, **given)
    return made


class WordsForm(Form):
    """Name, pitch and story in one language."""

    name = Line(word(msg("Name of the organisation")), [InputRequired(), Length(max=NAME_LONGEST)])
    pitch = Line(word(msg("One sentence about it")), [Length(max=PITCH_LONGEST)])
    story = TextAreaField(word(msg("Its story")), [Length(max=STORY_LONGEST)], filters=[stripped], render_kw={"rows": "10"})


class PictureForm(Form):
    """One picture."""

    picture = FileField(word(msg("Picture")))


class BankForm(Form):
    """Where the organisation is paid; asks who is sitting there for their password again."""

    present = PasswordField(word(msg("Your password")), [InputRequired(), TYPED], render_kw=KNOWN_PASSWORD)


def bank_form(territory: Territory) -> BankForm:
    """BankForm with the number of an account as the territory writes it; `account` is its field."""
    kind = territory.account_identifier
    form: BankForm = _with_numbers(BankForm, (kind,), language(), required=True)()
    form.account = form[kind.key]
    return form


class InviteForm(Form):
    """Whom, and as what."""

    contact = Line(
        CodeContact(CONTACT),
        [InputRequired(), Length(max=ADDRESS_LONGEST)],
        render_kw={"dir": "ltr", "autocomplete": "off"},
    )
    role = SelectField(word(msg("Role")), [InputRequired()], choices=worded(ROLES.items()), default=SELLER)


class RolesForm(Form):
    """The roles a person holds; none means that the person leaves."""

    roles = SelectMultipleField(word(msg("Roles")), choices=worded(ROLES.items()))


class ReasonForm(Form):
    """Why the office sends a file back or suspends."""

    reason = TextAreaField(
        word(msg("Reason, as the organisation will read it")),
        [InputRequired(word(SAY_WHY)), Length(max=REASON_LONGEST)],
        filters=[stripped],
        render_kw={"rows": "4"},
    )
