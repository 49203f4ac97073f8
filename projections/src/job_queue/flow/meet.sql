-- Jobs ended: of those that wait for them, each waits for so many less.
with met as (
    delete from job_dependency
    using unnest($1::uuid[], $2::boolean[]) with ordinality as ended (job_id, is_completed, ordinal)
    where job_dependency.depends_on = ended.job_id
    returning job_dependency.job_id, job_dependency.depends_on, ended.is_completed, ended.ordinal
), outcome as (
    select
        job_id,
        count(*) as ended,
        count(*) filter (where is_completed) as completed,
        (array_agg(depends_on order by ordinal) filter (where not is_completed))[1] as first_failed
    from met
    group by job_id
)
update job_flow
set open_count = open_count - outcome.ended,
    completed_count = completed_count + outcome.completed,
    failed_count = failed_count + outcome.ended - outcome.completed,
    failed_dependency =
        coalesce(failed_dependency, case when fails_with_others then outcome.first_failed end)
from outcome
where job_flow.job_id = outcome.job_id
returning job_flow.job_id
