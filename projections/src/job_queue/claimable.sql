-- Jobs of a tenant that wait for a worker: those that are due, and those that were published and nobody has started yet.
-- The types are bound, so that each is one walk along its line; of the published ones there are never many.
select due.job_id, due.type, due.concurrency_key, due.is_published, octet_length(job.payload) as payload_bytes
from unnest($2::text[]) as wanted (type)
cross join lateral (
    (
        select job_id, type, concurrency_key, urgent_at, false as is_published
        from job_queue
        where state = 'ready' and type = wanted.type and tenant_id = $1 and job_id <> all ($4)
        order by urgent_at
        limit $3
    )
    union all
    (
        select job_id, type, concurrency_key, urgent_at, true as is_published
        from job_queue
        where state = 'published' and type = wanted.type and tenant_id = $1 and job_id <> all ($4)
        order by urgent_at
        limit $3
    )
) as due
cross join lateral (
    select "payload"::text as payload
    from "Job"
    where "id" = due.job_id
    limit 1
) as job
order by due.urgent_at
