-- Deletes some of the periods that were kept for long enough: at most $3 of each length.
with expired as (
    delete from job_period
    where ctid = any(array(
        select old.ctid
        from unnest($1::integer[], $2::integer[]) as period (seconds, kept_seconds)
        cross join lateral (
            select ctid
            from job_period
            where job_period.seconds = period.seconds
              and began_at < statement_timestamp() - make_interval(secs => kept_seconds)
            order by began_at
            limit $3
        ) as old
    ))
    returning tenant_id, type, seconds, began_at
)
delete from job_latency
using expired
where (job_latency.tenant_id, job_latency.type, job_latency.seconds, job_latency.began_at)
    = (expired.tenant_id, expired.type, expired.seconds, expired.began_at)
