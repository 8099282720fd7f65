"""Forms of signing in, signing up and of the account."""

from collections.abc import Sequence

from wtforms import BooleanField, PasswordField, SelectField, SelectMultipleField
from wtforms.validators import InputRequired, Length

from app.accounts.forms.choices import named, worded
from app.accounts.queries.people import ContactLine
from app.accounts.rules.notices import NOTICE_CHANNELS, NOTICE_KINDS
from app.accounts.rules.passwords import NAME_LONGEST, PASSWORD_LONGEST
from app.engines.language import LANGUAGES, Later, translate
from app.engines.mail import carries
from app.kernel.contacts import ADDRESS_LONGEST, PHONE
from app.kernel.text import msg
from app.web.forms import Form, Line, word

BY_MAIL, BY_PHONE = NOTICE_CHANNELS["mail"], NOTICE_CHANNELS["phone"]
ANY_CONTACT = msg("a mail address, else a phone")
CONTACT, MAIL_ALONE = msg("Mail address or phone number"), msg("Mail address")
YOURS = msg("Your password")
NEW_PASSWORD = {"autocomplete": "new-password", "minlength": "12"}
KNOWN_PASSWORD = {"autocomplete": "current-password"}
ONE_TIME = {"autocomplete": "one-time-code", "inputmode": "numeric", "dir": "ltr"}
TYPED = Length(max=4 * PASSWORD_LONGEST)


class CodeContact(Later):
    """The word for a contact that a code must reach: a phone only where messages to phones are sent."""

    def __str__(self) -> str:
        return super().__str__() if carries(PHONE) else translate(MAIL_ALONE)


def _contact(label: str = word(CONTACT)) -> Line:
    return Line(
        label,
        [InputRequired(), Length(max=ADDRESS_LONGEST)],
        render_kw={"autocomplete": "username", "dir": "ltr", "autocapitalize": "none", "spellcheck": "false"},
    )


def _code() -> Line:
    return Line(word(msg("Code of 6 digits")), [InputRequired(), Length(max=20)], render_kw=ONE_TIME)


class SignInForm(Form):
    """Contact and password."""

    contact = _contact()
    password = PasswordField(word(msg("Password")), [InputRequired(), TYPED], render_kw=KNOWN_PASSWORD)


class SignUpForm(Form):
    """A name, a contact, a password, the terms."""

    name = Line(word(msg("Your name")), [InputRequired(), Length(max=NAME_LONGEST)], render_kw={"autocomplete": "name"})
    contact = _contact(CodeContact(CONTACT))
    password = PasswordField(word(msg("Password")), [InputRequired(), TYPED], render_kw=NEW_PASSWORD)
    terms = BooleanField(word(msg("I accept the terms of use")), [InputRequired()])


class ContactForm(Form):
    """One contact: forgotten password, a further contact."""

    contact = _contact(CodeContact(CONTACT))


class NewContactForm(ContactForm):
    """A further contact opens the account: whoever sits there shows that it is theirs."""

    present = PasswordField(word(YOURS), [InputRequired(), TYPED], render_kw=KNOWN_PASSWORD)


class PresentForm(Form):
    """The password again, before a contact goes."""

    present = PasswordField(word(YOURS), [InputRequired(), TYPED], render_kw=KNOWN_PASSWORD)


class EraseForm(PresentForm):
    """The password, a tick that it is meant, and whether certificates go too."""

    certificates = BooleanField(word(msg("Revoke my certificates too: they no longer bear my name")))
    meant = BooleanField(word(msg("I know that what is erased cannot be brought back")), [InputRequired()])


class CodeForm(Form):
    """The six digits of a letter."""

    code = _code()


class ResetForm(Form):
    """The six digits and a new password."""

    code = _code()
    password = PasswordField(word(msg("New password")), [InputRequired(), TYPED], render_kw=NEW_PASSWORD)


class PasswordForm(Form):
    """A change of password asks the present one."""

    present = PasswordField(word(msg("Present password")), [InputRequired(), TYPED], render_kw=KNOWN_PASSWORD)
    password = PasswordField(word(msg("New password")), [InputRequired(), TYPED], render_kw=NEW_PASSWORD)


class ProfileForm(Form):
    """The name others see."""

    name = Line(word(msg("Your name")), [InputRequired(), Length(max=NAME_LONGEST)], render_kw={"autocomplete": "name"})


class PreferencesForm(Form):
    """Language of letters, and notices wanted by channel (what is not ticked is off)."""

    language = SelectField(
        word(msg("Language of letters and messages")), [InputRequired()], choices=named(LANGUAGES.items())
    )
    letters_to = SelectField(word(msg("Letters go to")), default="")
    mail = SelectMultipleField(word(BY_MAIL), choices=worded(NOTICE_KINDS.items()))
    phone = SelectMultipleField(word(BY_PHONE), choices=worded(NOTICE_KINDS.items()))

    def offer(self, contacts: Sequence[ContactLine]) -> "PreferencesForm":
        """The person's own contacts to choose from."""
        self.letters_to.choices = [
            *worded([("", ANY_CONTACT)]),
            *named((str(line.id), line.value) for line in contacts),
        ]
        return self

    def off(self) -> dict[str, list[str]]:
        """{channel: kinds that are off}."""
        return {
            channel: [kind for kind in NOTICE_KINDS if kind not in (getattr(self, channel).data or [])]
            for channel in NOTICE_CHANNELS
        }


class FirstOperatorForm(Form):
    """The first person of the office."""

    name = Line(word(msg("Your name")), [InputRequired(), Length(max=NAME_LONGEST)], render_kw={"autocomplete": "name"})
    contact = _contact(CodeContact(CONTACT))
    password = PasswordField(word(msg("Password")), [InputRequired(), TYPED], render_kw=NEW_PASSWORD)
