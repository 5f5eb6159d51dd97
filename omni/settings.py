"""Every setting of the product, read from the environment (and `.env` beside manage.py).

With an empty environment this is the demo: embedded servers, secrets that everybody knows, one
machine. `DEBUG=off` makes it a merchant's installation: each setting that has no safe default must
then be given, secrets of the demo are refused, and what is wrong is said by name, all at once.
"""

import sys
from pathlib import Path
from typing import Any

import django_stubs_ext
import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from omni.local.addresses import Addresses, embedded_addresses
from omni.local.paths import var_dir
from omni.messages.addresses import email_settings

BASE_DIR = Path(__file__).resolve().parent.parent

django_stubs_ext.monkeypatch()

env = environ.Env()
env.read_env(BASE_DIR / ".env")

# --- Which installation this is -------------------------------------------------------------------

DEMO = env.bool("DEBUG", default=True)
# Django's own debug pages show code and settings; not even the demo answers with them unasked.
DEBUG = DEMO and env.bool("DEBUG_PAGES", default=False)
# How much of the demo merchant is made: 1 is all of it, 0 only what the guides need.
DEMO_SCALE = env.float("OMNI_DEMO_SCALE", default=1.0)

HTTP_PORT = env.int("OMNI_HTTP_PORT", default=8000)

DEMO_PREFIX = "demo-"
# Published with the payment sandbox.
DEMO_SECRETS = frozenset(
    {"psp_sandbox_demo_key", "whsec_b21uaS1zYW5kYm94LXdlYmhvb2stZGVtby1zZWNyZXQ="}
)
_embedded = embedded_addresses() if DEMO else Addresses("", "", "")
_missing: list[str] = []


def _given(name: str, demo: str) -> str:
    """A setting without a safe default: the demo's value, or one that the merchant gives."""
    value = env.str(name, default="") or (demo if DEMO else "")
    if not value:
        _missing.append(f"{name} is missing")
    elif not DEMO and (value.startswith(DEMO_PREFIX) or value in DEMO_SECRETS):
        _missing.append(f"{name} is the demo's, which everybody knows")
    return value


SECRET_KEY = _given(
    "SECRET_KEY", f"{DEMO_PREFIX}not-a-secret-not-a-secret-not-a-secret-not-a-secret"
)
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
if not DEMO and any(key.startswith(DEMO_PREFIX) for key in SECRET_KEY_FALLBACKS):
    _missing.append("SECRET_KEY_FALLBACKS holds the demo's, which everybody knows")
PUBLIC_URL = _given("PUBLIC_URL", f"http://127.0.0.1:{HTTP_PORT}")
ALLOWED_HOSTS = [
    host
    for host in _given("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1],testserver").split(",")
    if host
]
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[PUBLIC_URL] if PUBLIC_URL else [])
DATABASE_URL = _given("DATABASE_URL", _embedded.database)
IS_DATABASE_EMBEDDED = DEMO and _embedded.database == DATABASE_URL
CELERY_BROKER_URL = _given("CELERY_BROKER_URL", _embedded.broker)
CACHE_URL = _given("CACHE_URL", _embedded.cache)
IS_VALKEY_EMBEDDED = DEMO and (
    _embedded.broker == CELERY_BROKER_URL or _embedded.cache == CACHE_URL
)
METRICS_TOKEN = env.str("METRICS_TOKEN", default="") if DEMO else _given("METRICS_TOKEN", "")
# The demo keeps mails in its own mailbox; elsewhere they are nobody else's to read. Besides those
# of django-environ: anymail://postmark?POSTMARK_SERVER_TOKEN=… for the services that Anymail knows.
EMAIL_URL = _given("EMAIL_URL", "mailbox://")
DEFAULT_FROM_EMAIL = _given("DEFAULT_FROM_EMAIL", "Omni <omni@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# Text messages go by this gateway; without one a merchant sends none.
SMS_URL = env.str("SMS_URL", default="")
SMS_TOKEN = env.str("SMS_TOKEN", default="")
SMS_SENDER = env.str("SMS_SENDER", default="")
SMS_TIMEOUT_SECONDS = env.float("SMS_TIMEOUT_SECONDS", default=10.0)

# --- The payment provider -------------------------------------------------------------------------

IS_PSP_EMBEDDED = DEMO and not env.str("PSP_URL", default="")
PSP_PORT = env.int("OMNI_PSP_PORT", default=HTTP_PORT + 10)
PSP_URL = _given("PSP_URL", f"http://127.0.0.1:{PSP_PORT}")
PSP_API_KEY = _given("PSP_API_KEY", "psp_sandbox_demo_key")
PSP_WEBHOOK_SECRET = _given(
    "PSP_WEBHOOK_SECRET", "whsec_b21uaS1zYW5kYm94LXdlYmhvb2stZGVtby1zZWNyZXQ="
)
PSP_TIMEOUT_SECONDS = env.float("PSP_TIMEOUT_SECONDS", default=10.0)
# How long an authorisation can be captured, by the provider's terms.
PSP_AUTHORISATION_DAYS = env.int("PSP_AUTHORISATION_DAYS", default=7)

if not DEMO and EMAIL_URL.startswith("mailbox:"):
    _missing.append("EMAIL_URL is the demo's mailbox, which everybody can read")

if _missing:
    raise ImproperlyConfigured(
        "DEBUG is off, so these settings must be given (see .env.example):\n  "
        + "\n  ".join(_missing)
    )

# --- Applications ---------------------------------------------------------------------------------

INSTALLED_APPS = [
    "omni",
    "inventory",
    "customers",
    "orders",
    "journeys",
    "omni.access.apps.StaffAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "django_htmx",
    "pgtrigger",
    "pghistory",
]

MIDDLEWARE = [
    "omni.requests.RequestMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "omni.static.PageCompression",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "omni.access.middleware.StaffAuthentication",
    "omni.access.middleware.StaffSessionMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "omni.urls"
WSGI_APPLICATION = "omni.wsgi.application"
ASGI_APPLICATION = "omni.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "libraries": {"screens": "omni.screens.tags", "shop": "omni.shop.tags"},
        },
    },
]

