-- The mirror's own connection plans for many small look-ups; this is one large change.
set local statement_timeout = 0;
set local enable_seqscan = on;
set local enable_hashjoin = on;
set local enable_mergejoin = on;
set local plan_cache_mode = auto;

create temp table incoming_tenant on commit drop as
select "id", "name", "createdAt" from "Tenant" with no data;
create temp table incoming_user on commit drop as
select "id", "tenantId", "name", "createdAt" from "User" with no data;
create temp table incoming_metric_definition on commit drop as
select "id", "tenantId", "code", "name", "description", "formula", "version", "effectiveAt", "deprecatedAt", "createdById",
    "createdAt"
from "MetricDefinition" with no data;
create temp table incoming_dashboard_widget on commit drop as
select "id", "tenantId", "userId", "widgetType", "position", "size", "isVisible", "config", "createdAt", "updatedAt"
from "DashboardWidget" with no data;
create temp table incoming_job on commit drop as
select "id", "tenantId", "type", "payload", "status", "attempts", "maxAttempts", "result", "error", "createdAt", "updatedAt"
from "Job" with no data;

delete from metric_timeline;
delete from dashboard_layout;
