-- The types with the most jobs, at most $3, and the others together, whose type is null.
with ranked as (
    select
        type, pending, processing, completed, failed,
        row_number() over (order by pending + processing + completed + failed desc, type) as place
    from job_count
    where tenant_id = $1 and ($2::text is null or type = $2) and pending + processing + completed + failed > 0
)
select
    case when place <= $3 then type end as type, sum(pending)::bigint as pending, sum(processing)::bigint as processing,
    sum(completed)::bigint as completed, sum(failed)::bigint as failed
from ranked
group by 1
order by min(place)
