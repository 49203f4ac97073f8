"""A worker for Plinth in plain nats-py, one job at a time: extracts the images of PDFs. docs/worker-protocol.md has the protocol.
Payload: {"path": a PDF, "output": a folder}; result: {"images": [{"file", "width", "height"}, …]}. Whoever may enqueue
jobs chooses what is read and written here, so run it as a user who may not do much."""

import asyncio, json, os, signal, time, uuid
from pathlib import Path

import nats
import pypdf

TYPE = os.environ.get("PLINTH_JOB_TYPE", "image_extraction")
PREFIX = os.environ.get("PLINTH_SUBJECT_PREFIX", "plinth")
LEASE_SECONDS = int(os.environ.get("PLINTH_LEASE_SECONDS", "30"))
WORKER = f"{TYPE}-{uuid.uuid4().hex}"  # another name at every start


class Stop:
    """Whether to stop altogether (told), and why to stop the running job: cancelled or lost."""
    told, job, why = False, None, None

    def check(self):
        if self.told or self.why:
            raise InterruptedError


class Outcome(Exception):
    """What a handler raises that has more to say than an error: the verb of its report, and what goes with it."""


class Refused(Exception):
    """A command that Plinth will never accept."""


def extract(payload, stop):
    """The work itself, in a thread. Looks before each image whether to go on."""
    source, folder, images = Path(payload["path"]), Path(payload["output"]), []
    pages = pypdf.PdfReader(source).pages
    folder.mkdir(parents=True, exist_ok=True)
    for number, page in enumerate(pages, start=1):
        for image in page.images:
            stop.check()
            file = folder / f"{source.stem}-{number}-{len(images) + 1}{Path(image.name).suffix}"
            file.write_bytes(image.data)
            images.append({"file": str(file), "width": image.image.width, "height": image.image.height})
    return {"images": images}


def conform(payload, stop):
    """What `plinth conformance` asks for."""
    match payload:
        case {"do": "complete", "value": value}:
            return value
        case {"do": "fail" | "snooze" as verb, **more}:
            raise Outcome(verb, more)
        case {"do": "wait", "seconds": seconds}:
            ends = time.monotonic() + seconds
            while time.monotonic() < ends:
                stop.check()
                time.sleep(0.05)
        case _:
            raise ValueError("the payload asks for nothing that is known")


async def command(nc, tenant, verb, body, seconds):
    """Sends a command until it is answered, for so long. Under one id it has one effect, however often it is sent."""
    subject, headers = f"{PREFIX}.cmd.{tenant}.job.{verb}", {"Plinth-Command-Id": str(uuid.uuid4())}
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        try:
            reply = await nc.request(subject, json.dumps(body).encode(), timeout=seconds / 2, headers=headers)
            status = (reply.headers or {}).get("Nats-Service-Error-Code")
            if status is None:
                return json.loads(reply.data)["result"]
            if status not in ("429", "503"):
                raise Refused(f"{verb} was refused: {reply.data.decode()}")
        except nats.errors.Error:
            pass  # nobody there, no answer in time, no connection
        await asyncio.sleep(0.2)
    raise TimeoutError(f"{verb} was not answered")


async def keep_alive(nc, tenant, job, stop):
    """Extends the lease, and learns whether to stop. A lease that is about to end counts as lost."""
    while stop.why != "lost":
        await asyncio.sleep(LEASE_SECONDS / 3)
        try:
            found = await command(nc, tenant, "heartbeat", {"worker": WORKER, "jobs": [job]}, LEASE_SECONDS / 3)
            stop.why = "lost" if found["lost"] else "cancelled" if found["cancelled"] else stop.why
        except (TimeoutError, Refused):
            stop.why = "lost"


async def run(nc, message, stop):
    invitation = json.loads(message.data)
    tenant, stop.job, stop.why = invitation["tenantId"], invitation["jobId"], None
    claim = {"jobs": [stop.job], "worker": WORKER, "leaseSeconds": LEASE_SECONDS}
    try:
        [start] = (await command(nc, tenant, "start", claim, LEASE_SECONDS / 2))["jobs"]
    except Refused as refused:  # the whole tenant is gone
        start = {"status": "refused", "code": str(refused)}
    await message.ack()  # from here on only the lease counts
    if start["status"] != "started":
        return print(f"{stop.job} is not ours: {start['code']}", flush=True)
    job, payload = {"jobId": stop.job, "token": start["token"]}, start.get("payload", invitation["payload"])
    heart = asyncio.create_task(keep_alive(nc, tenant, job, stop))
    try:
        verb, outcome = "complete", {"result": await asyncio.to_thread(HANDLER, payload, stop)}
    except InterruptedError:
        verb, outcome = ("fail", {"error": stop.why}) if stop.why else ("snooze", {"seconds": 0})
    except Outcome as said:
        verb, outcome = said.args
    except Exception as error:
        hopeless = isinstance(error, (FileNotFoundError, pypdf.errors.PyPdfError, KeyError, TypeError))
        verb, outcome = "fail", {"error": f"{type(error).__name__}: {error}"[:9_000], "retryable": not hopeless}
    heart.cancel()  # should the report get lost, the lease runs out, and the job is tried again
    if stop.why != "lost":
        [done] = (await command(nc, tenant, verb, {"jobs": [job | outcome]}, LEASE_SECONDS / 2))["jobs"]
        print(f"{stop.job} is {done['status']}", flush=True)


async def main():
    stop = Stop()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, setattr, stop, "told", True)

    async def cancelled(event):
        if json.loads(event.data)["jobId"] == stop.job:
            stop.why = stop.why or "cancelled"

    nc = await nats.connect(os.environ.get("NATS_URL", "nats://127.0.0.1:4222"), name=WORKER, max_reconnect_attempts=-1)
    await nc.subscribe(f"{PREFIX}.evt.*.job.*.cancel-requested", cb=cancelled)
    inbox = await nc.jetstream().pull_subscribe_bind(f"worker-{TYPE}", f"{PREFIX.upper()}_JOBS")
    while not stop.told:
        try:
            await run(nc, *await inbox.fetch(timeout=1), stop)
        except nats.errors.Error:  # no job now, or no consumer: the service makes it with the first job of a type
            await asyncio.sleep(0.1)
        except (TimeoutError, Refused) as error:  # not started or not reported: Plinth offers the job again
            print(error, flush=True)
    await nc.close()


HANDLER = extract if TYPE == "image_extraction" else conform
asyncio.run(main())
