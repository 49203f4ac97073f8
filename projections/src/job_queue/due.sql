-- The most urgent ready jobs of each line, as many as its share, with what their invitations say, by one look-up each.
select
    due.job_id, due.tenant_id, due.type, due.attempt, due.concurrency_key, due.row_version, job.payload, job.max_attempts,
    kept.checkpoint, enqueued.event_id, enqueued.correlation_id, enqueued.traceparent,
    enqueued.schedule
from unnest($1::text[], $2::uuid[], $3::bigint[]) as share (type, tenant_id, jobs)
cross join lateral (
    select job_id, tenant_id, type, attempt, urgent_at, concurrency_key, has_checkpoint, xmin::text as row_version
    from job_queue
    where state = 'ready' and type = share.type and tenant_id = share.tenant_id
    order by urgent_at
    limit share.jobs
) as due
cross join lateral (
    select "payload"::text as payload, "maxAttempts" as max_attempts
    from "Job"
    where "id" = due.job_id
) as job
left join lateral (
    select checkpoint::text as checkpoint
    from job_checkpoint
    where job_id = due.job_id and due.has_checkpoint
    limit 1
) as kept on true
left join lateral (
    select
        event_id, metadata ->> 'correlationId' as correlation_id, metadata ->> 'traceparent' as traceparent,
        payload ->> 'schedule' as schedule
    from events
    where aggregate_type = 'job' and aggregate_id = due.tenant_id || '/' || due.job_id and sequence = 1
    limit 1
) as enqueued on true
order by due.type, due.tenant_id, due.urgent_at
