"""Files are part of the truth: what a row names is there, stays while one names it, and is missed when it is not."""

import io
import os
import zipfile
from datetime import timedelta

import pytest
from PIL import Image
from sqlalchemy import select

from academy.models import LessonFile
from app.accounts.services.organisations import set_picture
from app.console.data import backup
from app.engines.backup import back_up
from app.engines.db import db
from app.engines.files import store
from app.engines.files.decoding import WIDTHS
from app.engines.files.named import FileName, missing_files
from app.engines.files.pictures import key_of, store_picture
from app.engines.housekeeping import forget_files
from app.engines.transactions import transaction
from app.kernel.actor import SYSTEM
from app.kernel.clock import now
from catalog.models import ProductPicture
from catalog.services.products import add_pictures, remove_picture
from orders.models import OrderLine
from tests.builders.academy import a_course, the_lesson
from tests.builders.accounts import a_cooperative, a_person, actor_of, joins
from tests.builders.catalog import a_product, variant_of
from tests.builders.orders import a_purchase


def drawn(colour="teal"):
    out = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(out, "PNG")
    return store_picture(out.getvalue())


def aged(days=2):
    """Every file as if it had been stored some days ago."""
    moment = (now() - timedelta(days=days)).timestamp()
    for key in store.all_keys():
        os.utime(store.path_of(key), (moment, moment))


def files_of(picture):
    return {key_of(picture.stem, size) for size in WIDTHS}


@pytest.fixture
def shown(app):
    """A product with one picture, and the picture."""
    product, picture = a_product(a_cooperative().id), drawn()
    with transaction():
        add_pictures(SYSTEM, product, [picture])
    return product, picture


def taken_away(product):
    row = db.session.scalars(select(ProductPicture.id).where(ProductPicture.product_id == product)).one()
    with transaction():
        remove_picture(SYSTEM, product, row)


def test_a_picture_that_an_order_shows_outlives_the_product_s(app, shown):
    product, picture = shown
    a_purchase({variant_of(product): 1})
    assert db.session.scalars(select(OrderLine.picture_stem)).one() == picture.stem
    taken_away(product)
    aged()
    forget_files()
    assert set(store.all_keys()) == files_of(picture)
    assert missing_files() == []


def test_a_picture_that_nobody_shows_any_more_goes_after_a_day(app, shown):
    product, picture = shown
    taken_away(product)
    forget_files()
    assert set(store.all_keys()) == files_of(picture)  # an order that is being placed may still come to name it
    aged(days=1)
    forget_files()
    assert set(store.all_keys()) == set()


def test_what_products_cooperatives_and_lessons_show_stays(app, shown):
    cooperative, lesson, course, maker = drawn("red"), "lessons/ab/abcdef.pdf", a_course(), a_cooperative("Tifawin")
    store.put(lesson, b"%PDF-")
    chair = a_person()
    joins(chair, maker, "chair")
    with transaction() as session:
        set_picture(actor_of(chair), maker.id, cooperative.stem)
        session.add(
            LessonFile(
                lesson_id=the_lesson(course, "lecon-1").id,
                language="",
                file_key=lesson,
                media_type="x",
                name="x.pdf",
                size=5,
            )
        )
    aged()
    forget_files()
    assert set(store.all_keys()) == files_of(shown[1]) | files_of(cooperative) | {lesson}


def test_a_missing_file_is_named_by_check_and_by_the_backup(app, shown, tmp_path):
    product, picture = shown
    row = db.session.scalars(select(ProductPicture.id).where(ProductPicture.product_id == product)).one()
    lost = key_of(picture.stem, "medium")
    store.remove(lost)
    line = f"product_picture {row} names {lost}, which is not there"
    assert f"files: {line}" in missing_files()
    assert f"files: {line}" in list(app.extensions["checks"]["files"]())
    answer = app.test_cli_runner().invoke(backup, [str(tmp_path / "all.zip")])
    assert answer.exit_code == 1
    assert f"tiwizi: {line}" in answer.output
    kept = zipfile.ZipFile(tmp_path / "all.zip").namelist()
    assert f"files/{key_of(picture.stem, 'large')}" in kept
    assert f"files/{lost}" not in kept


def test_a_whole_house_is_backed_up_in_peace(app, shown, tmp_path):
    made = back_up(tmp_path / "all.zip")
    assert (made.missing, made.files) == ([], 3)
    answer = app.test_cli_runner().invoke(backup, [str(tmp_path / "again.zip")])
    assert (answer.exit_code, "3 files" in answer.output) == (0, True)


def test_every_column_that_by_its_name_holds_a_file_says_so(app):
    """A new table of files is compared, backed up and kept from the first day."""
    telling = ("stem", "picture_stem", "file_key", "file", "file_name", "picture", "document_key")
    for table in db.metadata.sorted_tables:
        for column in table.columns:
            assert (column.name not in telling) or isinstance(column.type, FileName), f"{table.name}.{column.name}"
