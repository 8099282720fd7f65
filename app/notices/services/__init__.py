"""What notices do. Other modules tell people through `tell`."""

from app.notices.rules import Reader, Words, path_of
from app.notices.services.telling import tell, tell_each

__all__ = ["Reader", "Words", "path_of", "tell", "tell_each"]
