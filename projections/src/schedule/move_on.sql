update schedule
set next_fire_at = moved.next_fire_at,
    is_paused = coalesce(moved.is_paused, schedule.is_paused),
    pause_reason = case when moved.is_paused is null then schedule.pause_reason else moved.pause_reason end,
    last_fire_time = coalesce(moved.last_fire_time, schedule.last_fire_time),
    last_job_id = coalesce(moved.last_job_id, schedule.last_job_id),
    updated_at = coalesce(moved.changed_at, schedule.updated_at)
from unnest(
    $1::uuid[], $2::text[], $3::timestamptz[], $4::boolean[], $5::text[], $6::timestamptz[], $7::uuid[],
    $8::timestamptz[]
) as moved (
    tenant_id, name, next_fire_at, is_paused, pause_reason, last_fire_time, last_job_id, changed_at
)
where schedule.tenant_id = moved.tenant_id and schedule.name = moved.name
