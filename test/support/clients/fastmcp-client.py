# A client in Python on FastMCP: `python fastmcp-client.py <url>` calls each tool and prints what came of it as JSON.
import asyncio
import json
import sys

from fastmcp import Client


async def main() -> None:
    progress = []

    async def on_progress(done, total, message) -> None:
        progress.append(done)

    async with Client(sys.argv[1], progress_handler=on_progress) as client:
        tools = sorted(tool.name for tool in await client.list_tools())
        added = (await client.call_tool('add', {'a': 2, 'b': 3})).data
        done = (await client.call_tool('steps')).data
        failed = (await client.call_tool('fail', raise_on_error=False)).is_error
        refused = (await client.call_tool('add', {'a': 'x', 'b': 3}, raise_on_error=False)).is_error
    print(json.dumps([tools, added, done, failed, refused, progress]))


asyncio.run(main())
