-- Tenants and users that were deleted and whose traces are still to be erased. Written with the events, and gone with the one
-- that says that it is done.

create table plinth.erasure (
    tenant_id uuid   not null,
    -- null: all of the tenant
    user_id   uuid,
    -- of the deletion: what stands before it is to be erased
    position  bigint not null,
    constraint erasure_key unique nulls not distinct (tenant_id, user_id)
);
