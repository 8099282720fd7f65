"""What academy tells: courses, outlines, learning, quizzes, certificates. Nothing is at the front yet."""

__all__: list[str] = []
