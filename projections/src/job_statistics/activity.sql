-- Asked for in the order of the primary key: by time, as the planner may prefer, those of all tenants would be gone through.
select
    period.began_at, enqueued, started, completed, failed_attempts, snoozed, failed, cancelled, retried, archived,
    latency.buckets, latency.waits, latency.runs
from job_period as period
cross join lateral (
    select
        coalesce(array_agg(bucket), '{}') as buckets, coalesce(array_agg(job_latency.waits), '{}') as waits,
        coalesce(array_agg(job_latency.runs), '{}') as runs
    from job_latency
    where (job_latency.tenant_id, job_latency.type, job_latency.seconds, job_latency.began_at)
        = (period.tenant_id, period.type, period.seconds, period.began_at)
) as latency
where (period.tenant_id, period.type, period.seconds, period.began_at) >= ($1, $2, $3, $4)
  and (period.tenant_id, period.type, period.seconds, period.began_at) < ($1, $2, $3, $5)
