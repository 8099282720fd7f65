"""create_app: engines, the web shell, then each module named in the settings."""

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import Any

from flask import Flask
from flask_migrate import Migrate
from sqlalchemy.exc import ArgumentError
from werkzeug.middleware.proxy_fix import ProxyFix

from app.engines.db import db
from app.engines.generations import Numbers
from app.engines.house_data import HOUSE_DATA
from app.engines.housekeeping import HOUSE_ATTENTION, HOUSE_CHECKS, HOUSE_JOBS, HOUSE_SCHEDULE
from app.engines.keeping import Keeping
from app.engines.search.index import SearchIndex
from app.module import Module
from app.settings import HOUSE, Settings, SettingsError, make_instance, read_settings
from app.territories.loading import UnknownTerritory, territory_named
from app.web.access import refuse_undeclared
from app.web.bodies import Request
from app.web.errors import REFUSALS, register_errors
from app.web.front_door import FrontDoor
from app.web.pages.cards import by_spot
from app.web.pages.health import health
from app.web.pages.sitemap import sitemaps
from app.web.pages.views import pages
from app.web.safety import BoundedInteger
from app.web.shell import set_up_shell
from app.web.static_files import static_files

FORM_MEMORY = 4 * 1024 * 1024
UPLOAD_LIMIT = 64 * 1024 * 1024
# Errors name the statement, never the values: those are people's words. Each thread of `run` finds a connection.
# A connection is tried before it is used: one that the database has ended is opened anew, and nobody sees an error.
ENGINE = {"hide_parameters": True, "max_overflow": 64, "pool_pre_ping": True}


class House(Flask):
    """The application."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """None of ours waits in Flask's asynchronous way, which is not looked for at each of twenty calls of a request."""
        return func


def load_modules(names: tuple[str, ...], setting: str = "MODULES") -> list[Module]:
    """The plates of the modules that the setting names: each package has a `module.py` with `MODULE`."""
    for name in names:
        if not (HOUSE / name.replace(".", "/") / "module.py").is_file():
            raise SettingsError(f"TIWIZI_{setting} names {name!r}, and there is no such module")
    return [importlib.import_module(f"{name}.module").MODULE for name in names]


def check_territories(keys: tuple[str, ...]) -> None:
    """Each is one we have the facts of, and there is a first one. Raises SettingsError."""
    try:
        territories = [territory_named(key) for key in keys]
    except UnknownTerritory as unknown:
        raise SettingsError(f"TIWIZI_TERRITORIES names {unknown.args[0]!r}, and there is no such territory") from None
    if not territories:
        raise SettingsError("TIWIZI_TERRITORIES names no territory")


def create_app(settings: Settings | None = None, **given: Any) -> Flask:
    """The application. `given` settings win over the environment (tests)."""
    settings = settings or read_settings(**given)
    app = House("tiwizi", root_path=str(HOUSE), template_folder="app/web/templates", static_folder=None)
    app.request_class = Request
    check_territories(settings.TERRITORIES)
    configure(app, settings)
    modules = load_modules(settings.MODULES)
    if settings.practice:  # it starts before payments, which asks for it
        modules = load_modules((settings.CARD_PRACTICE,), "CARD_PRACTICE") + modules
    app.extensions["modules"] = modules
    app.extensions["home_territory"] = settings.TERRITORIES[0]
    set_up_engines(app, settings)
    collect_plates(app, modules)
    app.url_map.converters["int"] = BoundedInteger
    set_up_shell(app, modules)
    for blueprint in (pages, sitemaps, health, static_files):
        app.register_blueprint(blueprint)
    for module in modules:
        register_module(app, module)
    register_errors(app)
    refuse_undeclared(app)
    app.wsgi_app = FrontDoor(app)  # type: ignore[method-assign]  # Flask is wrapped by replacing its method
    return app


