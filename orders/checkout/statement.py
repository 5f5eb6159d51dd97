"""The statement by which a cart is read: its columns stand in the order of ``reading``'s tuples.

``%(register)s`` says that a till looks (it sells safety stock and buffer too), ``%(offset)s`` how
far the clock is moved.
"""

from __future__ import annotations

from orders.pricing.queries import shipping_rate_sql, tax_rate_sql

_TODAY = "(statement_timestamp() + %(offset)s)::date"

# Units that a level can still promise: the rule of inventory.stock.queries, and what this cart
# holds itself.
_FREE = """GREATEST(0, v_l.on_hand - v_l.unavailable - v_l.committed - v_l.held
    - CASE WHEN %(register)s::uuid IS NULL THEN v_l.safety + {buffer} ELSE 0 END
    + CASE WHEN v_l.held = 0 THEN 0 ELSE (
        SELECT coalesce(sum(r.quantity), 0) FROM inventory_reservation r
        WHERE r.level_id = v_l.id AND r.status IN ('held', 'requested')
          AND (r.owner_id = c.id OR r.expires_at <= statement_timestamp() + %(offset)s)) END)"""

_SELECT = f"""
SELECT c.id, c.version, (SELECT s.version FROM orders_cart s WHERE s.id = c.id), c.status,
  c.customer_id, c.currency, c.token_digest, c.device_id, c.contact_name, c.email, c.phone,
  c.register_id, c.held_until, c.order_id, c.merged_into_id, c.updated_at,
  ch.id, ch.code, ch.status, ch.currency, ch.country, ch.tax_display, ch.hold_minutes,
  ch.payment_window_minutes, ch.allows_pay_at_collection,
  a.id, a.name, a.street, a.postal_code, a.city, a.region, a.country, a.phone,
  clock_timestamp(),
  l.id, l.variant_id, l.quantity, l.method, l.location_id,
  v.sku, concat_ws(' – ', coalesce(tr.name, p.name), nullif(v.name, '')), v.is_stocked,
  li.price_minor, coalesce(li.price_quantity, 1),
  loc.name,
  CASE WHEN l.location_id IS NULL THEN EXISTS (
         SELECT FROM inventory_channellocation o JOIN inventory_location ol ON ol.id = o.location_id
         WHERE o.channel_id = ch.id AND l.method = ANY(o.methods)
           AND ol.status IN ('open', 'closing'))
       ELSE coalesce(l.method = ANY(cl.methods), false) AND loc.status IN ('open', 'closing')
         AND NOT EXISTS (
           SELECT FROM inventory_locationservice sv
           WHERE sv.location_id = l.location_id AND NOT sv.is_active
             AND sv.service = CASE l.method WHEN 'carry_out' THEN 'till' ELSE l.method END) END,
  coalesce(cl.buffer, 0),
  coalesce({
    tax_rate_sql(
        country="CASE WHEN l.method IN ('ship', 'local_delivery')"
        " THEN coalesce(a.country, ch.country) ELSE coalesce(loc.country, ch.country) END",
        region="CASE WHEN l.method IN ('ship', 'local_delivery')"
        " THEN coalesce(a.region, '') ELSE coalesce(loc.region, '') END",
        tax_class="p.tax_class",
        on=_TODAY,
    )
}, 0),
  sr.price_minor, sr.free_from_minor,
  CASE WHEN sr.price_minor IS NULL THEN 0 ELSE coalesce({
    tax_rate_sql(country="a.country", region="a.region", tax_class="'standard'", on=_TODAY)
}, 0) END,
  CASE WHEN NOT v.is_stocked THEN NULL
       WHEN l.location_id IS NOT NULL THEN coalesce((
         SELECT {_FREE.format(buffer="coalesce(cl.buffer, 0)")} FROM inventory_stocklevel v_l
         WHERE v_l.variant_id = v.id AND v_l.location_id = l.location_id), 0)
       ELSE coalesce((
         SELECT sum({_FREE.format(buffer="o.buffer")})
         FROM inventory_channellocation o
         JOIN inventory_location ol ON ol.id = o.location_id AND ol.status IN ('open', 'closing')
         JOIN inventory_stocklevel v_l ON v_l.location_id = o.location_id AND v_l.variant_id = v.id
         WHERE o.channel_id = ch.id AND l.method = ANY(o.methods)), 0) END::bigint
FROM orders_cart c
JOIN inventory_channel ch ON ch.id = %(channel)s
LEFT JOIN orders_cartaddress a ON a.cart_id = c.id
LEFT JOIN LATERAL ({{lines}}) l ON true
LEFT JOIN inventory_variant v ON v.id = l.variant_id
LEFT JOIN inventory_product p ON p.id = v.product_id
LEFT JOIN inventory_producttranslation tr ON tr.product_id = p.id AND tr.language = %(language)s
LEFT JOIN inventory_listing li ON li.channel_id = ch.id AND li.variant_id = v.id
  AND li.status = 'live' AND v.is_active AND p.status = 'active'
  AND (li.starts_at IS NULL OR li.starts_at <= statement_timestamp() + %(offset)s)
LEFT JOIN inventory_location loc ON loc.id = l.location_id
LEFT JOIN inventory_channellocation cl
  ON cl.channel_id = ch.id AND cl.location_id = l.location_id
LEFT JOIN LATERAL {shipping_rate_sql(channel="ch.id", country="a.country")} sr
  ON l.method IN ('ship', 'local_delivery') AND a.country IS NOT NULL
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

READ = _SELECT.replace("{lines}", _LINES)
LOCK = READ + "FOR NO KEY UPDATE OF c"
LOCK_WITH_WISH = _SELECT.replace("{lines}", _LINES + _WISHED) + "FOR NO KEY UPDATE OF c"
