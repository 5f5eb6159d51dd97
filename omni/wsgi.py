"""The WSGI entry point, served by gunicorn."""

import os
import warnings

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "omni.settings")
os.environ.setdefault("OMNI_PROCESS", "web")
# Static files are served from their sources where nothing was collected.
warnings.filterwarnings("ignore", "No directory at", UserWarning)

application = get_wsgi_application()
