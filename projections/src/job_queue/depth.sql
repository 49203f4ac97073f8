with job as (
    select
        type, state,
        case when state not in ('blocked', 'running') and due_at <= statement_timestamp() then due_at end as due_since
    from job_queue
)
select
    type,
    count(*) filter (where state = 'blocked') as blocked,
    count(*) filter (where state = 'scheduled') as scheduled,
    count(*) filter (where state = 'ready') as ready,
    count(*) filter (where state = 'published') as published,
    count(*) filter (where state = 'running') as running,
    coalesce(extract(epoch from statement_timestamp() - min(due_since)), 0)::float8 as oldest_due_seconds
from job
group by type
order by count(*) desc, type
