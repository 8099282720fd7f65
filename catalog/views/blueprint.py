"""The blueprint the pages of this module hang on."""

from flask import Blueprint

catalog = Blueprint("catalog", "catalog", template_folder="templates")