# --- Database -------------------------------------------------------------------------------------

WEB_WORKERS = env.int("WEB_WORKERS", default=2)
WEB_THREADS = env.int("WEB_THREADS", default=4)
# omni.wsgi says so; other processes open a connection when they need one, and keep none.
IS_WEB_PROCESS = env.str("OMNI_PROCESS", default="") == "web"
DATABASE_POOL_SIZE = env.int("DATABASE_POOL_SIZE", default=WEB_THREADS if IS_WEB_PROCESS else 0)


def _database() -> dict[str, Any]:
    database: dict[str, Any] = env.db_url_config(DATABASE_URL)
    options = database.setdefault("OPTIONS", {})
    options["options"] = "-c lock_timeout=3000 -c idle_in_transaction_session_timeout=10000"
    options.setdefault("connect_timeout", 5)
    # For omni.core.statements only: other statements carry their values in their text. A pooler
    # that hands a server connection to another client between transactions needs it off.
    options["prepare_threshold"] = 1 if env.bool("DATABASE_PREPARE", default=True) else None
    if DATABASE_POOL_SIZE:
        options["pool"] = {"min_size": 1, "max_size": DATABASE_POOL_SIZE, "timeout": 5}
    return database | {
        "ENGINE": "django.db.backends.postgresql",
        "ATOMIC_REQUESTS": False,
        "CONN_MAX_AGE": 0,
        # One round trip when a connection leaves the pool; without it, each pooled connection
        # answers one request with an error after a restart of the database.
        "CONN_HEALTH_CHECKS": True,
        "TEST": {"TEMPLATE": "omni_template"},
    }


DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Cache and background work --------------------------------------------------------------------

# The cache is a courtesy: without it the product is slower, never wrong and never down.
CACHES = {
    "default": {
        "BACKEND": "omni.cache.ForgivingRedisCache",
        "LOCATION": CACHE_URL,
        "KEY_PREFIX": "omni",
        "OPTIONS": {"socket_timeout": 0.2, "socket_connect_timeout": 0.2},
    }
}

CELERY_TASK_SERIALIZER = "json"
CELERY_RESULT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SOFT_TIME_LIMIT = 300
CELERY_TASK_TIME_LIMIT = 330
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# A request must not wait for the broker: a lost nudge is made good by the next beat.
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_CONNECTION_TIMEOUT = 0.2
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "socket_connect_timeout": 0.2,
    "socket_keepalive": True,
    "health_check_interval": 10,
    # A worker waits on its socket for work; a web process only publishes.
    **({"socket_timeout": 0.2} if IS_WEB_PROCESS else {}),
}
CELERY_TIMEZONE = "UTC"
# Every tick only looks for work that is due in the database, so a tick too many does no harm.
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"
# A tick that no worker took in its time is pointless, so it does not queue up.
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    name: {"task": f"omni.tasks.{name}", "schedule": seconds, "options": {"expires": seconds}}
    for name, seconds in {
        "relay_events": 1.0,
        "send_webhooks": 1.0,
        "send_messages": 1.0,
        "lapse_approvals": 60.0,
        "forget_idempotency_keys": 3600.0,
        "forget_limit_counters": 3600.0,
        "forget_session_tokens": 86400.0,
        "make_event_months": 21600.0,
    }.items()
}
CELERY_BEAT_SCHEDULE |= {
    name: {"task": name, "schedule": seconds, "options": {"expires": seconds}}
    for name, seconds in {
        "inventory.tasks.expire_holds": 30.0,
        "inventory.tasks.start_scheduled_listings": 60.0,
        "customers.tasks.sweep_email_challenges": 86400.0,
        "orders.sweep_payments": 5.0,
        "orders.expire_holds": 30.0,
        "orders.expire_idle_carts": 3600.0,
        "orders.fail_unpaid_orders": 60.0,
        "orders.confirm_paid_orders": 15.0,
        "orders.capture_lapsing_authorisations": 60.0,
        "orders.mark_no_shows": 60.0,
        "orders.settle_due_returns": 10.0,
        "orders.expire_returns": 3600.0,
        "journeys.remind_of_pickups": 300.0,
    }.items()
}

