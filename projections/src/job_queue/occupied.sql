-- How many jobs run, and how many are likely to start any moment because their invitation is a fresh one.
select type, tenant_id, concurrency_key, sum(running)::bigint as running, sum(invited)::bigint as invited
from (
    select type, tenant_id, concurrency_key, 1 as running, 0 as invited
    from job_queue
    where state = 'running'
    union all
    select type, tenant_id, concurrency_key, 0 as running, 1 as invited
    from job_queue
    where state = 'published' and published_at > statement_timestamp() - interval '2 seconds'
) as occupied
group by type, tenant_id, concurrency_key
