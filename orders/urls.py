"""Every endpoint and screen of the app, as explicit path() lines."""

from django.urls import URLPattern, URLResolver, path

from orders.storefront import api as storefront

urlpatterns: list[URLPattern | URLResolver] = [
    path("channel", storefront.ShowChannel.as_view()),
    path("categories", storefront.ListCategories.as_view()),
    path("products", storefront.ListProducts.as_view()),
    path("products/<slug:slug>", storefront.ShowProduct.as_view()),
    path("products/<slug:slug>/availability", storefront.ShowAvailability.as_view()),
    path("stores", storefront.ListStores.as_view()),
    path("stores/<slug:code>", storefront.ShowStore.as_view()),
]
