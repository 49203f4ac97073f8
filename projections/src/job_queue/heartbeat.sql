-- `offset 0` makes it one look-up by key each: with the other conditions pushed down, the planner would rather walk an
-- index of running jobs for each of them.
with held as (
    select queue.job_id, queue.token, queue.cancel_requested, queue.lease_until, beat.progress, beat.message
    from unnest($3::uuid[], $4::bigint[], $5::smallint[], $6::text[]) as beat (job_id, token, progress, message)
    cross join lateral (
        select job_id, tenant_id, state, token, worker, lease_until, cancel_requested
        from job_queue
        where job_id = beat.job_id
        offset 0
    ) as queue
    where queue.token = beat.token
      and queue.tenant_id = $1
      and queue.worker = $2
      and queue.state = 'running'
      and queue.lease_until is not null
), unlocked as (
    select queue.job_id, held.progress, held.message
    from held
    cross join lateral (
        select job_id, state, token, lease_until
        from job_queue
        where job_id = held.job_id
        offset 0
        for update skip locked
    ) as queue
    where queue.token = held.token and queue.state = 'running' and queue.lease_until is not null
), extended as (
    update job_queue as queue
    set lease_until = least(statement_timestamp() + queue.lease_seconds * interval '1 second', queue.deadline),
        progress = coalesce(unlocked.progress, queue.progress),
        progress_message = coalesce(unlocked.message, queue.progress_message)
    from unlocked
    where queue.job_id = unlocked.job_id
    returning queue.job_id, queue.lease_until
)
select held.job_id, held.cancel_requested, coalesce(extended.lease_until, held.lease_until) as lease_until
from held
left join extended on extended.job_id = held.job_id
