select 'Tenant' as name, "id", hashtextextended(row("id", "name", "createdAt")::text, 0) as hash
from "Tenant" where coalesce("id" = $1, true)
union all
select 'User', "id", hashtextextended(row("id", "tenantId", "name", "createdAt")::text, 0)
from "User" where coalesce("tenantId" = $1, true)
union all
select 'MetricDefinition', "id", hashtextextended(row("id", "tenantId", "code", "name", "description", "formula", "version",
    "effectiveAt", "deprecatedAt", "createdById", "createdAt")::text, 0)
from "MetricDefinition" where coalesce("tenantId" = $1, true)
union all
select 'DashboardWidget', "id", hashtextextended(row("id", "tenantId", "userId", "widgetType", "position", "size", "isVisible",
    "config", "createdAt", "updatedAt")::text, 0)
from "DashboardWidget" where coalesce("tenantId" = $1, true)
union all
select 'Job', "id", hashtextextended(row("id", "tenantId", "type", "payload", "status", "attempts", "maxAttempts", "result",
    "error", "createdAt", "updatedAt")::text, 0)
from "Job" where coalesce("tenantId" = $1, true)
