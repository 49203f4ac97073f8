-- Numbers the lines on from the last one of each attempt that runs. The line behind the last one that fits says that
-- there were more. Two requests at once draw the same numbers: the key refuses one of them, which then tries again.
with said as (
    select job_id, token, at, level, message, row_number() over (partition by job_id, token order by place) as number
    from unnest($2::uuid[], $3::bigint[], $4::timestamptz[], $5::text[], $6::text[]) with ordinality
        as said (job_id, token, at, level, message, place)
), running as (
    select queue.job_id, queue.token, queue.attempt, coalesce(written.lines, 0) as lines
    from (select distinct job_id, token from said) as asked
    join job_queue as queue on queue.job_id = asked.job_id and queue.token = asked.token
    left join lateral (
        select max(line) as lines
        from job_log
        where tenant_id = $1 and job_id = queue.job_id and token = queue.token
    ) as written on true
    where queue.tenant_id = $1 and queue.state = 'running' and queue.lease_until is not null
), kept as (
    insert into job_log (tenant_id, job_id, token, line, attempt, at, level, message)
    select
        $1, running.job_id, running.token, running.lines + said.number, running.attempt,
        coalesce(said.at, statement_timestamp()),
        case when running.lines + said.number > $7 then 'warn' else said.level end,
        case when running.lines + said.number > $7 then $8 else said.message end
    from running
    join said on said.job_id = running.job_id and said.token = running.token
    where running.lines + said.number <= $7 + 1
    order by running.job_id, running.token, said.number
    returning job_id, token, line
)
select running.job_id, running.token, count(*) filter (where kept.line <= $7) as kept
from running
left join kept on kept.job_id = running.job_id and kept.token = running.token
group by running.job_id, running.token
