"""A TCP proxy that a test puts between two who talk, to cut them off from each other or to hold
up what they say."""
import asyncio
import socket
import struct
import threading

DEADLINE_S = 10.0

_loop = asyncio.new_event_loop()
threading.Thread(target=_loop.run_forever, daemon=True).start()


class Proxy:
    """Listens at .port and passes everything on to a port of this machine, ends included.

    All proxies run on one event loop in a thread of its own; every method may be called from any
    thread. What waits while it is stalled is limited by the buffers of asyncio and of the kernel:
    behind them the sender waits, nothing is dropped.
    """

    def __init__(self, target_port):
        self._target_port = target_port
        self._links = []  # for each connection: the writers of its two ends
        _call(self._listen())

    async def _listen(self):
        self._flow = asyncio.Event()
        self._flow.set()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    def close(self):
        async def close():
            self._server.close()
            self._flow.set()
        _call(close())
        self.cut()

    def connections(self):
        return len(self._links)

    # --- faults ---

    def cut(self):
        """Resets all connections, both ends of each; returns how many there were."""
        async def cut():
            for link in self._links:
                _reset(link)
            return len(self._links)
        return _call(cut())

    def stall(self):
        """From now on nothing passes, in neither direction: no byte, no new connection, no end."""
        async def stall():
            self._flow.clear()
        _call(stall())

    def go_on(self):
        async def go_on():
            self._flow.set()
        _call(go_on())

    # --- a connection ---

    async def _serve(self, near_reader, near_writer):
        link = [near_writer]
        self._links.append(link)
        try:
            await self._flow.wait()
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target_port)
            link.append(far_writer)
            if near_writer.transport.is_closing():
                raise ConnectionResetError("cut while it came to be")
            await asyncio.gather(self._pass_on(near_reader, far_writer),
                                 self._pass_on(far_reader, near_writer))
            for writer in link:
                writer.close()
        except OSError:
            await self._flow.wait()
            _reset(link)
        finally:
            self._links.remove(link)

    async def _pass_on(self, reader, writer):
        while data := await reader.read(65536):
            await self._flow.wait()
            writer.write(data)
            await writer.drain()
        await self._flow.wait()
        writer.write_eof()


def _reset(link):
    for writer in link:
        end = writer.get_extra_info("socket")
        if not writer.transport.is_closing():
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()


def _call(coroutine):
    return asyncio.run_coroutine_threadsafe(coroutine, _loop).result(DEADLINE_S)
