//! The read tables are exactly what Prisma derives from the models of the contract, and `public` holds nothing else.

use sqlx::PgPool;

use crate::support::Ground;

/// Table, column, type, whether it may be null, default.
const COLUMNS: &str = r#"
Tenant.id uuid not null
Tenant.name text not null
Tenant.createdAt timestamp(3) without time zone not null default CURRENT_TIMESTAMP
User.id uuid not null
User.tenantId uuid not null
User.name text not null
User.createdAt timestamp(3) without time zone not null default CURRENT_TIMESTAMP
MetricDefinition.id uuid not null
MetricDefinition.tenantId uuid not null
MetricDefinition.code text not null
MetricDefinition.name text not null
MetricDefinition.description text not null
MetricDefinition.formula jsonb
MetricDefinition.version integer not null default 1
MetricDefinition.effectiveAt timestamp(3) without time zone not null default CURRENT_TIMESTAMP
MetricDefinition.deprecatedAt timestamp(3) without time zone
MetricDefinition.createdById uuid not null
MetricDefinition.createdAt timestamp(3) without time zone not null default CURRENT_TIMESTAMP
DashboardWidget.id uuid not null
DashboardWidget.tenantId uuid not null
DashboardWidget.userId uuid
DashboardWidget.widgetType text not null
DashboardWidget.position integer not null
DashboardWidget.size text not null default 'medium'::text
DashboardWidget.isVisible boolean not null default true
DashboardWidget.config jsonb
DashboardWidget.createdAt timestamp(3) without time zone not null default CURRENT_TIMESTAMP
DashboardWidget.updatedAt timestamp(3) without time zone not null
Job.id uuid not null
Job.tenantId uuid not null
Job.type text not null
Job.payload jsonb not null
Job.status text not null default 'pending'::text
Job.attempts integer not null default 0
Job.maxAttempts integer not null default 3
Job.result jsonb
Job.error text
Job.createdAt timestamp(3) without time zone not null default CURRENT_TIMESTAMP
Job.updatedAt timestamp(3) without time zone not null
"#;

/// Primary keys are among the constraints.
const INDEXES: &str = r#"
CREATE INDEX "DashboardWidget_tenantId_userId_idx" ON public."DashboardWidget" USING btree ("tenantId", "userId")
CREATE UNIQUE INDEX "DashboardWidget_tenantId_userId_widgetType_key" ON public."DashboardWidget" USING btree ("tenantId", "userId", "widgetType") NULLS NOT DISTINCT
CREATE INDEX "Job_status_idx" ON public."Job" USING btree (status)
CREATE INDEX "Job_tenantId_idx" ON public."Job" USING btree ("tenantId")
CREATE INDEX "Job_type_status_idx" ON public."Job" USING btree (type, status)
CREATE INDEX "MetricDefinition_tenantId_code_idx" ON public."MetricDefinition" USING btree ("tenantId", code)
CREATE UNIQUE INDEX "MetricDefinition_tenantId_code_version_key" ON public."MetricDefinition" USING btree ("tenantId", code, version)
CREATE INDEX "MetricDefinition_tenantId_effectiveAt_idx" ON public."MetricDefinition" USING btree ("tenantId", "effectiveAt")
"#;

const CONSTRAINTS: &str = r#"
DashboardWidget_pkey PRIMARY KEY (id)
DashboardWidget_tenantId_fkey FOREIGN KEY ("tenantId") REFERENCES "Tenant"(id) ON UPDATE CASCADE ON DELETE CASCADE
DashboardWidget_userId_fkey FOREIGN KEY ("userId") REFERENCES "User"(id) ON UPDATE CASCADE ON DELETE CASCADE
Job_pkey PRIMARY KEY (id)
Job_tenantId_fkey FOREIGN KEY ("tenantId") REFERENCES "Tenant"(id) ON UPDATE CASCADE ON DELETE CASCADE
MetricDefinition_createdById_fkey FOREIGN KEY ("createdById") REFERENCES "User"(id) ON UPDATE CASCADE ON DELETE RESTRICT
MetricDefinition_pkey PRIMARY KEY (id)
MetricDefinition_tenantId_fkey FOREIGN KEY ("tenantId") REFERENCES "Tenant"(id) ON UPDATE CASCADE ON DELETE CASCADE
Tenant_pkey PRIMARY KEY (id)
User_pkey PRIMARY KEY (id)
User_tenantId_fkey FOREIGN KEY ("tenantId") REFERENCES "Tenant"(id) ON UPDATE CASCADE ON DELETE CASCADE
"#;

async fn lines(pool: &PgPool, sql: &str) -> Vec<String> {
    sqlx::query_scalar(sql).fetch_all(pool).await.unwrap()
}

async fn assert_as_prisma_derives_them(pool: &PgPool) {
    let columns = lines(
        pool,
        r#"select concat_ws(' ', relname || '.' || attname, format_type(atttypid, atttypmod),
               case when attnotnull then 'not null' end, 'default ' || pg_get_expr(adbin, adrelid))
           from pg_attribute
           join pg_class on pg_class.oid = attrelid and relkind = 'r'
           left join pg_attrdef on adrelid = attrelid and adnum = attnum
           where relnamespace = 'public'::regnamespace and attnum > 0 and not attisdropped
           order by array_position('{Tenant,User,MetricDefinition,DashboardWidget,Job}', relname::text), attnum"#,
    );
    assert_eq!(columns.await, COLUMNS.trim().lines().collect::<Vec<_>>());
    let indexes = lines(
        pool,
        "select indexdef from pg_indexes where schemaname = 'public' and indexname not like '%_pkey'
         order by indexname collate \"C\"",
    );
    assert_eq!(indexes.await, INDEXES.trim().lines().collect::<Vec<_>>());
    let constraints = lines(
        pool,
        "select conname || ' ' || pg_get_constraintdef(oid) from pg_constraint
         where connamespace = 'public'::regnamespace and contype <> 'n'
         order by conname collate \"C\"",
    );
    assert_eq!(constraints.await, CONSTRAINTS.trim().lines().collect::<Vec<_>>());
}

/// Everything in the schema that is not an index of a table or a type of one.
async fn assert_nothing_else(pool: &PgPool) {
    let relations = lines(
        pool,
        "select relname::text from pg_class where relnamespace = 'public'::regnamespace and relkind <> 'i' order by 1",
    );
    assert_eq!(relations.await, ["DashboardWidget", "Job", "MetricDefinition", "Tenant", "User"]);
    let others = lines(
        pool,
        "select proname::text from pg_proc where pronamespace = 'public'::regnamespace
         union all select typname::text from pg_type
             where typnamespace = 'public'::regnamespace and typrelid = 0 and typelem = 0
         union all select tgname::text from pg_trigger join pg_class on pg_class.oid = tgrelid
             where relnamespace = 'public'::regnamespace and not tgisinternal",
    );
    assert_eq!(others.await, Vec::<String>::new());
    let schemas =
        "select nspname::text from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema' order by 1";
    assert_eq!(lines(pool, schemas).await, ["plinth", "public"]);
}

#[tokio::test]
async fn the_read_tables_are_what_prisma_expects_and_stay_so_through_a_rebuild() {
    let Some(ground) = Ground::new("the read tables").await else { return };
    assert!(ground.plinth(&["migrate"]).await.status.success());
    let pool = ground.pool().await;
    assert_as_prisma_derives_them(&pool).await;
    assert_nothing_else(&pool).await;
    assert!(ground.plinth(&["rebuild"]).await.status.success());
    assert_as_prisma_derives_them(&pool).await;
    assert_nothing_else(&pool).await;
}
