"""What academy tells: courses, outlines, learning, quizzes, certificates."""
