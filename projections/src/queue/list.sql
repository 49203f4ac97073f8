-- The queue of all jobs first, then those of a type; $2: the queues of the installation count the jobs of all tenants.
select
    queue.type, queue.is_paused, queue.settings,
    (
        select count(*)
        from job_queue
        where state = 'running'
          and ($2 or job_queue.tenant_id = queue.tenant_id)
          and (queue.type is null or job_queue.type = queue.type)
    ) as running
from queue
where tenant_id = $1 and ($3::text is null or type > $3)
order by type nulls first
limit $4
