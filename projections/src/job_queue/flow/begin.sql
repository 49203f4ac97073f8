-- Waits begin. The rows of these jobs, and of those that they wait for, say that their end is somebody's business.
with begun as (
    select *
    from unnest(
        $1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[], $5::text[], $6::integer[], $7::integer[], $8::integer[],
        $9::uuid[], $10::boolean[], $11::boolean[]
    ) as begun (
        job_id, tenant_id, wait, position, sequence_key, open_count, completed_count, failed_count, failed_dependency,
        fails_with_others, is_blocked
    )
), dependency as (
    select depends_on, job_id from unnest($12::uuid[], $13::uuid[]) as dependency (depends_on, job_id)
), inserted_dependencies as (
    insert into job_dependency (depends_on, job_id) select depends_on, job_id from dependency
), marked as (
    update job_queue set in_flow = true
    from (select job_id from begun union select depends_on from dependency) as concerned
    where job_queue.job_id = concerned.job_id and not in_flow
)
insert into job_flow (
    job_id, tenant_id, wait, position, sequence_key, is_first, open_count, completed_count, failed_count,
    failed_dependency, fails_with_others, is_blocked
)
select
    job_id, tenant_id, wait, position, sequence_key, sequence_key is null, open_count, completed_count, failed_count,
    failed_dependency, fails_with_others, is_blocked
from begun
