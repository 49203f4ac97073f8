-- The keys that have held jobs, by one step of the index each, from one on and at most so many.
with recursive held (type, tenant_id, concurrency_key, place) as (
    (
        select type, tenant_id, concurrency_key, 1
        from job_queue
        where state = 'held' and (type, tenant_id, concurrency_key) > ($1, $2, $3)
        order by type, tenant_id, concurrency_key
        limit 1
    )
    union all
    select next.type, next.tenant_id, next.concurrency_key, held.place + 1
    from held
    cross join lateral (
        select type, tenant_id, concurrency_key
        from job_queue
        where state = 'held'
          and (type, tenant_id, concurrency_key) > (held.type, held.tenant_id, held.concurrency_key)
        order by type, tenant_id, concurrency_key
        limit 1
    ) as next
    where held.place < $4
)
select type, tenant_id, concurrency_key
from held
