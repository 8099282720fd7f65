"""Kinds of lesson: one record each, found by its name in LESSONS."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.kernel.text import msg


@dataclass(frozen=True)
class LessonKind:
    """What a kind of lesson is called, what its author gives, and how it is shown."""

    name: str  # what is stored
    label: str
    piece: str = "plain"  # the template in academy/lessons/ that shows its file and lets one save it
    asks: bool = False  # it has questions and is done when they are passed; else its learner says so
    chosen_from: str = ""  # what the field for its file offers to choose; empty without a file
    media: tuple[str, ...] = ()  # how the media types of its files begin
    made_anew: bool = False  # its file is a picture that is made anew in three sizes, whatever it was
    taken_away: bool = False  # its file is answered as a download
    words: tuple[str, ...] = ("title", "body")  # what is written in each language

    @property
    def with_file(self) -> bool:
        return bool(self.chosen_from)


# In the order in which authors are offered them.
LESSONS: Mapping[str, LessonKind] = {
    kind.name: kind
    for kind in (
        LessonKind("text", msg("Reading")),
        LessonKind(
            "picture",
            msg("With a picture"),
            piece="picture",
            chosen_from="image/jpeg,image/png,image/webp",
            made_anew=True,
            words=("title", "alt", "body"),
        ),
        LessonKind(
            "audio",
            msg("To listen to"),
            piece="audio",
            chosen_from=".mp3,.m4a,.ogg",
            media=("audio/",),
            words=("title", "body", "transcript"),
        ),
        LessonKind(
            "video",
            msg("Video"),
            piece="video",
            chosen_from=".mp4,.webm",
            media=("video/",),
            words=("title", "body", "transcript"),
        ),
        LessonKind(
            "download",
            msg("To download"),
            piece="download",
            chosen_from=".pdf,.csv,.txt,.md",
            media=("application/pdf", "text/"),
            taken_away=True,
        ),
        LessonKind("quiz", msg("Quiz"), asks=True),
    )
}
FIRST_LESSON = next(iter(LESSONS))
