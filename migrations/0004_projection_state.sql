-- What the projections remember between batches: folded states, from which rows are derived. All of it can be rebuilt
-- from the log. No foreign keys to the read tables, which `plinth rebuild` replaces.

create table plinth.metric_timeline (
    tenant_id uuid  not null,
    code      text  not null,
    timeline  jsonb not null,
    constraint metric_timeline_pkey primary key (tenant_id, code)
);

create table plinth.dashboard_layout (
    tenant_id uuid  not null,
    -- null: the tenant's default
    user_id   uuid,
    layout    jsonb not null
);
create unique index dashboard_layout_tenant_id_user_id_key
    on plinth.dashboard_layout (tenant_id, user_id) nulls not distinct;
