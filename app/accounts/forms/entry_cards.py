"""Forms of entry cards: an account for somebody who was met, a new card, coming in by one."""

import secrets

from wtforms import BooleanField, HiddenField, PasswordField, SelectField
from wtforms.validators import InputRequired, Length

from app.accounts.forms.choices import named, worded
from app.accounts.forms.people import NEW_PASSWORD, ONE_TIME, TYPED
from app.accounts.rules.entry_cards import CARD_ROLES, REASON_LONGEST
from app.accounts.rules.organisations import ROLES
from app.accounts.rules.passwords import NAME_LONGEST
from app.engines.language import LANGUAGES, language
from app.kernel.actor import MEMBER
from app.kernel.contacts import PHONE_LONGEST
from app.kernel.text import msg
from app.web.forms import Form, Line, word

FIGURES = {"inputmode": "numeric", "dir": "ltr", "autocapitalize": "none", "spellcheck": "false"}


class NewCardForm(Form):
    """Why a card is made; `form_key` makes the same form sent twice one card."""

    form_key = HiddenField(validators=[InputRequired(), Length(max=64)])
    reason = Line(word(msg("How do you know who it is?")), [InputRequired(), Length(max=REASON_LONGEST)])

    @classmethod
    def fresh(cls) -> "NewCardForm":
        """A form that was not sent yet; the card speaks its maker's language until another is chosen."""
        return cls(formdata=None, data={"form_key": secrets.token_hex(16), "language": language()})


class MetByOfficeForm(NewCardForm):
    """Somebody the office has met."""

    name = Line(
        word(msg("Name of the person")), [InputRequired(), Length(max=NAME_LONGEST)], render_kw={"autocomplete": "off"}
    )
    language = SelectField(
        word(msg("Language of the card")), [InputRequired()], choices=named(LANGUAGES.items()), default="fr"
    )
    phone = Line(
        word(msg("Phone")),
        [Length(max=PHONE_LONGEST)],
        render_kw={"type": "tel", "inputmode": "tel", "autocomplete": "off", "dir": "ltr"},
    )


class MetByChairForm(MetByOfficeForm):
    """Somebody the chair has met, and what they are in the organisation."""

    role = SelectField(
        word(msg("Role")), [InputRequired()], choices=worded([(role, ROLES[role]) for role in CARD_ROLES]), default=MEMBER
    )


class EntryCardForm(Form):
    """What stands on the card, and a password of one's own."""

    number = Line(
        word(msg("Sign-in number")), [InputRequired(), Length(max=40)], render_kw={**FIGURES, "autocomplete": "username"}
    )
    code = Line(word(msg("One-time code")), [InputRequired(), Length(max=40)], render_kw=ONE_TIME)
    password = PasswordField(word(msg("New password")), [InputRequired(), TYPED], render_kw=NEW_PASSWORD)
    terms = BooleanField(word(msg("I accept the terms of use")), [InputRequired()])
