-- Takes the most urgent ready jobs of each line, as many as its share, with what their invitations say, by one look-up each:
-- an array and limits keep the planner from walking through the other tables instead.
with taken as (
    update job_queue
    set state = 'published', published_at = statement_timestamp()
    where job_id = any(array(
        select due.job_id
        from unnest($1::text[], $2::uuid[], $3::bigint[]) as share (type, tenant_id, jobs)
        cross join lateral (
            select job_id
            from job_queue
            where state = 'ready' and type = share.type and tenant_id = share.tenant_id
            order by urgent_at
            limit share.jobs
            for update skip locked
        ) as due
    ))
    returning job_id, tenant_id, type, attempt, urgent_at, concurrency_key, has_checkpoint
)
select
    taken.job_id, taken.tenant_id, taken.type, taken.attempt, taken.concurrency_key, job.payload, job.max_attempts,
    kept.checkpoint, enqueued.event_id, enqueued.correlation_id, enqueued.traceparent, enqueued.schedule
from taken
cross join lateral (
    select "payload"::text as payload, "maxAttempts" as max_attempts
    from "Job"
    where "id" = taken.job_id
    limit 1
) as job
left join lateral (
    select checkpoint::text as checkpoint
    from job_checkpoint
    where job_id = taken.job_id and taken.has_checkpoint
    limit 1
) as kept on true
left join lateral (
    select
        event_id, metadata ->> 'correlationId' as correlation_id, metadata ->> 'traceparent' as traceparent,
        payload ->> 'schedule' as schedule
    from events
    where aggregate_type = 'job' and aggregate_id = taken.tenant_id || '/' || taken.job_id and sequence = 1
    limit 1
) as enqueued on true
order by taken.type, taken.tenant_id, taken.urgent_at
