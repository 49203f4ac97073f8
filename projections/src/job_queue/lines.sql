-- The types and tenants that have ready jobs, by one step of the index each.
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
)
select type, tenant_id
from line
