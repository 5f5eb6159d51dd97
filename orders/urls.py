"""Every endpoint and screen of the app, as explicit path() lines."""

from django.urls import URLPattern, URLResolver, path

from orders.checkout import paying_api as paying
from orders.payments import api as payments
from orders.storefront import api as storefront

urlpatterns: list[URLPattern | URLResolver] = [
    path("channel", storefront.ShowChannel.as_view()),
    path("categories", storefront.ListCategories.as_view()),
    path("products", storefront.ListProducts.as_view()),
    path("products/<slug:slug>", storefront.ShowProduct.as_view()),
    path("products/<slug:slug>/availability", storefront.ShowAvailability.as_view()),
    path("stores", storefront.ListStores.as_view()),
    path("stores/<slug:code>", storefront.ShowStore.as_view()),
    path("orders/<uuid:order_id>/payments", paying.OrderPayments.as_view()),
    path("orders/<uuid:order_id>/payments/<uuid:payment_id>", paying.OrderPayment.as_view()),
    path("payments/webhooks/psp", paying.PspWebhook.as_view()),
    path("staff/orders/<uuid:order_id>/payments", payments.StaffOrderPayments.as_view()),
    path("staff/orders/<uuid:order_id>/refunds", payments.RefundOrder.as_view()),
]
