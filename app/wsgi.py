"""The application for a WSGI server: `gunicorn app.wsgi:app`."""

import gc

from app.engines.carrier import open_carrier
from app.engines.language import read_translations
from app.engines.logs import set_up_logs
from app.factory import create_app

set_up_logs()
app = create_app()
read_translations()
open_carrier(app)  # what is asked for here is done by the workers of `run`
gc.freeze()  # what was loaded stays: no request waits while it is looked through for garbage
