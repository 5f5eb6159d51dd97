"""Every address of the shop, below ``/shop/<channel>/``."""

from django.urls import URLPattern, URLResolver, include, path

from omni.shop import account, browse, cart, checkout, order, paying

pages: list[URLPattern | URLResolver] = [
    path("", browse.Home.as_view(), name="home"),
    path("products", browse.Products.as_view(), name="products"),
    path("products/<slug:slug>", browse.Product.as_view(), name="product"),
    path("stores", browse.Near.as_view(), name="near"),
    path("stores/<slug:store>", browse.StorePage.as_view(), name="store"),
    path("consent", browse.Consent.as_view(), name="consent"),
    path("cart", cart.Cart.as_view(), name="cart"),
    path("cart/add", cart.Add.as_view(), name="add"),
    path("cart/lines/<uuid:line>", cart.SetQuantity.as_view(), name="quantity"),
    path("cart/lines/<uuid:line>/way", cart.SetWay.as_view(), name="way"),
    path("cart/code", cart.HandOff.as_view(), name="hand-off"),
    path("cart/open", cart.OpenByCode.as_view(), name="open"),
    path("checkout", checkout.Details.as_view(), name="checkout"),
    path("checkout/review", checkout.Review.as_view(), name="review"),
    path("orders/find", order.FindOrder.as_view(), name="find-order"),
    path("orders/<uuid:order>", order.OrderPage.as_view(), name="order"),
    path("orders/<uuid:order>/pay", paying.Pay.as_view(), name="pay"),
    path("orders/<uuid:order>/paid", order.BackFromPaying.as_view(), name="paid"),
    path("orders/<uuid:order>/cancel", order.Cancel.as_view(), name="cancel"),
    path("orders/<uuid:order>/return", order.AskReturn.as_view(), name="return"),
    path("orders/<uuid:order>/returns/<uuid:case>/keep", order.KeepGoods.as_view(), name="keep"),
    path("orders/<uuid:order>/pickups/<uuid:pickup>/here", order.SayHere.as_view(), name="here"),
    path("orders/<uuid:order>/pickups/<uuid:pickup>/extend", order.Extend.as_view(), name="extend"),
    path(
        "orders/<uuid:order>/pickups/<uuid:pickup>/delegate",
        order.NameDelegate.as_view(),
        name="delegate",
    ),
    path("account", account.Account.as_view(), name="account"),
    path("account/sign-in", account.SignIn.as_view(), name="sign-in"),
    path("account/sign-up", account.SignUp.as_view(), name="sign-up"),
    path("account/code", account.Code.as_view(), name="code"),
    path("account/forgotten", account.Forgotten.as_view(), name="forgotten"),
    path("account/sign-out", account.SignOut.as_view(), name="sign-out"),
    path("account/history", account.History.as_view(), name="history"),
    path("account/privacy", account.Privacy.as_view(), name="privacy"),
    path("account/devices/<uuid:session>/end", account.EndSession.as_view(), name="end-session"),
    path("account/addresses/new", account.AddAddress.as_view(), name="new-address"),
    path("account/addresses/<uuid:address>", account.ChangeAddress.as_view(), name="address"),
]

urlpatterns = [
    path("", browse.Channels.as_view(), name="channels"),
    path("<slug:channel>/", include(pages)),
]
app_name = "shop"
