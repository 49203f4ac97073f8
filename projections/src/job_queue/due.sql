-- Each tenant's share of the room that the work queue has for a type: its most urgent ready jobs, by one walk of the
-- index. All tenants' first jobs come before anybody's second. Payloads by one look-up each.
with recursive line (type, tenant_id) as (
    (select type, tenant_id from job_queue where state = 'ready' order by type, tenant_id limit 1)
    union all
    select next.type, next.tenant_id
    from line
    cross join lateral (
        select type, tenant_id
        from job_queue
        where state = 'ready' and (type, tenant_id) > (line.type, line.tenant_id)
        order by type, tenant_id
        limit 1
    ) as next
), share as (
    select
        line.type, line.tenant_id, coalesce(known.room, $3) as room,
        ceil(coalesce(known.room, $3)::float8 / count(*) over (partition by line.type))::bigint as jobs
    from line
    left join unnest($1::text[], $2::bigint[]) as known (type, room) on known.type = line.type
)
select
    due.job_id, due.tenant_id, due.type, due.attempt, due.priority, due.row_version, job.payload, job.max_attempts
from (
    select ready.*, row_number() over (partition by ready.type order by ready.turn, ready.urgent_at) as place
    from share
    cross join lateral (
        select
            job_id, tenant_id, type, attempt, priority, urgent_at, xmin::text as row_version, share.room,
            row_number() over (order by urgent_at) as turn
        from job_queue
        where state = 'ready' and type = share.type and tenant_id = share.tenant_id
        order by urgent_at
        limit share.jobs
    ) as ready
) as due
cross join lateral (
    select "payload"::text as payload, "maxAttempts" as max_attempts
    from "Job"
    where "id" = due.job_id
) as job
where due.place <= due.room
order by due.place, due.urgent_at
limit $4
