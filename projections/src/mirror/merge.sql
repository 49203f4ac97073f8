analyze incoming_tenant, incoming_user, incoming_metric_definition, incoming_dashboard_widget, incoming_job;

-- what refers goes before what it refers to
delete from "MetricDefinition" where not exists (select from incoming_metric_definition as i where i."id" = "MetricDefinition"."id");
delete from "DashboardWidget" where not exists (select from incoming_dashboard_widget as i where i."id" = "DashboardWidget"."id");
delete from "Job" where not exists (select from incoming_job as i where i."id" = "Job"."id");
delete from "User" where not exists (select from incoming_user as i where i."id" = "User"."id");
delete from "Tenant" where not exists (select from incoming_tenant as i where i."id" = "Tenant"."id");

insert into "Tenant" ("id", "name", "createdAt")
select "id", "name", "createdAt" from incoming_tenant
on conflict ("id") do update set "name" = excluded."name", "createdAt" = excluded."createdAt";

insert into "User" ("id", "tenantId", "name", "createdAt")
select "id", "tenantId", "name", "createdAt" from incoming_user
on conflict ("id") do update set
    "tenantId" = excluded."tenantId", "name" = excluded."name", "createdAt" = excluded."createdAt";

insert into "MetricDefinition" ("id", "tenantId", "code", "name", "description", "formula", "version", "effectiveAt",
    "deprecatedAt", "createdById", "createdAt")
select "id", "tenantId", "code", "name", "description", "formula", "version", "effectiveAt", "deprecatedAt", "createdById",
    "createdAt"
from incoming_metric_definition
on conflict ("id") do update set
    "tenantId"     = excluded."tenantId",
    "code"         = excluded."code",
    "name"         = excluded."name",
    "description"  = excluded."description",
    "formula"      = excluded."formula",
    "version"      = excluded."version",
    "effectiveAt"  = excluded."effectiveAt",
    "deprecatedAt" = excluded."deprecatedAt",
    "createdById"  = excluded."createdById",
    "createdAt"    = excluded."createdAt";

insert into "DashboardWidget" ("id", "tenantId", "userId", "widgetType", "position", "size", "isVisible", "config",
    "createdAt", "updatedAt")
select "id", "tenantId", "userId", "widgetType", "position", "size", "isVisible", "config", "createdAt", "updatedAt"
from incoming_dashboard_widget
on conflict ("id") do update set
    "tenantId"   = excluded."tenantId",
    "userId"     = excluded."userId",
    "widgetType" = excluded."widgetType",
    "position"   = excluded."position",
    "size"       = excluded."size",
    "isVisible"  = excluded."isVisible",
    "config"     = excluded."config",
    "createdAt"  = excluded."createdAt",
    "updatedAt"  = excluded."updatedAt";

insert into "Job" ("id", "tenantId", "type", "payload", "status", "attempts", "maxAttempts", "result", "error", "createdAt",
    "updatedAt")
select "id", "tenantId", "type", "payload", "status", "attempts", "maxAttempts", "result", "error", "createdAt", "updatedAt"
from incoming_job
on conflict ("id") do update set
    "tenantId"    = excluded."tenantId",
    "type"        = excluded."type",
    "payload"     = excluded."payload",
    "status"      = excluded."status",
    "attempts"    = excluded."attempts",
    "maxAttempts" = excluded."maxAttempts",
    "result"      = excluded."result",
    "error"       = excluded."error",
    "createdAt"   = excluded."createdAt",
    "updatedAt"   = excluded."updatedAt";
