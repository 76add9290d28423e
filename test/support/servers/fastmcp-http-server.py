# An MCP server in Python on FastMCP over Streamable HTTP: `python fastmcp-http-server.py <port>`.
import sys

from fastmcp import Context, FastMCP

server = FastMCP('python-server', version='1.0.0')


@server.tool
def add(a: int, b: int) -> int:
    """Adds two numbers."""
    return a + b


@server.tool
async def steps(context: Context) -> str:
    """Reports its progress, and ends."""
    for step in range(3):
        await context.report_progress(step, 3)
    return 'done'


@server.tool
def fail() -> str:
    """Fails."""
    raise ValueError('it failed')


server.run(transport='http', host='127.0.0.1', port=int(sys.argv[1]), show_banner=False, log_level='ERROR')
