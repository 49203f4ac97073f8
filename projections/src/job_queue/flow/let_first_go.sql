update job_flow
set is_first = true
from unnest($1::uuid[], $2::text[]) as line (tenant_id, sequence_key)
cross join lateral (
    select standing.job_id
    from job_flow as standing
    where standing.tenant_id = line.tenant_id and standing.sequence_key = line.sequence_key
    order by standing.position
    limit 1
) as first
where job_flow.job_id = first.job_id and not job_flow.is_first
returning job_flow.job_id
