-- API keys as they are now, written with their events. Secrets are nowhere: a digest stands for each.

create table plinth.api_key (
    -- SHA-256 of the secret, of which no two keys have the same
    digest        bytea       not null,
    tenant_id     uuid        not null,
    key_id        uuid        not null,
    -- of the event that created it
    position      bigint      not null,
    name          text        not null,
    -- null: its holder acts as nobody
    user_id       uuid,
    scopes        text[]      not null,
    created_by    uuid,
    created_at    timestamptz not null,
    -- null: never
    expires_at    timestamptz,
    revoked_at    timestamptz,
    revoke_reason text,
    constraint api_key_pkey primary key (digest),
    constraint api_key_tenant_id_key_id_key unique (tenant_id, key_id)
);

create index api_key_tenant_id_position_idx on plinth.api_key (tenant_id, position);

-- Browsers that are logged in, each by a key: what it may do, they may do. No events; whoever loses them logs in again.
create table plinth.web_session (
    -- SHA-256 of what the cookie holds
    digest     bytea       not null,
    key_digest bytea       not null,
    created_at timestamptz not null default statement_timestamp(),
    expires_at timestamptz not null,
    constraint web_session_pkey primary key (digest),
    constraint web_session_key_digest_fkey foreign key (key_digest) references plinth.api_key on delete cascade
);

create index web_session_key_digest_idx on plinth.web_session (key_digest);
create index web_session_expires_at_idx on plinth.web_session (expires_at);

-- Links that log a browser in, once.
create table plinth.login_link (
    -- SHA-256 of what the link holds
    digest     bytea       not null,
    key_digest bytea       not null,
    expires_at timestamptz not null,
    constraint login_link_pkey primary key (digest),
    constraint login_link_key_digest_fkey foreign key (key_digest) references plinth.api_key on delete cascade
);

create index login_link_key_digest_idx on plinth.login_link (key_digest);
create index login_link_expires_at_idx on plinth.login_link (expires_at);
