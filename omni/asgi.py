"""The ASGI entry point, for merchants whose platform asks for one."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "omni.settings")

application = get_asgi_application()
