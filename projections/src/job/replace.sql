update "Job"
set "payload" = replaced.payload::jsonb, "maxAttempts" = replaced.max_attempts
from unnest($1::uuid[], $2::text[], $3::integer[]) as replaced (id, payload, max_attempts)
where "Job"."id" = replaced.id
