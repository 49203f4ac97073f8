/**
 * A client of Plinth's HTTP API. All its types come from the OpenAPI document: `npm run build` generates them from
 * openapi.json (that of the service, `curl http://localhost:8080/api/openapi.json`), and does not compile what does not fit.
 *
 *     PLINTH_URL=http://localhost:8080 PLINTH_KEY=plinth_… node client.js
 *
 * The key is that of a user, with the scopes metrics:read, metrics:write, jobs:write and layout:own.
 */
import { randomUUID } from "node:crypto";

import createClient from "openapi-fetch";

import type { components, paths } from "./plinth.js";

type Problem = components["schemas"]["Problem"];

const plinth = createClient<paths>({
  baseUrl: process.env.PLINTH_URL ?? "http://localhost:8080",
  headers: { Authorization: `Bearer ${process.env.PLINTH_KEY}` },
});

/** A refusal, with what the service says of it. */
class Refused extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(`${problem.code}: ${problem.detail}`);
    this.problem = problem;
  }
}

/** What an operation answered; throws what it refused. */
function answer<T>({ data, error }: { data?: T; error?: Problem }): T {
  if (error) throw new Refused(error);
  return data as T;
}

/** An id of our own, so that the command can be sent again. */
const once = () => ({ "Idempotency-Key": randomUUID() });

const code = `churn_${Date.now()}`;
const effectiveAt = "2026-01-01T00:00:00Z";
const defined = answer(
  await plinth.POST("/api/metrics/definitions", {
    params: { header: once() },
    body: {
      code,
      name: "Churn risk",
      description: "No order for 30 days.",
      formula: { field: "lastOrderDate", operator: ">", value: "30 days" },
      effectiveAt,
      reason: "agreed with sales",
    },
  }),
);
console.log("defined version", defined.result.version);

const params = { path: { code }, query: { asOf: "2026-02-01T00:00:00Z" } };
const row = answer(await plinth.GET("/api/metrics/definitions/{code}", { params }));
console.log("in February:", row.name, "since", row.effectiveAt, "-", row.sentence);

const payload = { metric: code };
const enqueued = answer(
  await plinth.POST("/api/jobs", { params: { header: once() }, body: { type: "recompute_metric", payload } }),
);
console.log("enqueued job", enqueued.result.jobId);

for (const widgetType of ["revenue_trend", "tasks"] as const) {
  answer(await plinth.POST("/api/dashboard/widgets", { params: { header: once() }, body: { widgetType } }));
}
const moved = answer(
  await plinth.POST("/api/dashboard/widgets/{widgetType}/move", {
    params: { header: once(), path: { widgetType: "tasks" } },
    body: { toPosition: 0 },
  }),
);
console.log("widgets:", moved.result.widgets.map((widget) => widget.widgetType).join(", "));

const { error } = await plinth.POST("/api/jobs", { body: { type: "Recompute Metric", payload } });
if (!error) throw new Error("a job type with a space was accepted");
for (const { pointer, message } of error.errors ?? []) {
  console.log(`refused with ${error.status} ${error.code}: ${pointer} ${message}`);
}
