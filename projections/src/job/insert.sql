insert into "Job"
    ("id", "tenantId", "type", "payload", "status", "attempts", "maxAttempts", "result", "error", "createdAt", "updatedAt")
select id, tenant_id, type, payload::jsonb, status, attempts, max_attempts, result::jsonb, error, created_at, updated_at
from unnest(
    $1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::integer[], $7::integer[], $8::text[], $9::text[],
    $10::timestamp[], $11::timestamp[]
) as new (id, tenant_id, type, payload, status, attempts, max_attempts, result, error, created_at, updated_at)
