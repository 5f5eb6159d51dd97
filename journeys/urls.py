"""Every endpoint and screen of the app, as explicit path() lines."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
