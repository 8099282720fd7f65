"""Bodies read into plain values: a proposal, an invitation, a decision."""

from typing import Any

from wtforms import HiddenField, RadioField, SelectField, SelectMultipleField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from app.kernel import typed
from app.kernel.errors import Faults
from app.kernel.money import minor_digits
from app.territories.loading import territory_named
from app.web.forms import Form, Line, stripped, word
from projectbank.queries.sheet_page import OwnSheet
from projectbank.rules import (
    LINE_LONGEST,
    PITCH_LONGEST,
    REASON_LONGEST,
    SUMMARY_LONGEST,
    TEXT_LONGEST,
    TITLE_LONGEST,
    SheetFacts,
    TextFacts,
)


class Paragraphs(TextAreaField):  # type: ignore[misc]  # WTForms has no types
    """Several lines of text, without white space around them; line ends as we keep them."""

    def __init__(self, label: str = "", validators: Any = None, **kwargs: Any) -> None:
        super().__init__(label, validators, filters=[stripped, lambda text: text and text.replace("\r\n", "\n")], **kwargs)


class ProposalForm(Form):
    """An idea, short enough for a phone. Figures stay texts here: `facts` reads them."""

    title = Line(word("Title"), [InputRequired(word("Give your idea a title.")), Length(max=TITLE_LONGEST)])
    pitch = Line(word("In one sentence"), [Length(max=PITCH_LONGEST)])
    region = SelectField(word("Region"), default="")
    sector = SelectField(word("Field of work"), default="")
    need = Paragraphs(word("Which need does it answer?"), [Length(max=TEXT_LONGEST)])
    investment = Line(word("Money needed to start"), [Length(max=LINE_LONGEST)])
    members_min = Line(word("Members needed to start"), [Length(max=LINE_LONGEST)])
    jobs = Line(word("Jobs it would give"), [Optional(), Length(max=LINE_LONGEST)])
    sdgs = SelectMultipleField(word("Development goals"), coerce=str)
    summary = Paragraphs(word("How it would work"), [Length(max=SUMMARY_LONGEST)])
    market = Paragraphs(word("Who would buy, and for how much?"), [Length(max=TEXT_LONGEST)])
    key = HiddenField(validators=[Length(max=64)])
    version = HiddenField(validators=[Length(max=20)])
    anyway = HiddenField(validators=[Length(max=1)])

    # Shown as needed: a draft may leave them out, an idea that is sent may not.
    NEEDED = ("title", "pitch", "region", "sector", "need", "investment", "members_min", "sdgs")

    def offer(self, regions: list[tuple[str, str]], sectors: list[tuple[str, str]], sdgs: list[tuple[int, str]]) -> None:
        """Fill the choices, in the reader's language."""
        nothing = SelectChoice("", word("Choose…"))
        self.region.choices = [nothing, *(SelectChoice(code, name) for code, name in regions)]
        self.sector.choices = [nothing, *(SelectChoice(key, name) for key, name in sectors)]
        self.sdgs.choices = [SelectChoice(str(number), f"{number}. {name}") for number, name in sdgs]
        for name in self.NEEDED:
            self[name].flags.required = True

    def fill(self, own: OwnSheet) -> None:
        """Show what stands in the sheet."""
        sheet, digits = own.sheet, minor_digits(own.sheet.currency)
        for name in ("title", "pitch", "need", "summary", "market"):
            self[name].data = getattr(own.text, name)
        self.region.data, self.sector.data = sheet.region or "", sheet.sector or ""
        self.investment.data = _typed(sheet.investment, digits)
        self.members_min.data = "" if sheet.members_min is None else str(sheet.members_min)
        self.jobs.data = "" if sheet.jobs is None else str(sheet.jobs)
        self.sdgs.data = [str(number) for number in own.sdgs]
        self.version.data = str(sheet.version)

    def text(self, before: TextFacts | None = None) -> TextFacts:
        """The words; what the form does not ask stays as it was."""
        return TextFacts(
            self.title.data or "",
            self.pitch.data or "",
            self.summary.data or "",
            self.need.data or "",
            self.market.data or "",
            before.permits if before else "",
        )

    def facts(self, territory: str, before: SheetFacts | None = None) -> SheetFacts:
        """The figures. Raises Invalid with each field that cannot be read."""
        old, faults = before or SheetFacts(), Faults()
        region = self.region.data or None
        investment = faults.read(_amount, self.investment.data, "investment", territory)
        own_part = old.own_part if investment is not None and (old.own_part or 0) <= investment else None
        members = faults.read(_whole, self.members_min.data, "members_min")
        jobs = faults.read(_whole, self.jobs.data, "jobs")
        faults.refuse()
        target = old.members_target if old.members_target and members and old.members_target >= members else None
        return SheetFacts(
            kind=old.kind,
            region=region,
            province=old.province if region == old.region else None,
            sector=self.sector.data or None,
            sdgs=tuple(int(number) for number in self.sdgs.data or []),
            investment=investment,
            own_part=own_part,
            members_min=members,
            members_target=target,
            jobs=jobs,
            category=old.category,
        )

    def expected(self) -> int:
        """The version that was shown; 0, which is none, when the field was tampered with."""
        return typed.own_whole(self.version.data) or 0


def _typed(minor: int | None, digits: int) -> str:
    if minor is None:
        return ""
    whole, rest = divmod(minor, 10**digits)
    return f"{whole}.{rest:0{digits}}" if rest else str(whole)


def _amount(text: str | None, field: str, territory: str) -> int | None:
    return typed.amount(text, territory_named(territory).currency, field) if text else None


def _whole(text: str | None, field: str) -> int | None:
    return typed.whole(text, field) if text else None


class InvitationForm(Form):
    """Whom to invite into a group."""

    contact = Line(
        word("Mail address or phone number"),
        [InputRequired(word("Write a mail address or a phone number.")), Length(max=254)],
    )


class DecisionForm(Form):
    """What the office decides about the version it has read."""

    decision = RadioField(
        word("Decision"),
        choices=[SelectChoice("publish", word("Publish")), SelectChoice("return", word("Return to the author"))],
    )
    reason = Paragraphs(word("Reason for the author"), [Length(max=REASON_LONGEST)])
    version = HiddenField(validators=[Length(max=20)])


class WithdrawalForm(Form):
    """Why a published sheet is taken away."""

    reason = Paragraphs(
        word("Reason"), [InputRequired(word("Give a reason: the author reads it.")), Length(max=REASON_LONGEST)]
    )
    version = HiddenField(validators=[Length(max=20)])
