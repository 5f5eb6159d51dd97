"""The statements by which a cart is read, and the one that changes a quantity as it reads.

Columns stand in the order of ``reading``'s tuples.

``%(register)s`` says that a till looks (it sells safety stock and buffer too), ``%(offset)s`` how
far the clock is moved. ``OFFSET 0`` keeps the parts apart for the planner, which would otherwise
spend far more time on the order of a dozen joins by key than the joins take.
"""

from __future__ import annotations

from orders.pricing.queries import tax_rate_sql

_NOW = "(statement_timestamp() + %(offset)s)"
_TODAY = f"{_NOW}::date"
_IS_SENT = "l.method IN ('ship', 'local_delivery')"

# Units that a level can still promise: the rule of inventory.stock.queries, and what this cart
# holds itself.
_FREE_BESIDE = f"""GREATEST(0, lv.on_hand - lv.unavailable - lv.committed - lv.held
    - CASE WHEN %(register)s::uuid IS NULL THEN lv.safety + coalesce(cl.buffer, 0) ELSE 0 END
    + CASE WHEN lv.held = 0 THEN 0 ELSE (
        SELECT coalesce(sum(r.quantity), 0) FROM inventory_reservation r
        WHERE r.level_id = lv.id AND r.status IN ('held', 'requested')
          AND (r.owner_id = %(cart)s OR r.expires_at <= {_NOW}{{own}})) END)"""  # noqa: S608
_FREE = _FREE_BESIDE.replace("{own}", "")
# At a place also what staff keep there for the customer of the cart.
_FREE_HERE = _FREE_BESIDE.replace(
    "{own}", " OR (r.owner_id = c.customer_id AND r.status = 'requested')"
)
_KEPT = f"""CASE WHEN lv.held > 0 AND c.customer_id IS NOT NULL THEN (
        SELECT coalesce(sum(r.quantity), 0) FROM inventory_reservation r
        WHERE r.level_id = lv.id AND r.status = 'requested' AND r.owner_id = c.customer_id
          AND r.expires_at > {_NOW}) ELSE 0 END"""  # noqa: S608

_TAX = tax_rate_sql(
    country=f"CASE WHEN {_IS_SENT} THEN coalesce(a.country, ch.country)"
    " ELSE coalesce(place.country, ch.country) END",
    region=f"CASE WHEN {_IS_SENT} THEN coalesce(a.region, '') ELSE coalesce(place.region, '') END",
    tax_class="thing.tax_class",
    on=_TODAY,
)

_SELECT = f"""
SELECT c.id, c.version, {{seen}}, c.status,
  c.customer_id, c.currency, c.token_digest, c.device_id, c.contact_name, c.email, c.phone,
  c.register_id, c.held_until, c.order_id, c.merged_into_id, c.updated_at,
  ch.id, ch.code, ch.status AS channel_status, ch.currency AS channel_currency, ch.country,
  ch.tax_display, ch.hold_minutes,
  ch.payment_window_minutes, ch.allows_pay_at_collection,
  a.id, a.name, a.street, a.postal_code, a.city, a.region, a.country, a.phone,
  clock_timestamp() AS moment,
  l.id AS line_id, l.variant_id, l.quantity, l.method, l.location_id,
  thing.sku, thing.name, thing.is_stocked, thing.price_minor, thing.price_quantity,
  place.name, place.offers, place.buffer, coalesce({_TAX}, 0),
  CASE WHEN thing.is_stocked THEN coalesce(place.available, 0) END AS available,
  coalesce(place.kept, 0) AS kept
FROM orders_cart c
JOIN inventory_channel ch ON ch.id = %(channel)s
LEFT JOIN orders_cartaddress a ON a.cart_id = c.id
LEFT JOIN LATERAL ({{lines}}) l ON true
LEFT JOIN LATERAL (
  SELECT v.sku, v.is_stocked, p.tax_class, li.price_minor, li.price_quantity,
    concat_ws(' – ', coalesce((
      SELECT tr.name FROM inventory_producttranslation tr
      WHERE tr.product_id = p.id AND tr.language = ch.language), p.name),
      nullif(v.name, '')) AS name
  FROM inventory_variant v
  JOIN inventory_product p ON p.id = v.product_id
  LEFT JOIN inventory_listing li ON li.channel_id = %(channel)s AND li.variant_id = v.id
    AND li.status = 'live' AND v.is_active AND p.status = 'active'
    AND (li.starts_at IS NULL OR li.starts_at <= {_NOW})
  WHERE v.id = l.variant_id
  OFFSET 0) thing ON true
LEFT JOIN LATERAL (
  SELECT loc.name, loc.country, loc.region, coalesce(cl.buffer, 0) AS buffer,
    coalesce(l.method = ANY(cl.methods), false) AND loc.status IN ('open', 'closing')
      AND NOT EXISTS (
        SELECT FROM inventory_locationservice sv
        WHERE sv.location_id = loc.id AND NOT sv.is_active
          AND sv.service = CASE l.method WHEN 'carry_out' THEN 'till' ELSE l.method END) AS offers,
    GREATEST({_FREE_HERE}, {_KEPT})::bigint AS available, {_KEPT}::bigint AS kept
  FROM inventory_location loc
  LEFT JOIN inventory_channellocation cl
    ON cl.channel_id = %(channel)s AND cl.location_id = loc.id
  LEFT JOIN inventory_stocklevel lv ON lv.variant_id = l.variant_id AND lv.location_id = loc.id
  WHERE loc.id = l.location_id
  OFFSET 0) place ON true
WHERE c.id = %(cart)s
ORDER BY l.added_at, l.id
"""  # noqa: S608  parts are constants of this house, values are parameters

