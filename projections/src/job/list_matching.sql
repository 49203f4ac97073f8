select
    coalesce(sum(jobs) filter (where ($2::text is null or type = $2) and ($3::text is null or status = $3)), 0)::bigint
        as matching,
    coalesce(sum(jobs), 0)::bigint as all_jobs
from job_count
cross join lateral (
    values ('pending', pending), ('processing', processing), ('completed', completed), ('failed', failed)
) as counted (status, jobs)
where tenant_id = $1
