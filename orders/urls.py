"""Every endpoint and screen of the app, as explicit path() lines."""

from django.urls import URLPattern, URLResolver, path

from orders.checkout import api as checkout
from orders.checkout import paying_api as paying
from orders.payments import api as payments
from orders.sales import api as sales
from orders.storefront import api as storefront

urlpatterns: list[URLPattern | URLResolver] = [
    path("channel", storefront.ShowChannel.as_view()),
    path("categories", storefront.ListCategories.as_view()),
    path("products", storefront.ListProducts.as_view()),
    path("products/<slug:slug>", storefront.ShowProduct.as_view()),
    path("products/<slug:slug>/availability", storefront.ShowAvailability.as_view()),
    path("stores", storefront.ListStores.as_view()),
    path("stores/<slug:code>", storefront.ShowStore.as_view()),
    path("carts", checkout.Carts.as_view()),
    path("carts/open-by-code", checkout.OpenCartByCode.as_view()),
    path("carts/<uuid:cart_id>", checkout.CartById.as_view()),
    path("carts/<uuid:cart_id>/lines", checkout.CartLines.as_view()),
    path("carts/<uuid:cart_id>/lines/<uuid:line_id>", checkout.CartLineById.as_view()),
    path("carts/<uuid:cart_id>/hold", checkout.CartHold.as_view()),
    path("carts/<uuid:cart_id>/handoff-code", checkout.CartHandoffCode.as_view()),
    path("carts/<uuid:cart_id>/claim", checkout.ClaimCart.as_view()),
    path("carts/<uuid:cart_id>/checkout", checkout.CheckOutCart.as_view()),
    path("account/orders", sales.AccountOrders.as_view()),
    path("orders/look-up", sales.LookUpOrder.as_view()),
    path("orders/<uuid:order_id>", sales.OrderById.as_view()),
    path("staff/orders", sales.StaffOrders.as_view()),
    path("staff/orders/<uuid:order_id>", sales.StaffOrder.as_view()),
    path("orders/<uuid:order_id>/payments", paying.OrderPayments.as_view()),
    path("orders/<uuid:order_id>/payments/<uuid:payment_id>", paying.OrderPayment.as_view()),
    path("payments/webhooks/psp", paying.PspWebhook.as_view()),
    path("staff/orders/<uuid:order_id>/payments", payments.StaffOrderPayments.as_view()),
    path("staff/orders/<uuid:order_id>/refunds", payments.RefundOrder.as_view()),
]
