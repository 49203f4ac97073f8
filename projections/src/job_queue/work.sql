-- What a worker needs to know of jobs that it has started, by one look-up each.
select
    queue.job_id, queue.type, job.payload, job.max_attempts, kept.checkpoint, enqueued.event_id,
    enqueued.correlation_id, enqueued.traceparent, enqueued.schedule
from unnest($2::uuid[], $3::bigint[]) as started (job_id, token)
cross join lateral (
    select job_id, tenant_id, type, state, token, has_checkpoint
    from job_queue
    where job_id = started.job_id
    offset 0
) as queue
cross join lateral (
    select "payload" as payload, "maxAttempts" as max_attempts
    from "Job"
    where "id" = queue.job_id
    limit 1
) as job
left join lateral (
    select checkpoint
    from job_checkpoint
    where job_id = queue.job_id and queue.has_checkpoint
    limit 1
) as kept on true
left join lateral (
    select
        event_id, metadata ->> 'correlationId' as correlation_id, metadata ->> 'traceparent' as traceparent,
        payload -> 'schedule' as schedule
    from events
    where aggregate_type = 'job' and aggregate_id = queue.tenant_id || '/' || queue.job_id and sequence = 1
    limit 1
) as enqueued on true
where queue.tenant_id = $1 and queue.state = 'running' and queue.token = started.token
