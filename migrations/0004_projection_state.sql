-- What the projections remember between batches: folded states, from which rows are derived. All of it can be rebuilt
-- from the log. No foreign keys to the read tables, which `plinth rebuild` replaces. The names are not qualified: a mirror
-- runs this file once more, in a schema of its own.

create table metric_timeline (
    tenant_id uuid  not null,
    code      text  not null,
    timeline  jsonb not null,
    constraint metric_timeline_pkey primary key (tenant_id, code)
);

create table dashboard_layout (
    tenant_id uuid   not null,
    -- null: the tenant's default
    user_id   uuid,
    -- how many events made it
    version   bigint not null,
    layout    jsonb  not null
);
create unique index dashboard_layout_tenant_id_user_id_key
    on dashboard_layout (tenant_id, user_id) nulls not distinct;
