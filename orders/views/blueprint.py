"""The blueprint of orders' pages."""

from flask import Blueprint

orders = Blueprint("orders", "orders", template_folder="templates")
