with held as (
    select queue.job_id, queue.token, queue.cancel_requested, queue.lease_until, beat.progress
    from unnest($3::uuid[], $4::bigint[], $5::smallint[]) as beat (job_id, token, progress)
    join job_queue as queue on queue.job_id = beat.job_id and queue.token = beat.token
    where queue.tenant_id = $1
      and queue.worker = $2
      and queue.state = 'running'
      and queue.lease_until is not null
), unlocked as (
    select queue.job_id, held.progress
    from held
    join job_queue as queue on queue.job_id = held.job_id and queue.token = held.token
    where queue.state = 'running' and queue.lease_until is not null
    for update of queue skip locked
), extended as (
    update job_queue as queue
    set lease_until = least(statement_timestamp() + queue.lease_seconds * interval '1 second', queue.deadline),
        progress = coalesce(unlocked.progress, queue.progress)
    from unlocked
    where queue.job_id = unlocked.job_id
    returning queue.job_id, queue.lease_until
)
select held.job_id, held.cancel_requested, coalesce(extended.lease_until, held.lease_until) as lease_until
from held
left join extended on extended.job_id = held.job_id