# Webhooks to private addresses and without TLS: for development on one machine.
WEBHOOK_ALLOW_PRIVATE = DEMO and env.bool("WEBHOOK_ALLOW_PRIVATE", default=False)

# --- Sign-in --------------------------------------------------------------------------------------

AUTH_USER_MODEL = "omni.User"
AUTHENTICATION_BACKENDS = ["omni.access.backends.StaffBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_ADAPTER = "omni.access.adapters.AccountAdapter"
ACCOUNT_FORMS = {
    "reset_password": "omni.access.adapters.StaffPasswordResetForm",
    "user_token": "omni.access.adapters.StaffTokenForm",
}
MFA_FORMS = {
    "authenticate": "omni.access.adapters.SecondFactorForm",
    "reauthenticate": "omni.access.adapters.SecondFactorAgainForm",
}
# A login is unique by kind and e-mail; the backend knows staff only.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_GET = False
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Omni"
STAFF_MFA_REQUIRED = env.bool("STAFF_MFA_REQUIRED", default=not DEMO)

# --- API ------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "omni.access.authentication.ApiKeyAuthentication",
        "omni.access.authentication.SessionTokenAuthentication",
        "omni.access.authentication.ChannelKeyAuthentication",
        "omni.access.authentication.StaffSessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["omni.access.permissions.HasPermission"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "omni.rest.schema.AutoSchema",
    "EXCEPTION_HANDLER": "omni.rest.problems.handle",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "UNAUTHENTICATED_TOKEN": "omni.access.actor.anonymous",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "COERCE_DECIMAL_TO_STRING": True,
}

# A courtesy limit per principal and process, 0 for none; what guards secrets is in the database.
API_REQUESTS_PER_MINUTE = env.int("API_REQUESTS_PER_MINUTE", default=0 if DEMO else 6000)
# How many proxies in front append to X-Forwarded-For.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)

SPECTACULAR_SETTINGS = {
    "TITLE": "Omni API",
    "DESCRIPTION": "One stock, one order, one customer over web, app, store and till.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_ADD_EXPLICIT_BLANK_NULL_CHOICE": False,
    "POSTPROCESSING_HOOKS": ["omni.rest.schema.finish"],
}

# What /shop/ shows (web=ck_…,app=ck_…; none: it is not there), over the API at SHOP_API_URL or ours
_shops = {code: f"ck_demo_{code}" for code in ("web", "app", "trade")} if DEMO else {}
SHOP_CHANNELS = env.dict("SHOP_CHANNELS", default=_shops)
SHOP_API_URL = env.str("SHOP_API_URL", default="")

# --- Security -------------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
CSRF_FAILURE_VIEW = "omni.rest.problems.csrf_failure"
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=not DEMO)
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=0 if DEMO else 31_536_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = not DEMO
SECURE_HSTS_PRELOAD = not DEMO
if env.bool("BEHIND_TLS_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# Merchants on one host differ by port only, and cookies do not see ports.
SESSION_COOKIE_NAME = f"omni_session_{HTTP_PORT}" if DEMO else "omni_session"
SESSION_ENGINE = "omni.access.session_store"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = not DEMO
CSRF_COOKIE_SECURE = not DEMO
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000

# --- Language, time, files ------------------------------------------------------------------------

LANGUAGE_CODE = env.str("LANGUAGE_CODE", default="en")
LANGUAGES = [("en", _("English")), ("ko", _("Korean")), ("ru", _("Russian"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True
FORMAT_MODULE_PATH = "omni.formats"

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(var_dir() / "static")))
STATICFILES_DIRS = [path for path in [BASE_DIR / "static"] if path.is_dir()]
# Gathered files are for web processes, and for who gathers them; see omni.static.
IS_STATIC_GATHERED = sys.argv[1:2] == ["collectstatic"] or (
    IS_WEB_PROCESS and (STATIC_ROOT / "staticfiles.json").exists()
)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "omni.static.GatheredFiles"
        if IS_STATIC_GATHERED
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not IS_STATIC_GATHERED
# For files under the name of their source; those named by their content are kept for ever.
WHITENOISE_MAX_AGE = 3600

# --- E-mail ---------------------------------------------------------------------------------------

# EMAIL_BACKEND and its like.
globals().update(email_settings(EMAIL_URL))

# --- Logs -----------------------------------------------------------------------------------------

LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
LOGGING_CONFIG = "omni.logs.configure"
LOGGING = {"level": LOG_LEVEL}
