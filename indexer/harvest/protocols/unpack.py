"""Files packed with gzip, unpacked as far as a bound allows."""

from __future__ import annotations

import zlib

from indexer.harvest.item import Unreadable

MAGIC = b"\x1f\x8b"
MOST = 20_000_000  # bytes


def unpacked(body: bytes, what: str, most: int = MOST) -> bytes:
    """The content of a gzip file; what is not packed comes back as it is. `what` names it in messages.

    Raises Unreadable where it is damaged or holds more than `most` bytes.
    """
    pieces: list[bytes] = []
    size = 0
    while body.startswith(MAGIC):
        stream = zlib.decompressobj(31)
        try:
            piece = stream.decompress(body, most - size + 1)
        except zlib.error as error:
            raise Unreadable(f"{what} is a damaged gzip file: {error}") from None
        size += len(piece)
        if size > most:
            raise Unreadable(f"{what} holds more than {most // 1_000_000} MB when unpacked")
        if not stream.eof:
            raise Unreadable(f"{what} is a gzip file that breaks off")
        pieces.append(piece)
        body = stream.unused_data
    return b"".join(pieces) if pieces else body
