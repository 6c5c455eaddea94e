"""`python -m bench.web ADDRESS…`: a small web page on port 80 of each address."""

import asyncio
import sys

PAGE = (
    b"<html><head><title>Intranet</title></head><body>" + b"<p>News</p>" * 400 + b"</body></html>"
)
ANSWER = (
    b"HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: text/html\r\n"
    b"Connection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(PAGE), PAGE)
)


async def main(addresses: list[str]) -> None:
    """Serve until killed; one line on standard output when all are listening."""
    servers = [await asyncio.start_server(_answer, address, 80) for address in addresses]
    print("listening", flush=True)
    await asyncio.gather(*(server.serve_forever() for server in servers))


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(ANSWER)
        await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass  # a scanner that only knocks
    finally:
        writer.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
