"""Doors of academy for people: catalogue, lessons, quizzes, certificates, the workshop of instructors, the desk."""
