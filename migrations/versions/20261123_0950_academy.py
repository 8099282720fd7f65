"""Courses, progress and certificates."""

import sqlalchemy as sa
from alembic import op

from app.engines.db import Facts, Moment, Whole

revision = "20261123_0950"
down_revision = "20261123_0940"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Courses, progress and certificates."""
    op.create_table(
        "course",
        sa.Column("id", Whole, nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("owner_id", Whole, nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("territory", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("sector", sa.Text(), nullable=True),
        sa.Column("drawing", sa.Text(), nullable=False),
        sa.Column("minutes", Whole, nullable=False),
        sa.Column("lessons", Whole, nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("form_key", sa.Text(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("submitted_at", Moment(), nullable=True),
        sa.Column("published_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_course_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course")),
        sa.UniqueConstraint("form_key", name=op.f("uq_course_form_key")),
        sa.UniqueConstraint("slug", name=op.f("uq_course_slug")),
    )
    op.create_index("ix_course_owner_id_state", "course", ["owner_id", "state", "id"], unique=False)
    op.create_index("ix_course_state_published_at", "course", ["state", "published_at", "id"], unique=False)
    op.create_index("ix_course_state_sector", "course", ["state", "sector", "level"], unique=False)
    op.create_table(
        "course_module",
        sa.Column("id", Whole, nullable=False),
        sa.Column("course_id", Whole, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("position", Whole, nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_course_module_course_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_module")),
        sa.UniqueConstraint("course_id", "key", name=op.f("uq_course_module_course_id_key")),
    )
    op.create_table(
        "course_text",
        sa.Column("course_id", Whole, nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("outcomes", Facts, nullable=False),
        sa.Column("source", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_course_text_course_id")),
        sa.PrimaryKeyConstraint("course_id", "language", name=op.f("pk_course_text")),
    )
    op.create_table(
        "enrolment",
        sa.Column("id", Whole, nullable=False),
        sa.Column("course_id", Whole, nullable=False),
        sa.Column("person_id", Whole, nullable=False),
        sa.Column("enrolled_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_enrolment_course_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_enrolment_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolment")),
        sa.UniqueConstraint("person_id", "course_id", name=op.f("uq_enrolment_person_id_course_id")),
    )
    op.create_index(op.f("ix_enrolment_course_id"), "enrolment", ["course_id"], unique=False)
    op.create_table(
        "certificate",
        sa.Column("id", Whole, nullable=False),
        sa.Column("enrolment_id", Whole, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("person_name", sa.Text(), nullable=False),
        sa.Column("course_titles", Facts, nullable=False),
        sa.Column("minutes", Whole, nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("evidence", Facts, nullable=False),
        sa.Column("issued_at", Moment(), nullable=False),
        sa.Column("revoked_at", Moment(), nullable=True),
        sa.Column("revoked_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolment.id"], name=op.f("fk_certificate_enrolment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate")),
        sa.UniqueConstraint("code", name=op.f("uq_certificate_code")),
        sa.UniqueConstraint("enrolment_id", name=op.f("uq_certificate_enrolment_id")),
    )
    op.create_index(op.f("ix_certificate_issued_at"), "certificate", ["issued_at"], unique=False)
    op.create_table(
        "course_module_text",
        sa.Column("module_id", Whole, nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["module_id"], ["course_module.id"], name=op.f("fk_course_module_text_module_id")),
        sa.PrimaryKeyConstraint("module_id", "language", name=op.f("pk_course_module_text")),
    )
    op.create_table(
        "lesson",
        sa.Column("id", Whole, nullable=False),
        sa.Column("course_id", Whole, nullable=False),
        sa.Column("module_id", Whole, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("position", Whole, nullable=False),
        sa.Column("minutes", Whole, nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("pass_percent", Whole, nullable=True),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.CheckConstraint("pass_percent IS NULL OR pass_percent BETWEEN 1 AND 100", name=op.f("ck_lesson_pass_percent")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_lesson_course_id")),
        sa.ForeignKeyConstraint(["module_id"], ["course_module.id"], name=op.f("fk_lesson_module_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lesson")),
        sa.UniqueConstraint("course_id", "key", name=op.f("uq_lesson_course_id_key")),
    )
    op.create_index(op.f("ix_lesson_module_id"), "lesson", ["module_id"], unique=False)
    op.create_table(
        "lesson_file",
        sa.Column("lesson_id", Whole, nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("file_key", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("size", Whole, nullable=False),
        sa.Column("width", Whole, nullable=True),
        sa.Column("height", Whole, nullable=True),
        sa.ForeignKeyConstraint(["lesson_id"], ["lesson.id"], name=op.f("fk_lesson_file_lesson_id")),
        sa.PrimaryKeyConstraint("lesson_id", "language", name=op.f("pk_lesson_file")),
    )
    op.create_table(
        "lesson_text",
        sa.Column("lesson_id", Whole, nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("transcript", sa.Text(), nullable=False),
        sa.Column("alt", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["lesson_id"], ["lesson.id"], name=op.f("fk_lesson_text_lesson_id")),
        sa.PrimaryKeyConstraint("lesson_id", "language", name=op.f("pk_lesson_text")),
    )
    op.create_table(
        "question",
        sa.Column("id", Whole, nullable=False),
        sa.Column("lesson_id", Whole, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("position", Whole, nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("tolerance", sa.Text(), nullable=True),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["lesson_id"], ["lesson.id"], name=op.f("fk_question_lesson_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question")),
        sa.UniqueConstraint("lesson_id", "key", name=op.f("uq_question_lesson_id_key")),
    )
    op.create_table(
        "quiz_attempt",
        sa.Column("id", Whole, nullable=False),
        sa.Column("enrolment_id", Whole, nullable=False),
        sa.Column("lesson_id", Whole, nullable=False),
        sa.Column("number", Whole, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("question_ids", Facts, nullable=False),
        sa.Column("started_at", Moment(), nullable=False),
        sa.Column("handed_in_at", Moment(), nullable=True),
        sa.Column("right_count", Whole, nullable=True),
        sa.Column("passed", sa.Boolean(), nullable=True),
        sa.Column("pass_percent", Whole, nullable=True),
        sa.Column("rule_version", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolment.id"], name=op.f("fk_quiz_attempt_enrolment_id")),
        sa.ForeignKeyConstraint(["lesson_id"], ["lesson.id"], name=op.f("fk_quiz_attempt_lesson_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quiz_attempt")),
        sa.UniqueConstraint(
            "enrolment_id", "lesson_id", "number", name=op.f("uq_quiz_attempt_enrolment_id_lesson_id_number")
        ),
    )
    op.create_index(op.f("ix_quiz_attempt_lesson_id"), "quiz_attempt", ["lesson_id"], unique=False)
    op.create_index(
        "uq_quiz_attempt_open",
        "quiz_attempt",
        ["enrolment_id", "lesson_id"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "answer",
        sa.Column("id", Whole, nullable=False),
        sa.Column("attempt_id", Whole, nullable=False),
        sa.Column("question_id", Whole, nullable=False),
        sa.Column("given", Facts, nullable=False),
        sa.Column("saved_at", Moment(), nullable=False),
        sa.Column("right", sa.Boolean(), nullable=True),
        sa.Column("marked_by", Facts, nullable=True),
        sa.ForeignKeyConstraint(["attempt_id"], ["quiz_attempt.id"], name=op.f("fk_answer_attempt_id")),
        sa.ForeignKeyConstraint(["question_id"], ["question.id"], name=op.f("fk_answer_question_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer")),
        sa.UniqueConstraint("attempt_id", "question_id", name=op.f("uq_answer_attempt_id_question_id")),
    )
    op.create_index(op.f("ix_answer_question_id"), "answer", ["question_id"], unique=False)
    op.create_table(
        "completion",
        sa.Column("id", Whole, nullable=False),
        sa.Column("enrolment_id", Whole, nullable=False),
        sa.Column("lesson_id", Whole, nullable=False),
        sa.Column("attempt_id", Whole, nullable=True),
        sa.Column("completed_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["quiz_attempt.id"], name=op.f("fk_completion_attempt_id")),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolment.id"], name=op.f("fk_completion_enrolment_id")),
        sa.ForeignKeyConstraint(["lesson_id"], ["lesson.id"], name=op.f("fk_completion_lesson_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_completion")),
        sa.UniqueConstraint("enrolment_id", "lesson_id", name=op.f("uq_completion_enrolment_id_lesson_id")),
    )
    op.create_index(op.f("ix_completion_lesson_id"), "completion", ["lesson_id"], unique=False)
    op.create_table(
        "question_option",
        sa.Column("id", Whole, nullable=False),
        sa.Column("question_id", Whole, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("right", sa.Boolean(), nullable=False),
        sa.Column("position", Whole, nullable=False),
        sa.ForeignKeyConstraint(["question_id"], ["question.id"], name=op.f("fk_question_option_question_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_option")),
        sa.UniqueConstraint("question_id", "key", name=op.f("uq_question_option_question_id_key")),
    )
    op.create_table(
        "question_text",
        sa.Column("question_id", Whole, nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("prompt", sa.Text(), nullable=False),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["question_id"], ["question.id"], name=op.f("fk_question_text_question_id")),
        sa.PrimaryKeyConstraint("question_id", "language", name=op.f("pk_question_text")),
    )
    op.create_table(
        "question_option_text",
        sa.Column("option_id", Whole, nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["option_id"], ["question_option.id"], name=op.f("fk_question_option_text_option_id")),
        sa.PrimaryKeyConstraint("option_id", "language", name=op.f("pk_question_option_text")),
    )


def downgrade() -> None:
    """Away with them."""
    op.drop_table("question_option_text")
    op.drop_table("question_text")
    op.drop_table("question_option")
    op.drop_index(op.f("ix_completion_lesson_id"), table_name="completion")
    op.drop_table("completion")
    op.drop_index(op.f("ix_answer_question_id"), table_name="answer")
    op.drop_table("answer")
    op.drop_index(
        "uq_quiz_attempt_open",
        table_name="quiz_attempt",
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.drop_index(op.f("ix_quiz_attempt_lesson_id"), table_name="quiz_attempt")
    op.drop_table("quiz_attempt")
    op.drop_table("question")
    op.drop_table("lesson_text")
    op.drop_table("lesson_file")
    op.drop_index(op.f("ix_lesson_module_id"), table_name="lesson")
    op.drop_table("lesson")
    op.drop_table("course_module_text")
    op.drop_index(op.f("ix_certificate_issued_at"), table_name="certificate")
    op.drop_table("certificate")
    op.drop_index(op.f("ix_enrolment_course_id"), table_name="enrolment")
    op.drop_table("enrolment")
    op.drop_table("course_text")
    op.drop_table("course_module")
    op.drop_index("ix_course_state_sector", table_name="course")
    op.drop_index("ix_course_state_published_at", table_name="course")
    op.drop_index("ix_course_owner_id_state", table_name="course")
    op.drop_table("course")
