"""Search: finds the ids of things by words, in French, Arabic, English and Tamazight; knows no subject."""

from app.engines.search.index import SearchIndex
from app.engines.search.interface import Changes, Found, SearchDocument, SearchForm, Stats

__all__ = ["Changes", "Found", "SearchDocument", "SearchForm", "SearchIndex", "Stats"]
