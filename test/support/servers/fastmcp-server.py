# A stdio MCP server in Python on FastMCP, for the test of servers in other languages.
from typing import Literal

from fastmcp import FastMCP

server = FastMCP('python-server', version='1.0.0')


@server.tool
def add(a: int, b: int) -> int:
    """Adds two numbers."""
    return a + b


@server.tool
def paint(color: Literal['red', 'green']) -> str:
    """Paints."""
    return color


@server.tool
def fail() -> str:
    """Fails."""
    raise ValueError('it failed')


server.run(show_banner=False)
