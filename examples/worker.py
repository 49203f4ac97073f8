"""A worker for Plinth in plain nats-py: extracts the images of PDFs, one PDF at a time. docs/jobs.md has the protocol.
Payload: {"path": a PDF, "output": a folder}; result: {"images": [{"file", "width", "height"}, …]}. Whoever may enqueue
jobs chooses what is read and written here, so run it as a user who may not do much."""

import asyncio, json, os, signal, time, uuid
from pathlib import Path
from types import SimpleNamespace

import nats
import pypdf

TYPE = "image_extraction"
PREFIX = os.environ.get("PLINTH_SUBJECT_PREFIX", "plinth")
WORKER = f"{TYPE}-{uuid.uuid4().hex}"  # another name at every start
LEASE_SECONDS = 30


def extract(payload, stop):
    """The work itself, in a thread. Looks before each image whether to go on."""
    source, folder, images = Path(payload["path"]), Path(payload["output"]), []
    pages = pypdf.PdfReader(source).pages
    folder.mkdir(parents=True, exist_ok=True)
    for number, page in enumerate(pages, start=1):
        for image in page.images:
            if stop.told or stop.job:
                raise InterruptedError
            file = folder / f"{source.stem}-{number}-{len(images) + 1}{Path(image.name).suffix}"
            file.write_bytes(image.data)
            images.append({"file": str(file), "width": image.image.width, "height": image.image.height})
    return {"images": images}


async def command(nc, tenant, verb, body, seconds):
    """Sends a command until it is answered, for so long. Under one id it has one effect, however often it is sent."""
    subject, headers = f"{PREFIX}.cmd.{tenant}.job.{verb}", {"Plinth-Command-Id": str(uuid.uuid4())}
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        try:
            reply = await nc.request(subject, json.dumps(body).encode(), timeout=5, headers=headers)
            status = (reply.headers or {}).get("Nats-Service-Error-Code")
            if status is None:
                return json.loads(reply.data)["result"]
            if status not in ("429", "503"):
                raise ValueError(f"{verb} was refused: {reply.data.decode()}")
        except nats.errors.Error:
            pass  # nobody there, no answer in time, no connection
        await asyncio.sleep(0.5)
    raise TimeoutError(f"{verb} was not answered")


async def keep_alive(nc, tenant, job, stop):
    """Extends the lease, and learns whether to stop. A lease that is about to end counts as lost."""
    while stop.job != "lost":
        await asyncio.sleep(LEASE_SECONDS / 3)
        try:
            found = await command(nc, tenant, "heartbeat", {"worker": WORKER, "jobs": [job]}, LEASE_SECONDS / 3)
            stop.job = "lost" if found["lost"] else "cancelled" if found["cancelled"] else None
        except (TimeoutError, ValueError):
            stop.job = "lost"


async def run(nc, message, stop):
    invitation, stop.job = json.loads(message.data), None
    tenant, claim = invitation["tenantId"], {"worker": WORKER, "leaseSeconds": LEASE_SECONDS}
    [start] = (await command(nc, tenant, "start", claim | {"jobs": [invitation["jobId"]]}, LEASE_SECONDS / 3))["jobs"]
    await message.ack()  # from here on only the lease counts
    if start["status"] != "started":
        return print(f"{start['jobId']} is not ours: {start['code']}", flush=True)
    job = {"jobId": start["jobId"], "token": start["token"]}
    heart = asyncio.create_task(keep_alive(nc, tenant, job, stop))
    try:
        verb, outcome = "complete", {"result": await asyncio.to_thread(extract, invitation["payload"], stop)}
    except InterruptedError:
        verb, outcome = ("fail", {"error": stop.job}) if stop.job else ("snooze", {"seconds": 0})
    except Exception as error:
        hopeless = isinstance(error, (FileNotFoundError, pypdf.errors.PyPdfError, KeyError, TypeError))
        verb, outcome = "fail", {"error": f"{type(error).__name__}: {error}"[:9_000], "retryable": not hopeless}
    heart.cancel()  # should the report get lost, the lease runs out, and the job is tried again
    if stop.job != "lost":
        [done] = (await command(nc, tenant, verb, {"jobs": [job | outcome]}, LEASE_SECONDS / 2))["jobs"]
        print(f"{job['jobId']} is {done['status']}", flush=True)


async def main():
    stop = SimpleNamespace(told=False, job=None)  # whether to stop altogether, and why to stop the running job
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, setattr, stop, "told", True)
    nc = await nats.connect(os.environ.get("NATS_URL", "nats://127.0.0.1:4222"), name=WORKER, max_reconnect_attempts=-1)
    inbox = await nc.jetstream().pull_subscribe_bind(f"worker-{TYPE}", f"{PREFIX.upper()}_JOBS")
    while not stop.told:
        try:
            await run(nc, *await inbox.fetch(timeout=1), stop)
        except nats.errors.Error:  # no job now, or no consumer: the service makes it with the first job of a type
            await asyncio.sleep(0.1)
        except (TimeoutError, ValueError) as error:  # not started or not reported: Plinth offers the job again
            print(error, flush=True)
    await nc.close()


asyncio.run(main())
