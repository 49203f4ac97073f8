/**
 * A worker for Plinth on the NATS client for JavaScript, many jobs at a time: counts the words of texts.
 * docs/worker-protocol.md has the protocol. Payload: {"text": …}; result: {"words": …}.
 */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type Consumer, type JsMsg, jetstream } from "@nats-io/jetstream";
import { connect, headers } from "@nats-io/transport-node";

const { env } = process;
const TYPE = env.PLINTH_JOB_TYPE ?? "word_count";
const PREFIX = env.PLINTH_SUBJECT_PREFIX ?? "plinth";
const LEASE_SECONDS = Number(env.PLINTH_LEASE_SECONDS ?? 30);
const LEASE_MS = LEASE_SECONDS * 1000;
const CONCURRENCY = 16;
const WORKER = `${TYPE}-${randomUUID()}`; // another name at every start

/** Why a running job has to stop. */
type Why = "cancelled" | "lost" | "stopping";
type Running = { tenant: string; jobId: string; token: number; ends: number; stop: AbortController };
type Handler = (payload: any, stop: AbortSignal) => Promise<unknown>;

/** What a handler throws that has more to say than an error: the verb of its report, and what goes with it. */
class Outcome extends Error {
  verb: string;
  more: object;
  constructor(verb: string, more: object) {
    super(verb);
    [this.verb, this.more] = [verb, more];
  }
}

/** A command that Plinth will never accept. */
class Refused extends Error {}

async function countWords({ text }: { text: string }): Promise<unknown> {
  return { words: text.split(/\s+/).filter(Boolean).length };
}

/** What `plinth conformance` asks for. */
async function conform(payload: any, stop: AbortSignal): Promise<unknown> {
  const { do: what, ...more } = payload;
  if (what === "complete") return more.value;
  if (what === "fail" || what === "snooze") throw new Outcome(what, more);
  if (what === "wait") return await sleep(more.seconds * 1000, null, { signal: stop });
  throw new Error("the payload asks for nothing that is known");
}

const handler: Handler = TYPE === "word_count" ? countWords : conform;
const nc = await connect({ servers: (env.NATS_URL ?? "127.0.0.1:4222").split(","), name: WORKER, maxReconnectAttempts: -1 });
const running = new Map<string, Running>();
const stopping = new AbortController();
for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => stopping.abort());
stopping.signal.addEventListener("abort", () => stopAll([...running.values()], "stopping"));
nc.subscribe(`${PREFIX}.evt.*.job.*.cancel-requested`, {
  callback: (_, event) => stopAll([running.get(event.json<{ jobId: string }>().jobId)], "cancelled"),
});

function stopAll(jobs: (Running | undefined)[], why: Why) {
  for (const job of jobs) job?.stop.abort(why);
}

/** Sends a command until it is answered, for so long. Under one id it has one effect, however often it is sent. */
async function command(tenant: string, verb: string, body: object, ms: number): Promise<any> {
  const ends = Date.now() + ms;
  const id = headers();
  id.set("Plinth-Command-Id", randomUUID());
  while (Date.now() < ends) {
    try {
      const subject = `${PREFIX}.cmd.${tenant}.job.${verb}`;
      const reply = await nc.request(subject, JSON.stringify(body), { timeout: ms / 2, headers: id });
      const status = reply.headers?.get("Nats-Service-Error-Code");
      if (!status) return reply.json<any>().result;
      if (status !== "429" && status !== "503") throw new Refused(`${verb} was refused: ${reply.string()}`);
    } catch (error) {
      if (error instanceof Refused) throw error; // else: nobody there, no answer in time, no connection
    }
    await sleep(200);
  }
  throw new Error(`${verb} was not answered`);
}

/** Extends the leases, one request for all jobs of a tenant. A lease that is about to end counts as lost. */
function keepAlive() {
  const all = [...running.values()];
  for (const tenant of new Set(all.map((job) => job.tenant))) {
    const held = all.filter((job) => job.tenant === tenant);
    const jobs = held.map(({ jobId, token }) => ({ jobId, token }));
    const ends = Date.now() + LEASE_MS;
    command(tenant, "heartbeat", { worker: WORKER, jobs }, LEASE_MS / 3).then((found) => {
      for (const job of held) job.ends = ends;
      stopAll(held.filter((job) => found.cancelled.includes(job.jobId)), "cancelled");
      stopAll(held.filter((job) => found.lost.includes(job.jobId)), "lost");
    }, console.error);
  }
  stopAll(all.filter((job) => job.ends < Date.now() + LEASE_MS / 2), "lost");
}

async function run(message: JsMsg) {
  const { tenantId: tenant, jobId, payload } = message.json<any>();
  const ends = Date.now() + LEASE_MS;
  const claim = { jobs: [jobId], worker: WORKER, leaseSeconds: LEASE_SECONDS };
  const start = await command(tenant, "start", claim, LEASE_MS / 2).then(({ jobs }) => jobs[0], (error) => {
    if (error instanceof Refused) return { code: error.message }; // the whole tenant is gone
    throw error;
  });
  message.ack(); // from here on only the lease counts
  if (start.status !== "started") return console.log(`${jobId} is not ours: ${start.code}`);
  const job = { tenant, jobId, token: start.token, ends, stop: new AbortController() };
  running.set(jobId, job);
  if (stopping.signal.aborted) stopAll([job], "stopping");
  const [verb, outcome] = await handle("payload" in start ? start.payload : payload, job.stop.signal);
  if (running.get(jobId) === job) running.delete(jobId); // should the report get lost, the lease runs out
  if (job.stop.signal.reason === "lost") return;
  const { jobs: [done] } = await command(tenant, verb, { jobs: [{ jobId, token: job.token, ...outcome }] }, LEASE_MS / 2);
  console.log(`${jobId} is ${done.status}`);
}

/** The verb of the report, and what goes with it. */
async function handle(payload: unknown, stop: AbortSignal): Promise<[string, object]> {
  try {
    return ["complete", { result: await handler(payload, stop) }];
  } catch (error) {
    if (stop.reason === "stopping") return ["snooze", { seconds: 0 }];
    if (stop.aborted) return ["fail", { error: stop.reason }];
    if (error instanceof Outcome) return [error.verb, error.more];
    return ["fail", { error: String(error).slice(0, 9_000), retryable: !(error instanceof TypeError) }];
  }
}

const working = new Set<Promise<void>>();
const beat = setInterval(keepAlive, LEASE_MS / 3);
let inbox: Consumer | undefined;
while (!stopping.signal.aborted) {
  try {
    inbox ??= await jetstream(nc).consumers.get(`${PREFIX.toUpperCase()}_JOBS`, `worker-${TYPE}`);
    for await (const message of await inbox.fetch({ max_messages: CONCURRENCY - working.size, expires: 1000 })) {
      const work: Promise<void> = run(message).catch(console.error).finally(() => working.delete(work));
      working.add(work);
    }
  } catch {
    inbox = undefined; // no consumer: the service makes it with the first job of a type
    await sleep(500);
  }
  if (working.size >= CONCURRENCY) await Promise.race(working);
}
await Promise.all(working);
clearInterval(beat);
await nc.drain();
