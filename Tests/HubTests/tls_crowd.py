#!/usr/bin/env python3
"""Keeps many TLS connections open at once, asks over each, and goes away without a word: tls_crowd.py PORT CA COUNT"""
import asyncio, ssl, sys

port, ca, count = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
context = ssl.create_default_context(cafile=ca)
gate = asyncio.Semaphore(20)


async def client():
    async with gate:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, ssl_handshake_timeout=30)
    return reader, writer


async def ask(reader, writer, path, wanted):
    writer.write(f"GET {path} HTTP/1.1\r\nHost: hub\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    length = [int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    if length:
        await reader.readexactly(length[0])
    return head.startswith(f"HTTP/1.1 {wanted}".encode())


async def main():
    clients = await asyncio.gather(*[client() for _ in range(count)])
    # Twice over each: all of them are there at the same time.
    for _ in range(2):
        answers = await asyncio.gather(*[ask(*one, "/nothing", 404) for one in clients])
    print(sum(answers), flush=True)
    # Some watch, some have asked for more than they will ever take, and nobody says goodbye.
    for reader, writer in clients[::3]:
        writer.write(b"GET /api/v1/events HTTP/1.1\r\nHost: hub\r\n\r\n" * 3)
    await asyncio.sleep(0.5)
    for _, writer in clients:
        writer.transport.abort()

asyncio.run(main())
