-- The read tables, exactly as Prisma derives them from the models of the contract. Their names are not qualified:
-- `plinth rebuild` runs this file once more, to build the tables in another schema beside the live ones, and says where
-- in the setting plinth.read_schema.
select set_config('search_path', coalesce(nullif(current_setting('plinth.read_schema', true), ''), 'public'), true);

create table "Tenant" (
    "id"        uuid         not null,
    "name"      text         not null,
    "createdAt" timestamp(3) not null default current_timestamp,
    constraint "Tenant_pkey" primary key ("id")
);

create table "User" (
    "id"        uuid         not null,
    "tenantId"  uuid         not null,
    "name"      text         not null,
    "createdAt" timestamp(3) not null default current_timestamp,
    constraint "User_pkey" primary key ("id"),
    constraint "User_tenantId_fkey" foreign key ("tenantId") references "Tenant" ("id")
        on delete cascade on update cascade
);

create table "MetricDefinition" (
    "id"           uuid         not null,
    "tenantId"     uuid         not null,
    "code"         text         not null,
    "name"         text         not null,
    "description"  text         not null,
    "formula"      jsonb,
    "version"      integer      not null default 1,
    "effectiveAt"  timestamp(3) not null default current_timestamp,
    "deprecatedAt" timestamp(3),
    "createdById"  uuid         not null,
    "createdAt"    timestamp(3) not null default current_timestamp,
    constraint "MetricDefinition_pkey" primary key ("id"),
    constraint "MetricDefinition_tenantId_fkey" foreign key ("tenantId") references "Tenant" ("id")
        on delete cascade on update cascade,
    constraint "MetricDefinition_createdById_fkey" foreign key ("createdById") references "User" ("id")
        on delete restrict on update cascade
);
create unique index "MetricDefinition_tenantId_code_version_key" on "MetricDefinition" ("tenantId", "code", "version");
create index "MetricDefinition_tenantId_code_idx" on "MetricDefinition" ("tenantId", "code");
create index "MetricDefinition_tenantId_effectiveAt_idx" on "MetricDefinition" ("tenantId", "effectiveAt");

create table "DashboardWidget" (
    "id"         uuid         not null,
    "tenantId"   uuid         not null,
    "userId"     uuid,
    "widgetType" text         not null,
    "position"   integer      not null,
    "size"       text         not null default 'medium',
    "isVisible"  boolean      not null default true,
    "config"     jsonb,
    "createdAt"  timestamp(3) not null default current_timestamp,
    "updatedAt"  timestamp(3) not null,
    constraint "DashboardWidget_pkey" primary key ("id"),
    constraint "DashboardWidget_tenantId_fkey" foreign key ("tenantId") references "Tenant" ("id")
        on delete cascade on update cascade,
    constraint "DashboardWidget_userId_fkey" foreign key ("userId") references "User" ("id")
        on delete cascade on update cascade
);
create unique index "DashboardWidget_tenantId_userId_widgetType_key"
    on "DashboardWidget" ("tenantId", "userId", "widgetType") nulls not distinct;
create index "DashboardWidget_tenantId_userId_idx" on "DashboardWidget" ("tenantId", "userId");

create table "Job" (
    "id"          uuid         not null,
    "tenantId"    uuid         not null,
    "type"        text         not null,
    "payload"     jsonb        not null,
    "status"      text         not null default 'pending',
    "attempts"    integer      not null default 0,
    "maxAttempts" integer      not null default 3,
    "result"      jsonb,
    "error"       text,
    "createdAt"   timestamp(3) not null default current_timestamp,
    "updatedAt"   timestamp(3) not null,
    constraint "Job_pkey" primary key ("id"),
    constraint "Job_tenantId_fkey" foreign key ("tenantId") references "Tenant" ("id")
        on delete cascade on update cascade
);
create index "Job_tenantId_idx" on "Job" ("tenantId");
create index "Job_status_idx" on "Job" ("status");
create index "Job_type_status_idx" on "Job" ("type", "status");

select set_config('search_path', 'plinth, public', true);
