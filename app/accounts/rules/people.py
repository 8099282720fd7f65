"""What the office may decide about somebody's account."""

from app.kernel.text import msg

DECISIONS = {
    "block": msg("Blocked"),
    "unblock": msg("No longer blocked"),
    "end-sessions": msg("Sessions ended"),
}
