-- Forgets some of what is counted of a tenant that is gone: at most $1 rows of each table. Once nothing of it is there, the tenant
-- itself is forgotten. Says whether there was such a tenant.
with gone as materialized (
    select tenant_id from statistics_gone limit 1
), counts as (
    delete from job_count
    where ctid = any(array(select ctid from job_count where tenant_id = (select tenant_id from gone) limit $1))
), periods as (
    delete from job_period
    where ctid = any(array(select ctid from job_period where tenant_id = (select tenant_id from gone) limit $1))
), latencies as (
    delete from job_latency
    where ctid = any(array(select ctid from job_latency where tenant_id = (select tenant_id from gone) limit $1))
), done as (
    -- what is deleted above is still seen here, whoever deletes it
    delete from statistics_gone
    where tenant_id = (select tenant_id from gone)
      and not exists (select from job_count where job_count.tenant_id = statistics_gone.tenant_id)
      and not exists (select from job_period where job_period.tenant_id = statistics_gone.tenant_id)
      and not exists (select from job_latency where job_latency.tenant_id = statistics_gone.tenant_id)
)
select exists (select from gone)
