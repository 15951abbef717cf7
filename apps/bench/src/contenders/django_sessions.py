"""Django's cached_db sessions, one caller: measured as a process of gunicorn would use them, one request after another.

Told what to do by JSON lines on stdin, answers by JSON lines on stdout. Sessions, keys and data come with the settings."""

import json
import random
import sys
import time

import django
from django.conf import settings


def configure(options):
    settings.configure(
        INSTALLED_APPS=["django.contrib.sessions"],
        DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", "CONN_MAX_AGE": None, **options["database"]}},
        CACHES={"default": options["cache"]},
        SESSION_SERIALIZER="django.contrib.sessions.serializers.JSONSerializer",
        SECRET_KEY="bench",
        USE_TZ=True,
    )
    django.setup()


def main():
    options = json.loads(sys.stdin.readline())
    configure(options)
    from django.contrib.sessions.backends.cached_db import SessionStore
    from django.core.management import call_command

    call_command("migrate", "sessions", verbosity=0)
    keys, data = options["keys"], options["data"]

    def save(key, must_create=False):
        session = SessionStore(session_key=key)
        data["revision"] += 1
        # The data of a request that has loaded it before: what is measured is the save alone.
        session._session_cache = dict(data)
        session.save(must_create=must_create)

    def load(key):
        if "basket" not in SessionStore(session_key=key):
            raise LookupError("there is no such session")

    for key in keys:
        save(key, must_create=True)
    print(json.dumps({"ready": django.get_version()}), flush=True)

    for line in sys.stdin:
        task = json.loads(line)
        call = save if task["operation"] == "save" else load
        took = []
        cpu, started = time.process_time(), time.perf_counter()
        now, until = started, started + task["seconds"]
        while now < until:
            call(random.choice(keys))
            ended = time.perf_counter()
            took.append(ended - now)
            now = ended
        cpu, elapsed = time.process_time() - cpu, time.perf_counter() - started
        took.sort()
        print(
            json.dumps(
                {
                    "opsPerSecond": len(took) / elapsed,
                    "p50Ms": took[len(took) // 2] * 1e3,
                    "p99Ms": took[int(len(took) * 0.99)] * 1e3,
                    "cpuMicros": cpu * 1e6 / len(took),
                }
            ),
            flush=True,
        )


main()