def configure(app: Flask, settings: Settings) -> None:
    for field in fields(Settings):
        app.config[field.name] = getattr(settings, field.name)
    if settings.DEMO:
        invented = territory_named(settings.TERRITORIES[0]).demo_operator
        app.config.update({name: value for name, value in invented.items() if not app.config[name]})
    app.config.update(
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=ENGINE,
        SECURE=settings.secure,
        PRACTICE=settings.practice,
        MAX_CONTENT_LENGTH=UPLOAD_LIMIT,
        MAX_FORM_MEMORY_SIZE=FORM_MEMORY,
        WTF_CSRF_ENABLED=False,
    )
    if settings.TRUSTED_PROXIES:  # not X-Forwarded-Host: our own address is PUBLIC_URL, and proxies pass a visitor's on
        proxies = settings.TRUSTED_PROXIES
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=0)  # type: ignore[method-assign]  # Flask is wrapped by replacing its method


def set_up_engines(app: Flask, settings: Settings) -> None:
    make_instance(settings.INSTANCE)
    try:
        db.init_app(app)
    except ArgumentError:
        raise SettingsError("TIWIZI_DATABASE_URL is not an address of a database") from None
    Migrate(app, db, directory=str(HOUSE / "migrations"), render_as_batch=True)
    app.extensions["numbers"] = Numbers(app)
    app.extensions["keeping"] = Keeping(app.extensions["numbers"], settings.KEPT_PIECES)
    app.extensions["search"] = SearchIndex(settings.INSTANCE / "search")


def merged(what: str, tables: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """One table of several; a name that two modules give stops the start, since one would hide the other."""
    entries: dict[str, Any] = {}
    for table in tables:
        twice = entries.keys() & table.keys()
        if twice:
            raise RuntimeError(f"{what} declared twice: {', '.join(sorted(twice))}")
        entries.update(table)
    return entries


def collect_plates(app: Flask, modules: list[Module]) -> None:
    """What modules tell the house, put where the house looks for it."""
    app.extensions["jobs"] = merged("job", [HOUSE_JOBS, *(m.jobs or {} for m in modules)])
    app.extensions["schedule"] = [*HOUSE_SCHEDULE, *((s.job, s.seconds) for m in modules for s in m.schedule)]
    app.extensions["refusals"] = merged("refusal", [REFUSALS, *(m.refusals or {} for m in modules)])
    app.extensions["checks"] = merged("check", [HOUSE_CHECKS, *(m.checks or {} for m in modules)])
    app.extensions["acts"] = merged("act", [{act.kind: act for act in m.acts} for m in modules])
    app.extensions["long_work"] = merged("long work", [{work.kind: work for work in m.long_work} for m in modules])
    app.extensions["notice_kinds"] = merged("kind of notice", [{kind.key: kind for kind in m.notice_kinds} for m in modules])
    app.extensions["letter_samples"] = [m.letter_samples for m in modules if m.letter_samples]
    app.extensions["landings"] = [m.landing for m in modules if m.landing]
    app.extensions["attention"] = merged("attention", [HOUSE_ATTENTION, *(m.attention or {} for m in modules)])
    app.extensions["own_data"] = [*(kind for m in modules for kind in m.own_data), *HOUSE_DATA]
    app.extensions["ties"] = [m.ties for m in modules if m.ties is not None]
    app.extensions["public_pages"] = [page for m in modules for page in m.public_pages]
    app.extensions["machine_doors"] = [door for m in modules for door in m.machine_doors]
    app.extensions["cards"] = by_spot([card for m in modules for card in m.cards])
    app.extensions["steps"] = sorted((step for m in modules for step in m.steps), key=lambda step: step.order)
    app.extensions["search_kinds"] = {kind.kind: kind.documents for m in modules for kind in m.search_kinds}


def register_module(app: Flask, module: Module) -> None:
    for blueprint in module.blueprints:
        app.register_blueprint(blueprint)
    for command in module.commands:
        app.cli.add_command(command)
    for signal, listener in module.subscriptions:
        signal.connect(listener, weak=False)
    if module.start is not None:
        module.start(app)
