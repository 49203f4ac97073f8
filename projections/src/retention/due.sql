-- Walks whose next event is older than jobs are kept: nothing else is looked at while there is nothing to do. Those of the
-- installation go through all events, those of a tenant through its own, in the order of their index: by position, as the
-- planner may prefer, all others would be gone through.
select walk.tenant_id, walk.keep_seconds, walk.since, walk.position
from retention_walk as walk
cross join lateral (
    select recorded_at from plinth.events where position > walk.position order by position limit 1
) as next
where walk.tenant_id = $1 and next.recorded_at <= statement_timestamp() - walk.keep_seconds * interval '1 second'
union all
select walk.tenant_id, walk.keep_seconds, walk.since, walk.position
from retention_walk as walk
cross join lateral (
    select recorded_at
    from plinth.events
    where (tenant_id, position) > (walk.tenant_id, walk.position) and tenant_id <= walk.tenant_id
    order by tenant_id, position
    limit 1
) as next
where walk.tenant_id <> $1 and next.recorded_at <= statement_timestamp() - walk.keep_seconds * interval '1 second'
order by position
limit $2
