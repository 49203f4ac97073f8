"""Reads the checkpoint and the tiles of a running service and checks them, with nothing of Plinth's and no library.

Usage: check.py ADDRESS PUBLIC_KEY. Prints how many entries the tree has. Written from the specifications: RFC 6962, RFC 8032,
c2sp.org/tlog-tiles, c2sp.org/tlog-checkpoint and c2sp.org/signed-note.
"""

import base64
import hashlib
import sys
import urllib.request

# Ed25519: the prime of the field, the order of the group, the constant of the curve, the base point
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
BASE_Y = 4 * pow(5, -1, P) % P


def point(encoded):
    """The point whose bytes these are, as x, y."""
    sign, y = encoded[31] >> 7, int.from_bytes(encoded, "little") & (1 << 255) - 1
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    assert (x * x - square) % P == 0, "not a point of the curve"
    return (P - x if x & 1 != sign else x), y


def add(one, other):
    (a, b), (c, d) = one, other
    product = D * a * b * c * d % P
    return (a * d + b * c) * pow(1 + product, -1, P) % P, (b * d + a * c) * pow(1 - product, -1, P) % P


def times(factor, of):
    result = (0, 1)
    while factor:
        if factor & 1:
            result = add(result, of)
        of, factor = add(of, of), factor >> 1
    return result


def is_signed(public, signature, message):
    """RFC 8032, 5.1.7."""
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    scalar = int.from_bytes(signature[32:], "little")
    base = point(BASE_Y.to_bytes(32, "little"))
    return scalar < L and times(scalar, base) == add(point(signature[:32]), times(challenge, point(public)))


def get(path):
    with urllib.request.urlopen(f"{sys.argv[1]}/tlog/{path}") as answer:
        return answer.read()


def sha256(data):
    return hashlib.sha256(data).digest()


def opened(note, key):
    """The text of a note that the key signed."""
    origin, key_id, encoded = key.split("+", 2)
    public = base64.b64decode(encoded)
    assert public[0] == 1 and sha256(origin.encode() + b"\n" + public)[:4].hex() == key_id
    text, _, signatures = note.rpartition(b"\n\n")
    text += b"\n"
    for line in signatures.decode().splitlines():
        dash, name, signature = line.split(" ")
        signature = base64.b64decode(signature)
        if (dash, name, signature[:4].hex()) == ("—", origin, key_id):
            assert is_signed(public[1:], signature[4:], text), "the signature is not of the key"
            return text.decode()
    raise ValueError("nobody who is known signed it")


def root(hashes):
    """RFC 6962, 2.1, of hashes of leaves."""
    if len(hashes) == 1:
        return hashes[0]
    split = 1 << ((len(hashes) - 1).bit_length() - 1)
    return sha256(b"\x01" + root(hashes[:split]) + root(hashes[split:]))


def tiles(kind, count):
    """The bytes of the tiles that have so many hashes or entries."""
    for number in range((count + 255) // 256):
        width = min(256, count - 256 * number)
        partial = "" if width == 256 else f".p/{width}"
        yield get(f"tile/{kind}/{number:03}{partial}")


origin, size, encoded = opened(get("checkpoint"), sys.argv[2]).splitlines()
size = int(size)
bundles = b"".join(tiles("entries", size))
entries = [bundles[at : at + 34] for at in range(0, len(bundles), 34)]
assert all(entry[:2] == b"\x00\x20" for entry in entries)
leaves = [sha256(b"\x00" + entry[2:]) for entry in entries]
assert root(leaves) == base64.b64decode(encoded), "the entries do not come to the root of the checkpoint"
level = 0
while leaves:
    assert b"".join(leaves) == b"".join(tiles(level, len(leaves))), f"the tiles of level {level}"
    leaves = [root(leaves[at : at + 256]) for at in range(0, len(leaves) - 255, 256)]
    level += 1
print(size)
