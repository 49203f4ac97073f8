-- The proof of the log: an RFC 6962 tree over commitments to its events, in tiles as the C2SP says. Written by the notary,
-- which follows the log; nobody else waits for it. It cannot be made anew from the log: its salts are random.

-- The leaves, 256 at a time: block n holds the events at the positions 256 n + 1 to 256 n + 256. Only the last one grows.
create table plinth.notary_block (
    number             bigint   not null check (number >= 0),
    size               smallint not null check (size between 1 and 256),
    -- 32 bytes for each event: the entry of the tree
    commitments        bytea    not null check (length(commitments) = 32 * size),
    -- 16 bytes for each: without them nobody can guess from its commitment what an event said; zeros: it is erased
    salts              bytea    not null check (length(salts) = 16 * size),
    -- which event of its tenant each is, counted from 1, and where the one before it stands; 0: there is none
    tenant_sequences   bigint[] not null check (cardinality(tenant_sequences) = size),
    previous_positions bigint[] not null check (cardinality(previous_positions) = size),
    constraint notary_block_pkey primary key (number)
);
-- hashes and random bytes do not get smaller
alter table plinth.notary_block alter column commitments set storage external, alter column salts set storage external;

-- The hashes of whole subtrees of 256, 65,536, … events: level 1, 2, …
create table plinth.tree_node (
    level  smallint not null check (level > 0),
    number bigint   not null,
    hash   bytea    not null check (length(hash) = 32),
    constraint tree_node_pkey primary key (level, number)
);

-- The last event of each tenant, which the next one is linked to.
create table plinth.notary_tenant (
    tenant_id  uuid   not null,
    sequence   bigint not null,
    position   bigint not null,
    commitment bytea  not null check (length(commitment) = 32),
    constraint notary_tenant_pkey primary key (tenant_id)
);

-- The latest signed checkpoints, numbered 1, 2, 3 …
create table plinth.checkpoint (
    number    bigint      not null,
    size      bigint      not null,
    note      text        not null,
    signed_at timestamptz not null default clock_timestamp(),
    constraint checkpoint_pkey primary key (number)
);
