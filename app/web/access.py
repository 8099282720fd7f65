"""Who may enter: each route declares a rule, nothing is open by default, start-up fails when one is missing.

@blueprint.get("/sell/<slug>/products")
@access(office("seller"))
def list_products(slug): …          # g.office is the visitor's office, its territory in force; a stranger's slug: 404

A dear act is declared too, `@asked_again` below `@access`: accounts asks for the second factor before it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, abort, current_app, g, redirect, request, url_for
from werkzeug.routing import RequestRedirect
from werkzeug.wrappers import Response

from app.engines.place import stand_in
from app.kernel.errors import NotAllowed, NotFound
from app.web.visitor import Office, visitor

Handler = TypeVar("Handler", bound=Callable[..., Any])


KINDS = ("public", "signed-in", "operator", "instructor", "office", "demo", "token")


@dataclass(frozen=True)
class Rule:
    """A rule of entry: `kind` is one of KINDS."""

    kind: str
    roles: frozenset[str] = field(default_factory=frozenset)

    @property
    def of_office(self) -> bool:
        """Does the address name an organisation, whose members alone enter?"""
        return self.kind == "office"


public = Rule("public")
signed_in = Rule("signed-in")
operator = Rule("operator")
instructor = Rule("instructor")
demo = Rule("demo")
token = Rule("token")  # opened by a secret in the address or a signature in the request; the handler checks it


def office(*roles: str) -> Rule:
    """A member's place: the address holds the organisation's `slug`; any role when none is named."""
    return Rule("office", frozenset(roles))


def access(rule: Rule) -> Callable[[Handler], Handler]:
    """Declare who may enter a route."""

    def declare(handler: Handler) -> Handler:
        handler.access_rule = rule  # type: ignore[attr-defined]  # a function may bear attributes; its type cannot say so
        return handler

    return declare


def asked_again(handler: Handler) -> Handler:
    """A page or an act before which whoever sits there proves again who they are: the second factor, or the password of
    who has none. What a form held is kept meanwhile, files and passwords apart.
    """
    handler.asked_again = "always"  # type: ignore[attr-defined]  # a function may bear attributes; its type cannot say so
    return handler


def factor_asked_again(handler: Handler) -> Handler:
    """The same where the form itself asks the password: who has no second factor goes on to it."""
    handler.asked_again = "factor"  # type: ignore[attr-defined]  # a function may bear attributes; its type cannot say so
    return handler


def asks_again(app: Flask, endpoint: str) -> str | None:
    """ "always", "factor", or None for a route that asks nothing again."""
    found: str | None = getattr(app.view_functions[endpoint], "asked_again", None)
    return found


def rule_of(app: Flask, endpoint: str) -> Rule | None:
    rule: Rule | None = getattr(app.view_functions[endpoint], "access_rule", None)
    return rule


def refuse_undeclared(app: Flask) -> None:
    """Start-up stops when a route has no rule."""
    missing = sorted({rule.endpoint for rule in app.url_map.iter_rules() if rule_of(app, rule.endpoint) is None})
    if missing:
        raise RuntimeError(f"routes without an access rule: {', '.join(missing)}")


def safe_next(target: str | None) -> str | None:
    """A path of this site, or None: never another host."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")) or any(ord(c) < 33 for c in target):
        return None
    parts = urlsplit(target)
    return target if not parts.scheme and not parts.netloc else None


def _to_sign_in() -> Response:
    """To the sign-in page and back. Who has typed something signs in on the spot, and goes on with it."""
    if request.method in ("GET", "HEAD"):
        return redirect(url_for("accounts.sign_in", next=request.full_path.rstrip("?")))
    on_the_spot: Callable[[], Response | None] | None = current_app.extensions.get("sign_in_on_the_spot")
    answer = on_the_spot() if on_the_spot is not None else None
    return redirect(url_for("accounts.sign_in")) if answer is None else answer


def _to_right_address(error: Exception | None) -> Response | None:
    """A missing slash leads on, by the path alone: the router would repeat whatever host the visitor sent."""
    if not isinstance(error, RequestRedirect):
        return None
    target = urlsplit(error.new_url)
    path = "/" + target.path.lstrip("/")
    return redirect(f"{path}?{target.query}" if target.query else path, error.code)


def check_access() -> Response | None:
    """Before each request: let in, send to sign-in, or refuse."""
    if request.endpoint is None:
        return _to_right_address(request.routing_exception)
    rule = rule_of(current_app, request.endpoint)
    if rule is None or (rule == demo and not current_app.config["DEMO"]):
        abort(404)
    if rule in (public, demo, token):
        return None
    me = visitor()
    if me is None:
        if request.path.startswith("/api/"):
            abort(401)
        return _to_sign_in()
    if rule == operator and not me.is_operator:
        raise NotFound()
    if rule == instructor and not (me.is_instructor or me.is_operator):
        raise NotFound()
    if rule.of_office:
        g.office = _office_of(me.offices, request.view_args or {}, rule)
        stand_in(g.office.territory)
    return None


def _office_of(offices: tuple[Office, ...], arguments: dict[str, Any], rule: Rule) -> Office:
    found = next((one for one in offices if one.slug == arguments.get("slug")), None)
    if found is None:
        raise NotFound()
    if rule.roles and not found.roles & rule.roles:
        raise NotAllowed("role-missing", roles=", ".join(sorted(rule.roles)))
    return found
