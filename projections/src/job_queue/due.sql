-- The due jobs of each priority, the highest first, each by one walk from the front of the index: never past the jobs
-- that wait for a later time, and never past more due ones than are asked for. Payloads by one look-up each.
with recursive level (priority) as (
    (select priority from job_queue where state = 'waiting' order by priority desc limit 1)
    union all
    select (
        select priority from job_queue
        where state = 'waiting' and priority < level.priority
        order by priority desc
        limit 1
    )
    from level
    where level.priority is not null
)
select due.job_id, due.tenant_id, due.type, due.attempt, due.priority, due.row_version, job.payload, job.max_attempts
from (
    select waiting.*
    from level
    cross join lateral (
        select job_id, tenant_id, type, attempt, priority, due_at, xmin::text as row_version
        from job_queue
        where state = 'waiting' and priority = level.priority and due_at <= statement_timestamp()
        order by due_at
        limit $1
    ) as waiting
    order by waiting.priority desc, waiting.due_at
    limit $1
) as due
cross join lateral (
    select "payload"::text as payload, "maxAttempts" as max_attempts
    from "Job"
    where "id" = due.job_id
    limit 1
) as job
order by due.priority desc, due.due_at
