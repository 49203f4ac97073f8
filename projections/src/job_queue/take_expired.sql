-- While a lease is being taken away, due_at is when it is given out again unless its expiry was recorded by then.
update job_queue as queue
set lease_until = null, due_at = statement_timestamp() + interval '10 seconds'
from (
    select job_id
    from job_queue
    where state = 'running'
      and (lease_until <= statement_timestamp() or (lease_until is null and due_at <= statement_timestamp()))
    order by lease_until nulls first
    limit $1
    for update skip locked
) as expired
where queue.job_id = expired.job_id
returning queue.tenant_id, queue.job_id, queue.token
