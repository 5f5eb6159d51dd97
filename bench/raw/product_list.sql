-- The first 24 products of a category by name with price, and stock at the nearest three of the
-- channel's stores: one round trip.

-- name: list
WITH near AS MATERIALIZED (
    SELECT p.id, p.code, c.buffer,
           2 * 6371.0088 * asin(least(1, sqrt(
               power(sin(radians(p.latitude - %(lat)s) / 2), 2)
               + cos(radians(%(lat)s)) * cos(radians(p.latitude))
                 * power(sin(radians(p.longitude - %(lon)s) / 2), 2)))) AS km
    FROM inventory_channellocation c
    JOIN inventory_location p ON p.id = c.location_id
    WHERE c.channel_id = %(channel)s AND 'pickup' = ANY(c.methods) AND p.kind = 'store'
      AND p.status IN ('open', 'closing') AND p.latitude IS NOT NULL
    ORDER BY km, p.id LIMIT 3),
page AS (
    SELECT p.id, p.slug, p.name FROM inventory_product p
    WHERE p.status = 'active'
      AND p.category_id IN (SELECT d.id FROM inventory_category d
                            WHERE d.path @> ARRAY(SELECT c.id FROM inventory_category c
                                                  WHERE c.slug = %(category)s))
      AND EXISTS (SELECT FROM inventory_variant v
                  JOIN inventory_listing l ON l.variant_id = v.id
                  WHERE v.product_id = p.id AND v.is_active AND l.channel_id = %(channel)s
                    AND l.status = 'live')
    ORDER BY p.name, p.id LIMIT 24)
SELECT page.slug, page.name, min(l.price_minor) AS price,
       (SELECT array_agg(stock.units ORDER BY stock.km, stock.id)
        FROM (SELECT near.km, near.id, sum(greatest(0, s.on_hand - s.unavailable - s.committed
                     - s.held - s.safety - near.buffer)) AS units
              FROM near
              JOIN inventory_stocklevel s ON s.location_id = near.id
               AND s.variant_id IN (SELECT w.id FROM inventory_variant w
                                    WHERE w.product_id = page.id)
              GROUP BY near.km, near.id) stock) AS units
FROM page
JOIN inventory_variant v ON v.product_id = page.id AND v.is_active
JOIN inventory_listing l ON l.variant_id = v.id AND l.channel_id = %(channel)s
 AND l.status = 'live'
GROUP BY page.id, page.slug, page.name
ORDER BY page.name, page.id;
