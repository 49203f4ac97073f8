-- What else there is to a row, the events of the same batch say.
insert into schedule as present (tenant_id, name, definition, is_paused, created_at, updated_at)
select tenant_id, name, definition::json, false, defined_at, defined_at
from unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[]) as defined (tenant_id, name, definition, defined_at)
on conflict (tenant_id, name) do update set definition = excluded.definition
