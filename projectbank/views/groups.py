"""A founding group's page and what its members do there; strangers find nothing."""

import secrets
from collections.abc import Callable

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.accounts.queries import read_contact
from app.engines.language import language, translate
from app.engines.place import stand_in
from app.engines.transactions import transaction
from app.kernel.clock import now
from app.kernel.errors import Refusal
from app.web.access import access, signed_in, token
from app.web.addresses import PAGE
from app.web.visitor import actor, visitor
from projectbank.forms import InvitationForm
from projectbank.queries.groups import GroupPage, group_page, invitation_page
from projectbank.rules import LIVING
from projectbank.services.groups import (
    accept_invitation,
    dissolve_group,
    hash_of,
    invite,
    leave_group,
    make_ready,
    remove_member,
    revoke_invitation,
)
from projectbank.views.blueprint import projectbank
from projectbank.views.showing import GROUP_TONES, GROUP_WORDS, address_of

GROUP = f"{PAGE}/projects/groups/<int:group_id>"


def _seen(group_id: int) -> GroupPage:
    """The group for one of its members, the territory of its sheet in force; NotFound for everybody else."""
    page = group_page(actor(), group_id, language(), now())
    stand_in(page.territory)
    return page


def _page(group: GroupPage, form: InvitationForm, status: int = 200) -> tuple[str, int]:
    return render_template(
        "projectbank/group.html",
        group=group,
        form=form,
        own_id=actor().person_id,
        founder=group.founder_id == actor().person_id,
        living=group.state in LIVING,
        state=(translate(GROUP_WORDS[group.state]), GROUP_TONES[group.state]),
    ), status


def _done(group_id: int, words: str) -> Response:
    flash(words, "success")
    return redirect(url_for("projectbank.group", group_id=group_id), 303)


def _act(group_id: int, service: Callable[[], None], words: str) -> Response:
    """Do it, say it, show the group again."""
    with transaction():
        service()
    return _done(group_id, words)


@projectbank.get(GROUP)
@access(signed_in)
def group(group_id: int) -> tuple[str, int]:
    """Who is in, who is invited, what comes next."""
    return _page(_seen(group_id), InvitationForm(formdata=None))


@projectbank.post(f"{GROUP}/invite")
@access(signed_in)
def invite_member(group_id: int) -> Response | tuple[str, int]:
    """A letter with a secret link."""
    form, page = InvitationForm(), _seen(group_id)
    secret = secrets.token_urlsafe(24)
    if form.validate():
        try:
            contact = read_contact(form.contact.data or "", page.territory)
            with transaction():
                invite(actor(), group_id, contact, secret, address_of("projectbank.invitation", secret=secret))
            return _done(group_id, translate("The invitation is on its way to %(contact)s.", contact=contact.value))
        except Refusal as refusal:
            if refusal.field is None:
                raise
            form.show(refusal)
            return _page(_seen(group_id), form, refusal.status)
    return _page(page, form, 422)


@projectbank.post(f"{GROUP}/invitations/<int:invitation_id>/revoke")
@access(signed_in)
def revoke(group_id: int, invitation_id: int) -> Response:
    """Take an open invitation back."""
    return _act(group_id, lambda: revoke_invitation(actor(), group_id, invitation_id), translate("The invitation is void."))


@projectbank.post(f"{GROUP}/members/<int:person_id>/remove")
@access(signed_in)
def remove(group_id: int, person_id: int) -> Response:
    """The founder takes a member out."""
    return _act(group_id, lambda: remove_member(actor(), group_id, person_id), translate("The member was removed."))


@projectbank.post(f"{GROUP}/ready")
@access(signed_in)
def ready(group_id: int) -> Response:
    """The group is complete."""
    return _act(group_id, lambda: make_ready(actor(), group_id), translate("Your group is ready."))


@projectbank.post(f"{GROUP}/dissolve")
@access(signed_in)
def dissolve(group_id: int) -> Response:
    """The founder ends the group."""
    return _act(group_id, lambda: dissolve_group(actor(), group_id), translate("The group is dissolved."))


@projectbank.post(f"{GROUP}/leave")
@access(signed_in)
def leave(group_id: int) -> Response:
    """A member goes."""
    with transaction():
        leave_group(actor(), group_id)
    flash(translate("You have left the group."), "success")
    return redirect(url_for("projectbank.my_projects"), 303)


@projectbank.get(f"{PAGE}/projects/invitations/<secret>")
@access(token)
def invitation(secret: str) -> str | Response:
    """What the secret of a letter opens: who invites to what. Joining needs an account."""
    invited = invitation_page(hash_of(secret), language())
    stand_in(invited.territory)
    who = visitor()
    if who is not None and invited.used_by == who.id:
        return redirect(url_for("projectbank.group", group_id=invited.group_id))
    is_open = invited.used_by is None and invited.state in LIVING and invited.expires_at > now()
    return render_template(
        "projectbank/invitation.html",
        invited=invited,
        secret=secret,
        is_open=is_open,
        here=request.path,
        signed_in=who is not None,
    )


@projectbank.post(f"{PAGE}/projects/invitations/<secret>")
@access(signed_in)
def accept(secret: str) -> Response:
    """Join; the same person pressing twice joins once, another person finds it used."""
    group_id = invitation_page(hash_of(secret), language()).group_id
    with transaction():
        accept_invitation(actor(), secret, address_of("projectbank.group", group_id=group_id))
    return _done(group_id, translate("Welcome to the group."))
