"""Every endpoint of webhooks."""

from django.urls import URLPattern, URLResolver, path

from omni.webhooks import api

urlpatterns: list[URLPattern] = [
    path("webhooks/event-types", api.WebhookEventTypes.as_view()),
    path("webhooks/endpoints", api.WebhookEndpoints.as_view()),
    path("webhooks/endpoints/<uuid:endpoint_id>", api.WebhookEndpointDetail.as_view()),
    path("webhooks/endpoints/<uuid:endpoint_id>/activate", api.ActivateWebhookEndpoint.as_view()),
    path("webhooks/endpoints/<uuid:endpoint_id>/disable", api.DisableWebhookEndpoint.as_view()),
    path("webhooks/endpoints/<uuid:endpoint_id>/rotate-secret", api.RotateWebhookSecret.as_view()),
    path("webhooks/endpoints/<uuid:endpoint_id>/replay", api.ReplayWebhookEndpoint.as_view()),
    path("webhooks/deliveries", api.WebhookDeliveries.as_view()),
    path("webhooks/deliveries/<int:delivery_id>", api.WebhookDeliveryDetail.as_view()),
    path("webhooks/deliveries/<int:delivery_id>/replay", api.ReplayWebhookDelivery.as_view()),
]

# The merchant's pages, below /office/.
office: list[URLPattern | URLResolver] = []