_LINES = """
  SELECT x.id, x.variant_id, x.quantity, x.method, x.location_id, x.added_at
  FROM orders_cartline x WHERE x.cart_id = c.id"""
_WISHED = """
  UNION ALL
  SELECT NULL, %(variant)s::uuid, %(quantity)s::int, %(method)s::text, %(location)s::uuid,
         'infinity'::timestamptz"""

# The version by the snapshot of the statement, where a lock may have let a newer one in.
_SEEN = "(SELECT s.version FROM orders_cart s WHERE s.id = c.id)"

READ = _SELECT.replace("{lines}", _LINES).replace("{seen}", "c.version")
# Reads as READ does, and sets a line's quantity if nothing at all speaks against it: one round trip
# for the commonest change. Last column: whether it did. The cart's row is compared and set, so what
# was read beside it still holds; whoever is not let through here learns why from the locked form.
SET_QUANTITY = f"""
WITH seen AS MATERIALIZED ({READ}),
changed AS (
  UPDATE orders_cart c SET version = c.version + 1, channel_id = %(channel)s,
    updated_at = seen.moment + %(offset)s
  FROM seen
  WHERE c.id = %(cart)s AND c.version = %(version)s
    AND c.status = 'active'
    AND c.held_until IS NULL
    AND c.currency = seen.channel_currency
    AND seen.channel_status = 'open'
    AND CASE WHEN %(customer)s::uuid IS NOT NULL AND c.customer_id IS NOT NULL
        THEN c.customer_id = %(customer)s ELSE c.token_digest = %(proof)s END
    AND seen.line_id = %(line)s
    AND seen.price_minor IS NOT NULL
    AND seen.offers
    AND (seen.available IS NULL OR seen.available >= %(quantity)s)
  RETURNING c.id),
line AS (
  UPDATE orders_cartline l SET quantity = %(quantity)s FROM changed
  WHERE l.id = %(line)s AND l.cart_id = changed.id
  RETURNING l.id)
SELECT seen.*, EXISTS (SELECT FROM line) FROM seen
"""  # noqa: S608  parts are constants of this house, values are parameters
_LOCK = _SELECT.replace("{seen}", _SEEN) + "FOR NO KEY UPDATE OF c"
LOCK = _LOCK.replace("{lines}", _LINES)
LOCK_WITH_WISH = _LOCK.replace("{lines}", _LINES + _WISHED)

# What only sent goods need: who sends them at all, how many all senders have together.
SENT_BY = f"""
SELECT w.variant_id, w.method,
  EXISTS (
    SELECT FROM inventory_channellocation cl
    JOIN inventory_location loc ON loc.id = cl.location_id AND loc.status IN ('open', 'closing')
    WHERE cl.channel_id = %(channel)s AND w.method = ANY(cl.methods)),
  coalesce((
    SELECT sum({_FREE})
    FROM inventory_channellocation cl
    JOIN inventory_location loc ON loc.id = cl.location_id AND loc.status IN ('open', 'closing')
    JOIN inventory_stocklevel lv ON lv.location_id = cl.location_id
      AND lv.variant_id = w.variant_id
    WHERE cl.channel_id = %(channel)s AND w.method = ANY(cl.methods)), 0)::bigint
FROM unnest(%(variants)s::uuid[], %(methods)s::text[]) AS w (variant_id, method)
"""  # noqa: S608  parts are constants of this house, values are parameters
