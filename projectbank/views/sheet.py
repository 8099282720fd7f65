"""A sheet's page, keeping it, starting a group from it."""

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.engines.language import language, translate
from app.engines.place import stand_in
from app.engines.transactions import transaction
from app.kernel.errors import Refusal
from app.web.access import access, public, signed_in
from app.web.addresses import PAGE
from app.web.errors import refusal_text
from app.web.page_cache import kept, rests_on
from app.web.regions import province_name, region_name, sector_name
from app.web.visitor import actor
from projectbank.queries.sheet_page import SheetPage, sheet_page
from projectbank.services.groups import start_group
from projectbank.services.saving import save_sheet, unsave_sheet
from projectbank.views.blueprint import projectbank
from projectbank.views.showing import (
    KIND_TONES,
    KIND_WORDS,
    STATE_TONES,
    STATE_WORDS,
    course_links,
    drawing_of,
    goals,
    market_link,
)


def sheet_words(page: SheetPage) -> dict[str, object]:
    """What the blocks of a sheet need, on its page and on the office's; its territory comes into force."""
    sheet = page.sheet
    stand_in(sheet.territory)
    return {
        "page": page,
        "sheet": sheet,
        "text": page.text,
        "goals": goals(page.sdgs),
        "courses": course_links(page.training),
        "market": market_link(sheet.category),
        "sector": sector_name(sheet.sector, sheet.region),
        "region": region_name(sheet.region),
        "province": province_name(sheet.province, sheet.territory),
        "drawing": drawing_of(sheet.sector, sheet.category),
        "kind": (translate(KIND_WORDS[sheet.kind]), KIND_TONES[sheet.kind]),
        "state": (translate(STATE_WORDS[sheet.state]), STATE_TONES[sheet.state]),
    }


@projectbank.get(f"{PAGE}/projects/<slug>")
@access(public)
@kept("settings")
def project(slug: str) -> str:
    """Everything a sheet says; its author and the office see it before it is published."""
    page = sheet_page(actor(), language(), slug=slug)
    rests_on("sheet", page.sheet.id)
    return render_template("projectbank/project.html", **sheet_words(page), problem=None, name="")


@projectbank.post(f"{PAGE}/projects/<slug>/save")
@access(signed_in)
def save(slug: str) -> Response:
    """Keep the sheet for later."""
    sheet_id = sheet_page(actor(), language(), slug=slug).sheet.id
    with transaction():
        save_sheet(actor(), sheet_id)
    flash(translate("Saved. You find it under “My projects”."), "success")
    return redirect(url_for("projectbank.project", slug=slug), 303)


@projectbank.post(f"{PAGE}/projects/<slug>/unsave")
@access(signed_in)
def unsave(slug: str) -> Response:
    """Let the sheet go."""
    sheet_id = sheet_page(actor(), language(), slug=slug).sheet.id
    with transaction():
        unsave_sheet(actor(), sheet_id)
    flash(translate("No longer saved."), "success")
    return redirect(url_for("projectbank.project", slug=slug), 303)


@projectbank.post(f"{PAGE}/projects/<slug>/group")
@access(signed_in)
def found_group(slug: str) -> Response | tuple[str, int]:
    """Start a founding group from this sheet."""
    page = sheet_page(actor(), language(), slug=slug)
    name = request.form.get("name", "")
    try:
        with transaction():
            group_id = start_group(actor(), page.sheet.id, name)
    except Refusal as refusal:
        if refusal.status != 422:
            raise
        shown = sheet_words(sheet_page(actor(), language(), slug=slug))
        return render_template("projectbank/project.html", **shown, problem=refusal_text(refusal), name=name), 422
    if page.group_id != group_id:
        flash(translate("Your group has begun. Invite the others."), "success")
    return redirect(url_for("projectbank.group", group_id=group_id), 303)
