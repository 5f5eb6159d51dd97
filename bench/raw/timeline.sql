-- A page of 50 touchpoints of one customer behind a known row, newest first, by keyset.

-- name: first
SELECT id, kind, occurred_at, channel_id, location_id, data FROM journeys_interaction
WHERE customer_id = %(customer)s ORDER BY occurred_at DESC, id DESC LIMIT 50;

-- name: later
SELECT id, kind, occurred_at, channel_id, location_id, data FROM journeys_interaction
WHERE customer_id = %(customer)s AND occurred_at <= %(last_at)s
  AND (occurred_at, id) < (%(last_at)s, %(last_id)s)
ORDER BY occurred_at DESC, id DESC LIMIT 50;

-- name: rare
SELECT id, kind, occurred_at, channel_id, location_id, data FROM journeys_interaction
WHERE customer_id = %(customer)s AND kind = %(kind)s
ORDER BY occurred_at DESC, id DESC LIMIT 50;
