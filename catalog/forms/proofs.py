"""Forms of proofs and requirements: what the cooperative sends, what the office decides, what it asks."""

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any

from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, SelectField, SelectMultipleField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from app.engines.language import language
from app.kernel.text import LANGUAGES, msg
from app.kernel.typed import own_whole
from app.territories.loading import name_in
from app.territories.records import Requirement, Territory
from app.web.forms import Day, Form, Line, stripped, word
from catalog.rules import categories
from catalog.rules.proofs import BEARERS, COOPERATIVE, DOCUMENT, NAME_LONGEST, PRODUCT, WAYS_OF_PROVING
from catalog.services.proofs import REASON_LONGEST, ProofFacts

NUMBER_LONGEST = 60


class ProofForm(Form):
    """A document: what it proves, of what; its photograph; the number and the last day it bears."""

    requirement = SelectField(word(msg("What it proves")), [InputRequired()])
    product = SelectField(word(msg("Of what")), [Optional()])
    paper = FileField(
        word(msg("Photograph of the paper")), [FileRequired(word(msg("Choose a photograph of the paper first.")))]
    )
    number = Line(
        word(msg("Number on the paper")), [Length(max=NUMBER_LONGEST)], render_kw={"dir": "ltr", "autocomplete": "off"}
    )
    expires_on = Day(word(msg("Last day it is valid")), [Optional()])

    def fill(self, requirements: Iterable[Requirement], goods: Iterable[tuple[int, str]]) -> "ProofForm":
        documents = [one for one in requirements if one.proof == DOCUMENT]
        self.requirement.choices = [SelectChoice(one.key, name_in(one.names, language())) for one in documents]
        self.product.choices = [SelectChoice("", word(BEARERS[COOPERATIVE]))]
        self.product.choices += [SelectChoice(str(id_), title) for id_, title in goods]
        return self

    def facts(self) -> ProofFacts:
        return ProofFacts(self.requirement.data, own_whole(self.product.data))


class ReasonForm(Form):
    """Why the office refuses, takes back or waives."""

    reason = TextAreaField(
        word(msg("Reason, as the cooperative will read it")),
        [InputRequired(word(msg("Say why: it will be read."))), Length(max=REASON_LONGEST)],
        filters=[stripped],
        render_kw={"rows": "3"},
    )


class VerifyForm(Form):
    """The last day as it stands on the document; empty where it bears none."""

    expires_on = Day(word(msg("Last day it is valid")), [Optional()])


class WaiveForm(ReasonForm):
    """What is not asked of a cooperative, until when, and why."""

    requirement = SelectField(word(msg("What is not asked")), [InputRequired()])
    expires_on = Day(word(msg("Until")), [Optional()])

    def fill(self, requirements: Iterable[Requirement]) -> "WaiveForm":
        own = [one for one in requirements if COOPERATIVE in one.bearers]
        self.requirement.choices = [SelectChoice(one.key, name_in(one.names, language())) for one in own]
        return self


class RequirementForm(Form):
    """What is asked, of whom, proved how; from which day, and why."""

    key = Line(
        word(msg("Short name for machines")), [Optional(), Length(max=40)], render_kw={"dir": "ltr", "autocomplete": "off"}
    )
    name_fr = Line(word(msg("Name in French")), [Length(max=NAME_LONGEST)], render_kw={"lang": "fr"})
    name_ar = Line(word(msg("Name in Arabic")), [Length(max=NAME_LONGEST)], render_kw={"lang": "ar", "dir": "rtl"})
    name_en = Line(word(msg("Name in English")), [Length(max=NAME_LONGEST)], render_kw={"lang": "en"})
    asked = BooleanField(word(msg("It is asked")), default=True)
    badge = BooleanField(word(msg("A label: it is shown while it is proved")))
    proof = SelectField(word(msg("Proved by")), default=DOCUMENT)
    bearers = SelectMultipleField(word(msg("Borne by")), default=[COOPERATIVE, PRODUCT])
    sectors = SelectMultipleField(word(msg("Asked of these sectors (of all when none is ticked)")))
    needed_for = SelectMultipleField(word(msg("Kinds of goods that nobody sells without it")))
    holds_from = Day(word(msg("From which day (now when empty)")), [Optional()])
    reason = TextAreaField(
        word(msg("Why")),
        [InputRequired(word(msg("Say why: it will be read."))), Length(max=REASON_LONGEST)],
        filters=[stripped],
        render_kw={"rows": "3"},
    )

    def fill(self, territory: Territory) -> "RequirementForm":
        self.proof.choices = [SelectChoice(key, word(text)) for key, text in WAYS_OF_PROVING.items()]
        self.bearers.choices = [SelectChoice(key, word(text)) for key, text in BEARERS.items()]
        roots = [sector for sector in territory.sectors if sector.parent is None]
        self.sectors.choices = [SelectChoice(one.key, name_in(one.names, language())) for one in roots]
        self.needed_for.choices = [SelectChoice(one.key, one.name(language())) for one in categories.children()[None]]
        return self

    def show_values(self, requirement: Requirement) -> "RequirementForm":
        """The form as it holds now."""
        for code in LANGUAGES:
            self[f"name_{code}"].data = requirement.names.get(code, "")
        for name in ("asked", "badge", "proof"):
            self[name].data = getattr(requirement, name)
        for name in ("bearers", "sectors", "needed_for"):
            self[name].data = list(getattr(requirement, name))
        return self

    def requirement(self, known: Requirement | None) -> Requirement:
        """What was typed; the narrower kinds of goods it is needed for stay as they are known."""
        roots = {one.key for one in categories.children()[None]}
        narrower = [key for key in known.needed_for if key not in roots] if known is not None else []
        return Requirement(
            key=known.key if known is not None else self.key.data or "",
            names={code: self[f"name_{code}"].data or "" for code in LANGUAGES},
            badge=self.badge.data,
            bearers=tuple(self.bearers.data or ()),
            sectors=tuple(self.sectors.data or ()),
            proof=self.proof.data,
            needed_for=(*(self.needed_for.data or ()), *narrower),
            asked=self.asked.data,
        )

    def begins(self, territory: Territory, moment: datetime) -> datetime:
        """The first moment of the day that was chosen; now, where it is today or none was."""
        chosen: Any = self.holds_from.data
        if not isinstance(chosen, date) or chosen == territory.day_of(moment):
            return moment
        return datetime.combine(chosen, time(), territory.zone)
