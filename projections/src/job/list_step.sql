-- The jobs that match among those that were enqueued in the $8 events before position $7. Only whole milliseconds count: times
-- of creation are cut off to them, and within one, jobs are in the order of their ids and not of the log.
with step as materialized (
    select position, aggregate_id, event_type, subject_tail, recorded_at
    from plinth.events
    where (tenant_id, position) < ($1, $7) and tenant_id >= $1
    order by tenant_id desc, position desc
    limit $8
), reached as materialized (
    -- null: the beginning of the log
    select case when count(*) = $8 then (
        select min(position)
        from step
        where recorded_at >= (select date_trunc('milliseconds', min(recorded_at)) + interval '1 millisecond' from step)
    ) end as position
    from step
), enqueued as materialized (
    select
        split_part(aggregate_id, '/', 2)::uuid as job_id, split_part(subject_tail, '.', 2) as type,
        date_trunc('milliseconds', recorded_at) as created_at
    from step
    where event_type = 'JobEnqueued' and position >= coalesce((select position from reached), 0)
), last_enqueued as (
    select created_at, job_id from enqueued order by created_at, job_id limit 1
)
select
    reached.position as reached_position, last_enqueued.created_at as reached_created_at,
    last_enqueued.job_id as reached_job_id, job.*
from reached
left join last_enqueued on true
left join lateral (
    select
        "id", "Job"."type", "payload", "status", "attempts", "maxAttempts", "result", "error", "createdAt", "updatedAt"
    from enqueued
    join "Job" on "id" = job_id and "tenantId" = $1
    where ($2::text is null or enqueued.type = $2) and ($3::text is null or "status" = $3)
      and ($4::timestamp is null or ("createdAt", "id") < ($4, $5))
    order by "createdAt" desc, "id" desc
    limit $6
) as job on true
order by job."createdAt" desc, job."id" desc
