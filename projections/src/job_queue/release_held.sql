-- Lets held jobs go on, the most urgent of each key first, as many as each may.
update job_queue set state = 'ready'
from (
    select held.job_id
    from unnest($1::text[], $2::uuid[], $3::text[], $4::bigint[]) as let (type, tenant_id, concurrency_key, jobs)
    cross join lateral (
        select job_id
        from job_queue
        where state = 'held'
          and type = let.type
          and tenant_id = let.tenant_id
          and concurrency_key = let.concurrency_key
        order by urgent_at
        limit let.jobs
        for update skip locked
    ) as held
) as released
where job_queue.job_id = released.job_id
