-- The id of a row follows from tenant, user and widget type, so a conflict is always one of all three.
insert into "DashboardWidget" ("id", "tenantId", "userId", "widgetType", "position", "size", "isVisible", "config",
    "createdAt", "updatedAt")
select id, tenant_id, user_id, widget_type, position::integer, size, is_visible, config, created_at, updated_at
from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::bigint[], $6::text[], $7::boolean[], $8::jsonb[],
    $9::timestamp[], $10::timestamp[])
    as changed (id, tenant_id, user_id, widget_type, position, size, is_visible, config, created_at, updated_at)
on conflict ("id") do update set
    "position"  = excluded."position",
    "size"      = excluded."size",
    "isVisible" = excluded."isVisible",
    "config"    = excluded."config",
    "createdAt" = excluded."createdAt",
    "updatedAt" = excluded."updatedAt"
