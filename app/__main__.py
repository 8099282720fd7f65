"""The `tiwizi` command. Nothing else imports this file."""

import gc

# While the house is loaded nothing is garbage, and to look for some again and again would be a third of the start. The
# terminal looks again once the house stands.
gc.disable()

from app.terminal import main  # noqa: E402  # after the line above

__all__ = ["main"]

if __name__ == "__main__":
    main(prog_name="tiwizi")
