-- One row: where the mirror is. It changes in the transaction of the rows.
create table mirror (
    is_only       boolean     not null default true,
    -- null: all tenants
    tenant_id     uuid,
    position      bigint      not null,
    -- the last event that was applied, by which the source is known again
    last_position bigint,
    last_event_id uuid,
    moved_at      timestamptz not null default clock_timestamp(),
    constraint mirror_pkey primary key (is_only),
    constraint mirror_is_only_check check (is_only),
    constraint mirror_last_check check ((last_position is null) = (last_event_id is null))
);
