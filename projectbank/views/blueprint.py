"""The blueprint the pages of this module hang on."""

from flask import Blueprint

projectbank = Blueprint("projectbank", "projectbank", template_folder="templates")
