"""Who belongs to an organisation; invitations and joining."""

from typing import Any

from flask import current_app, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.accounts import gateway
from app.accounts.forms.organisations import InviteForm, RolesForm
from app.accounts.queries.entry_cards import cards_of
from app.accounts.queries.office import colleagues_of, invitation_by_hash, open_invitations
from app.accounts.queries.organisations import organisation_card
from app.accounts.rules.entry_cards import CARD_STATES
from app.accounts.rules.organisations import ROLES
from app.accounts.services.members import accept_invitation, invite, leave, set_roles, token_hash, withdraw_invitation
from app.accounts.views.blueprint import accounts, refused, typed_contact
from app.engines.language import language, translate
from app.engines.transactions import transaction
from app.kernel.actor import CHAIR
from app.kernel.clock import now
from app.kernel.errors import NotFound, Refusal
from app.kernel.text import msg
from app.web.access import access, asked_again, office, public, signed_in
from app.web.addresses import PAGE
from app.web.visitor import actor, visitor

Page = str | tuple[str, int] | Response


def _page() -> dict[str, Any]:
    people = colleagues_of(g.office.id)
    return {
        "office": g.office,
        "people": people,
        "cards": cards_of([one.person_id for one in people], now()) if CHAIR in g.office.roles else {},
        "card_states": CARD_STATES,
        "invitations": open_invitations(g.office.id, now()),
        "is_chair": CHAIR in g.office.roles,
        "own_id": actor().person_id,
    }


@accounts.get(f"{PAGE}/sell/<slug>/members")
@access(office())
def office_members(slug: str) -> Page:
    """Everybody sees who works here; the chair changes it."""
    return render_template("accounts/office_members.html", form=InviteForm(), **_page())


@accounts.post(f"{PAGE}/sell/<slug>/members/invite")
@access(office(CHAIR))
@asked_again
def invite_member(slug: str) -> Page:
    """A letter with a secret link; the same invitation twice is one letter."""
    form = InviteForm()
    if not form.validate():
        return render_template("accounts/office_members.html", form=form, **_page()), 422
    secret = gateway.new_secret()
    link = current_app.config["PUBLIC_URL"].rstrip("/") + url_for("accounts.join", secret=secret)
    try:
        contact = typed_contact(form.contact.data)
        with transaction():
            sent = invite(actor(), g.office.id, contact, form.role.data, secret, link, now())
    except Refusal as refusal:
        return refused(form, refusal, "accounts/office_members.html", **_page())
    said = msg("The invitation is on its way.") if sent else msg("This invitation is already on its way.")
    flash(translate(said), "success")
    return redirect(url_for("accounts.office_members", slug=slug), 303)


@accounts.post(f"{PAGE}/sell/<slug>/invitations/<int:invitation_id>/withdraw")
@access(office(CHAIR))
def withdraw(slug: str, invitation_id: int) -> Page:
    with transaction():
        withdraw_invitation(actor(), g.office.id, invitation_id)
    flash(translate(msg("The invitation was withdrawn.")), "success")
    return redirect(url_for("accounts.office_members", slug=slug), 303)


@accounts.get(f"{PAGE}/sell/<slug>/members/<int:person_id>")
@access(office(CHAIR))
@asked_again
def office_member(slug: str, person_id: int) -> Page:
    """The roles of one person."""
    member = _colleague(person_id)
    form = RolesForm(data={"roles": list(member.roles)})
    return render_template("accounts/office_member.html", form=form, member=member, **_page())


def _colleague(person_id: int) -> Any:
    found = next((one for one in colleagues_of(g.office.id) if one.person_id == person_id), None)
    if found is None:
        raise NotFound()
    return found


@accounts.post(f"{PAGE}/sell/<slug>/members/<int:person_id>")
@access(office(CHAIR))
@asked_again
def save_member(slug: str, person_id: int) -> Page:
    """New roles; none removes the person. One chair always stays."""
    form, member = RolesForm(), _colleague(person_id)
    if not form.validate():
        return render_template("accounts/office_member.html", form=form, member=member, **_page()), 422
    roles = [] if request.form.get("remove") else (form.roles.data or [])
    try:
        with transaction():
            set_roles(actor(), g.office.id, person_id, roles, now())
    except Refusal as refusal:
        return refused(form, refusal, "accounts/office_member.html", member=member, **_page())
    flash(translate(msg("Saved.") if roles else msg("This person has left the organisation.")), "success")
    if person_id == actor().person_id and CHAIR not in roles:
        return redirect(url_for("accounts.organisations"), 303)
    return redirect(url_for("accounts.office_members", slug=slug), 303)


@accounts.post(f"{PAGE}/sell/<slug>/leave")
@access(office())
def leave_organisation(slug: str) -> Page:
    with transaction():
        leave(actor(), g.office.id, now())
    flash(translate(msg("You have left the organisation.")), "success")
    return redirect(url_for("accounts.organisations"), 303)


@accounts.get(f"{PAGE}/join/<secret>")
@access(public)
def join(secret: str) -> Page:
    """What one is invited to; joining itself asks to be signed in."""
    invitation = invitation_by_hash(token_hash(secret), now())
    card = organisation_card([invitation.organisation_id], language())[invitation.organisation_id]
    here = url_for("accounts.join", secret=secret)
    return render_template(
        "accounts/join.html",
        invitation=invitation,
        card=card,
        role=ROLES[invitation.role],
        here=here,
        secret=secret,
        signed_in=visitor() is not None,
    )


@accounts.post(f"{PAGE}/join/<secret>")
@access(signed_in)
def do_join(secret: str) -> Page:
    """Join; the link is used up."""
    with transaction():
        slug = accept_invitation(actor(), secret, now())
    flash(translate(msg("Welcome. You belong to this organisation now.")), "success")
    return redirect(url_for("accounts.office", slug=slug), 303)
