-- A null changes nothing, but for the error, which a completion clears.
update "Job"
set "status" = coalesce(change.status, "Job"."status"),
    "attempts" = coalesce(change.attempts, "Job"."attempts"),
    "result" = coalesce(change.result::jsonb, "Job"."result"),
    "error" = case when change.sets_error then change.error else "Job"."error" end,
    "updatedAt" = change.updated_at
from unnest(
    $1::uuid[], $2::text[], $3::integer[], $4::text[], $5::boolean[], $6::text[], $7::timestamp[]
) as change (id, status, attempts, result, sets_error, error, updated_at)
where "Job"."id" = change.id
