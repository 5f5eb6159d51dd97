-- A page of 50 touchpoints of one customer behind a known row, newest first, by keyset: the rows of
-- the customer and those of each device that was linked to them. The first page lies behind the end
-- of time. Each kind of filter is a statement of its own, as one would write it by hand.

-- name: all
(SELECT t.id, t.kind, t.occurred_at, t.customer_id, t.channel_id, t.data
 FROM journeys_interaction t
 WHERE t.customer_id = %(customer)s AND t.occurred_at <= %(last_at)s
   AND (t.occurred_at, t.id) < (%(last_at)s, %(last_id)s)
 ORDER BY t.occurred_at DESC, t.id DESC LIMIT 50)
UNION ALL
(SELECT s.* FROM journeys_visitorlink v CROSS JOIN LATERAL (
    SELECT t.id, t.kind, t.occurred_at, t.customer_id, t.channel_id, t.data
    FROM journeys_interaction t
    WHERE t.visitor_id = v.visitor_id AND t.customer_id IS NULL AND t.occurred_at <= %(last_at)s
      AND (t.occurred_at, t.id) < (%(last_at)s, %(last_id)s)
    ORDER BY t.occurred_at DESC, t.id DESC LIMIT 50) s
 WHERE v.customer_id = %(customer)s)
ORDER BY occurred_at DESC, id DESC LIMIT 50;

-- name: kind
(SELECT t.id, t.kind, t.occurred_at, t.customer_id, t.channel_id, t.data
 FROM journeys_interaction t
 WHERE t.customer_id = %(customer)s AND t.kind = %(kind)s AND t.occurred_at <= %(last_at)s
   AND (t.occurred_at, t.id) < (%(last_at)s, %(last_id)s)
 ORDER BY t.occurred_at DESC, t.id DESC LIMIT 50)
UNION ALL
(SELECT s.* FROM journeys_visitorlink v CROSS JOIN LATERAL (
    SELECT t.id, t.kind, t.occurred_at, t.customer_id, t.channel_id, t.data
    FROM journeys_interaction t
    WHERE t.visitor_id = v.visitor_id AND t.customer_id IS NULL AND t.kind = %(kind)s
      AND t.occurred_at <= %(last_at)s AND (t.occurred_at, t.id) < (%(last_at)s, %(last_id)s)
    ORDER BY t.occurred_at DESC, t.id DESC LIMIT 50) s
 WHERE v.customer_id = %(customer)s)
ORDER BY occurred_at DESC, id DESC LIMIT 50;

-- name: channel
(SELECT t.id, t.kind, t.occurred_at, t.customer_id, t.channel_id, t.data
 FROM journeys_interaction t
 WHERE t.customer_id = %(customer)s AND t.channel_id = %(channel)s AND t.occurred_at <= %(last_at)s
   AND (t.occurred_at, t.id) < (%(last_at)s, %(last_id)s)
 ORDER BY t.occurred_at DESC, t.id DESC LIMIT 50)
UNION ALL
(SELECT s.* FROM journeys_visitorlink v CROSS JOIN LATERAL (
    SELECT t.id, t.kind, t.occurred_at, t.customer_id, t.channel_id, t.data
    FROM journeys_interaction t
    WHERE t.visitor_id = v.visitor_id AND t.customer_id IS NULL AND t.channel_id = %(channel)s
      AND t.occurred_at <= %(last_at)s AND (t.occurred_at, t.id) < (%(last_at)s, %(last_id)s)
    ORDER BY t.occurred_at DESC, t.id DESC LIMIT 50) s
 WHERE v.customer_id = %(customer)s)
ORDER BY occurred_at DESC, id DESC LIMIT 50;

-- name: period
(SELECT t.id, t.kind, t.occurred_at, t.customer_id, t.channel_id, t.data
 FROM journeys_interaction t
 WHERE t.customer_id = %(customer)s
   AND t.occurred_at >= %(from_at)s AND t.occurred_at < %(until_at)s AND t.occurred_at <= %(last_at)s
   AND (t.occurred_at, t.id) < (%(last_at)s, %(last_id)s)
 ORDER BY t.occurred_at DESC, t.id DESC LIMIT 50)
UNION ALL
(SELECT s.* FROM journeys_visitorlink v CROSS JOIN LATERAL (
    SELECT t.id, t.kind, t.occurred_at, t.customer_id, t.channel_id, t.data
    FROM journeys_interaction t
    WHERE t.visitor_id = v.visitor_id AND t.customer_id IS NULL
      AND t.occurred_at >= %(from_at)s AND t.occurred_at < %(until_at)s
      AND t.occurred_at <= %(last_at)s AND (t.occurred_at, t.id) < (%(last_at)s, %(last_id)s)
    ORDER BY t.occurred_at DESC, t.id DESC LIMIT 50) s
 WHERE v.customer_id = %(customer)s)
ORDER BY occurred_at DESC, id DESC LIMIT 50;
