"""What the office asks of cooperatives and their goods: as it holds now, what is planned, each change with its reason."""

from flask import flash, make_response, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.accounts.queries import person_names
from app.engines.language import language, translate
from app.engines.place import here
from app.engines.transactions import transaction
from app.kernel.clock import now
from app.kernel.errors import NotFound, Refusal
from app.kernel.text import msg
from app.territories.loading import name_in
from app.territories.records import Requirement
from app.web.access import access, operator
from app.web.addresses import PAGE
from app.web.visitor import actor
from catalog.forms.proofs import RequirementForm
from catalog.queries.requirements import changes_of, requirements_at
from catalog.rules.proofs import WAYS_OF_PROVING, of_value
from catalog.services.requirements import set_requirement
from catalog.views.blueprint import catalog

Page = str | Response


@catalog.get(f"{PAGE}/desk/requirements")
@access(operator)
def desk_requirements() -> str:
    """Everything that is asked in the territory in force, by name."""
    known, moment = requirements_at(here().key, now()), now()
    planned = {key for key, changes in changes_of(here().key).items() if any(one.holds_from > moment for one in changes)}
    rows = sorted(known.values(), key=lambda asked: (not asked.asked, name_in(asked.names, language())))
    missing = sorted(planned - set(known))
    return render_template(
        "catalog/desk_requirements.html",
        rows=rows,
        planned=planned,
        missing=missing,
        territory=name_in(here().names, language()),
        sector_names={sector.key: name_in(sector.names, language()) for sector in here().sectors},
        ways=WAYS_OF_PROVING,
        name_in=name_in,
    )


def _shown(key: str | None, form: RequirementForm, status: int = 200) -> Response:
    known = requirements_at(here().key, now()).get(key or "")
    changes = changes_of(here().key).get(key or "", [])
    page = render_template(
        "catalog/desk_requirement.html",
        key=key,
        known=known,
        form=form,
        changes=changes,
        people=person_names([change.set_by for change in changes]),
        moment=now(),
        name_in=name_in,
    )
    return make_response(page, status)


def _known(key: str) -> Requirement:
    """As it holds now, or will first hold. Raises NotFound for one that nobody knows."""
    known = requirements_at(here().key, now()).get(key)
    if known is not None:
        return known
    planned = changes_of(here().key).get(key)
    if not planned:
        raise NotFound()
    return of_value(planned[-1].value)


@catalog.get(f"{PAGE}/desk/new-requirement")
@access(operator)
def desk_new_requirement() -> Response:
    return _shown(None, RequirementForm(formdata=None).fill(here()))


@catalog.get(f"{PAGE}/desk/requirements/<key>")
@access(operator)
def desk_requirement(key: str) -> Response:
    """One requirement: what holds, a change of it, its history."""
    return _shown(key, RequirementForm(formdata=None).fill(here()).show_values(_known(key)))


@catalog.post(f"{PAGE}/desk/new-requirement")
@access(operator)
def desk_add_requirement() -> Response:
    return _set(None)


@catalog.post(f"{PAGE}/desk/requirements/<key>")
@access(operator)
def desk_change_requirement(key: str) -> Response:
    """It is asked otherwise, from a day on."""
    _known(key)
    return _set(key)


def _set(key: str | None) -> Response:
    form, moment = RequirementForm().fill(here()), now()
    if not form.validate():
        return _shown(key, form, 422)
    known = _known(key) if key is not None else None
    try:
        wanted = form.requirement(known)
        with transaction():
            set_requirement(
                actor(), here().key, wanted, form.begins(here(), moment), form.reason.data, moment, new=key is None
            )
    except Refusal as refusal:
        form.show(refusal)
        return _shown(key, form, refusal.status)
    flash(translate(msg("Set. What held before stays readable below.")), "success")
    return redirect(url_for("catalog.desk_requirement", key=wanted.key), 303)
