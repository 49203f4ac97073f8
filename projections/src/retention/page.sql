-- The next events of a walk as far as they are old enough, and the jobs that ended in them for good: nothing else changed
-- their rows since. $1: whose events; null: everybody's. A tenant's are asked for in the order of their index: by position, as
-- the planner may prefer, all others would be gone through.
with page as materialized (
    (
        select position, tenant_id, aggregate_id, sequence, event_type, recorded_at
        from plinth.events
        where $1::uuid is null and position > $2
        order by position
        limit $4
    )
    union all
    (
        select position, tenant_id, aggregate_id, sequence, event_type, recorded_at
        from plinth.events
        where (tenant_id, position) > ($1, $2) and tenant_id <= $1
        order by tenant_id, position
        limit $4
    )
), old as materialized (
    select position, tenant_id, aggregate_id, sequence, event_type, recorded_at
    from page
    where recorded_at <= statement_timestamp() - $3::integer * interval '1 second'
), ended as (
    select "Job"."id" as job_id, old.tenant_id, "Job"."type" as type, old.sequence, old.recorded_at
    from old
    join "Job" on "Job"."id" = split_part(old.aggregate_id, '/', 2)::uuid and "Job"."tenantId" = old.tenant_id
    where old.event_type in (
              'JobCompleted', 'JobFailed', 'JobLeaseExpired', 'JobCancelled', 'JobDependencyFailed', 'JobExpired'
          )
      and "Job"."status" in ('completed', 'failed')
      and "Job"."updatedAt" = date_trunc('milliseconds', old.recorded_at at time zone 'utc')
)
select reached.position, ended.job_id, ended.tenant_id, ended.type, ended.sequence, ended.recorded_at
from (select max(position) as position from old) as reached
left join ended on true
