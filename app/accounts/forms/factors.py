"""Forms of the second factor."""

from wtforms import PasswordField, TextAreaField
from wtforms.validators import InputRequired, Length

from app.accounts.forms.people import KNOWN_PASSWORD, ONE_TIME, TYPED, YOURS
from app.accounts.rules.factors import KEY_NAME_LONGEST
from app.accounts.rules.organisations import REASON_LONGEST
from app.kernel.text import msg
from app.web.forms import Form, Line, stripped, word


class FactorForm(Form):
    """A code of the app or of the printed list."""

    factor_code = Line(word(msg("Code of the app or of your list")), [InputRequired(), Length(max=40)], render_kw=ONE_TIME)


class PasswordAgainForm(Form):
    """The password, where there is no second factor yet."""

    factor_password = PasswordField(word(YOURS), [InputRequired(), TYPED], render_kw=KNOWN_PASSWORD)


class AppForm(Form):
    """The first code of an app that is being set up."""

    code = Line(word(msg("Code of 6 digits")), [InputRequired(), Length(max=20)], render_kw=ONE_TIME)


class KeyForm(Form):
    """What a new passkey is called, for its owner to know it again."""

    name = Line(word(msg("Name of the device or key")), [InputRequired(), Length(max=KEY_NAME_LONGEST)])


class AccountReasonForm(Form):
    """Why the office decides something about an account."""

    reason = TextAreaField(
        word(msg("Reason, as the person will read it")),
        [InputRequired(word(msg("Say why: the person reads it."))), Length(max=REASON_LONGEST)],
        filters=[stripped],
        render_kw={"rows": "4"},
    )
