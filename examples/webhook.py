"""A receiver of webhooks of Plinth: plain Python, no library. Counts the words of jobs with {"text": "…"}.

WEBHOOK_SECRET=whsec_… python3 webhook.py [PORT]
"""

import base64, hashlib, hmac, json, os, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEY = base64.b64decode(os.environ["WEBHOOK_SECRET"].removeprefix("whsec_"))


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        if not self.is_signed(body):
            return self.answer(401, {"error": "bad signature"})
        job = json.loads(body)  # it may come twice: the same jobId
        self.answer(200, {"words": len(job["payload"]["text"].split())})

    def is_signed(self, body):
        message_id, timestamp = self.headers["webhook-id"], self.headers["webhook-timestamp"]
        signed = f"{message_id}.{timestamp}.".encode() + body
        signature = "v1," + base64.b64encode(hmac.digest(KEY, signed, hashlib.sha256)).decode()
        is_fresh = abs(time.time() - int(timestamp)) < 300
        return is_fresh and hmac.compare_digest(signature, self.headers["webhook-signature"])

    def answer(self, status, result):
        body = json.dumps(result).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 9000), Receiver)
print(f"http://127.0.0.1:{server.server_port}/", flush=True)
server.serve_forever()
