# Real Django's session store, told what to do by lines of JSON: one session at a time is opened, changed and saved, as a
# request does. Each answer is a line, too.
import json
import os
import sys
from importlib import import_module
from urllib.parse import unquote, urlsplit

import django
from django.conf import settings

database = urlsplit(os.environ["DJANGO_DATABASE"])
settings.configure(
    SECRET_KEY=os.environ["DJANGO_SECRET"],
    USE_TZ=True,
    INSTALLED_APPS=["django.contrib.sessions"],
    SESSION_ENGINE="django.contrib.sessions.backends.db",
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": database.path[1:],
            "USER": unquote(database.username or ""),
            "PASSWORD": unquote(database.password or ""),
            "HOST": database.hostname,
            "PORT": database.port or 5432,
        }
    },
)
django.setup()

from django.core.management import call_command

SessionStore = import_module(settings.SESSION_ENGINE).SessionStore


def do(command):
    if command["do"] == "migrate":
        call_command("migrate", verbosity=0)
        return {}
    if command["do"] == "clear":
        SessionStore.clear_expired()
        return {}
    session = SessionStore(command.get("key"))
    if command["do"] == "logout":
        session.flush()
        return {}
    if command["do"] == "add":
        basket = session.setdefault("basket", {})
        basket[command["product"]] = basket.get(command["product"], 0) + 1
        session["basket"] = basket
        session.save()
    return {"key": session.session_key, "basket": session.get("basket", {})}


for line in sys.stdin:
    try:
        answer = do(json.loads(line))
    except Exception as error:
        cause = error.__context__ or error
        answer = {"error": type(error).__name__, "why": str(cause).split("\n")[0]}
    print(json.dumps(answer), flush=True)
