"""Every column that holds something of a person is in the export, or on the written list with its reason."""

from collections.abc import Iterator

from flask import Flask
from sqlalchemy import Column
from sqlalchemy.sql import visitors

from app.engines.db import db
from app.engines.own_data import Whose, kinds_of_own_data
from app.kernel.contacts import ContactValue
from app.web.own_data import AMOUNTS, FACTS

WHOSE = Whose(7, (ContactValue("mail", "nora@example.org"), ContactValue("phone", "+212612345678")))
# Words in the names of columns that hold what a person is called, where they live and how they are reached.
PERSONAL = {"name", "phone", "mail", "address", "street", "commune", "postcode", "contact", "recipient", "person", "device"}
PERSONAL |= {"guest", "actor", "subject"}
# What is not told, and why.
EXCEPTIONS = {
    "attempt.subject": "a keyed hash that nobody can read back, forgotten after a day",
    "basket.guest": "the key of a session that has signed in nobody",
    "purchase.guest": "the key of a session: a secret, and worth nothing once it has ended",
    "act_waiting.subject_id": "the number of a thing",
    "letter.refused_address": "whether it was the address that was refused, no address",
    "counter.subject": "the number of a thing",
    "search_change.subject": "the number of a thing",
    "generation.name": "the kind or the number of a thing",
    "job.name": "what kind of work it is",
    "recurring_job.name": "what kind of work it is",
    "organisation.address": "the organisation's, published by it",
    "organisation.commune": "the organisation's, published by it",
    "organisation.postcode": "the organisation's, published by it",
    "organisation.phone": "the organisation's, published by it",
    "organisation.mail": "the organisation's, published by it",
    "organisation_text.name": "the organisation's, published by it",
    "lesson_file.name": "made by us from the lesson's key",
    "variant.names": "of a size of goods",
}


def personal_columns() -> Iterator[Column]:
    """Foreign keys to a person, and columns with a personal word in their names."""
    for table in db.metadata.sorted_tables:
        for column in table.columns:
            points = any(key.target_fullname == "person.id" for key in column.foreign_keys)
            words = set(column.name.split("_")) | {column.name.rstrip("s")}
            if points or (words & PERSONAL and not column.foreign_keys):
                yield column


def told_columns() -> set[str]:
    """Every column that a statement of the export gives, or by which it finds its rows."""
    return {
        f"{part.table.name}.{part.name}"
        for kind in kinds_of_own_data()
        for part in visitors.iterate(kind.rows(WHOSE))
        if isinstance(part, Column)
    }


def given_columns() -> set[str]:
    return {
        f"{base.table.name}.{base.name}"
        for kind in kinds_of_own_data()
        for column in kind.rows(WHOSE).selected_columns
        for base in column.base_columns
        if isinstance(base, Column)
    }


def test_no_column_about_a_person_is_left_out(app: Flask) -> None:
    found, given = told_columns(), given_columns()
    unlisted = []
    for column in personal_columns():
        name = f"{column.table.name}.{column.name}"
        there = name in found if column.foreign_keys or column.name.endswith("_id") else name in given | FOUND_BY
        if not there and name not in EXCEPTIONS:
            unlisted.append(name)
    assert unlisted == []


# They are compared with the person asked about, whose number stands in the file already.
FOUND_BY = {"journal_line.actor_kind"}


def test_the_written_list_names_only_what_is_there_and_untold(app: Flask) -> None:
    there = {f"{column.table.name}.{column.name}" for column in personal_columns()}
    assert set(EXCEPTIONS) - there == set()
    assert set(EXCEPTIONS) & given_columns() == set()


def test_a_new_column_about_a_person_is_noticed(app: Flask) -> None:
    names = {f"{column.table.name}.{column.name}" for column in personal_columns()}
    assert len(names) > 40
    assert {"person.name", "purchase.buyer_id", "letter.recipient", "session.person_id", "certificate.person_name"} <= names


def test_every_column_of_the_export_has_its_word(app: Flask) -> None:
    used = {column.key for kind in kinds_of_own_data() for column in kind.rows(WHOSE).selected_columns}
    assert used - {"id"} == set(FACTS)
    assert used >= AMOUNTS


def test_kinds_are_named_once(app: Flask) -> None:
    keys = [kind.key for kind in kinds_of_own_data()]
    assert len(keys) == len(set(keys)) > 30
