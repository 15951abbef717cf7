# A shop in real Django: visitors have a basket in their session and can log in. Prints its port and serves until its
# input ends.
import json
import os
import sys
import threading
from urllib.parse import urlsplit, unquote
from wsgiref.simple_server import WSGIRequestHandler, make_server

import django
from django.conf import settings

database = urlsplit(os.environ["DJANGO_SHOP_DATABASE"])
settings.configure(
    SECRET_KEY=os.environ["DJANGO_SHOP_SECRET"],
    DEBUG=False,
    ALLOWED_HOSTS=["*"],
    USE_TZ=True,
    ROOT_URLCONF=__name__,
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions"],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    SESSION_SAVE_EVERY_REQUEST=os.environ.get("DJANGO_SHOP_SAVES") == "every request",
    DEFAULT_HASHING_ALGORITHM=os.environ.get("DJANGO_SHOP_HASH", "sha256"),
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

from django.contrib import auth
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.http import JsonResponse
from django.urls import path


def shown(request):
    session = {name: value for name, value in request.session.items() if not name.startswith("_")}
    user = request.user.username if request.user.is_authenticated else None
    return JsonResponse({"session": session, "user": user, "expires_in": request.session.get_expiry_age()})


def put(request, name):
    request.session[name] = json.loads(request.body)
    return shown(request)


def login(request):
    user = auth.authenticate(request, username="ada", password="secret")
    auth.login(request, user)
    return shown(request)


def logout(request):
    auth.logout(request)
    return shown(request)


def expire(request, seconds):
    request.session.set_expiry(seconds)
    return shown(request)


def whoami(request):
    user = User.objects.get(username="ada")
    return JsonResponse({"id": str(user.pk), "password": user.password})


urlpatterns = [
    path("", shown),
    path("put/<str:name>", put),
    path("login", login),
    path("logout", logout),
    path("expire/<int:seconds>", expire),
    path("ada", whoami),
]


class Quiet(WSGIRequestHandler):
    def log_message(self, *args):
        pass


call_command("migrate", verbosity=0)
User.objects.filter(username="ada").exists() or User.objects.create_user("ada", password="secret")
server = make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=Quiet)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_port, flush=True)
sys.stdin.read()
