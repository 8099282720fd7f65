"""Courses, practice, progress and certificates."""
