"""The server of the Model Context Protocol: what each tool does with what an agent sends."""

from __future__ import annotations

import logging
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.errors import SourcierError, UsageError
from qa.in_turn import ask_in_turn
from qa.service import Service, fields_of, read_many
from qa.turnstile import Entrance
from qa.web.agent_text import as_text
from qa.web.agent_tools import INSTRUCTIONS, TOOLS, AgentTool, Nothing

if TYPE_CHECKING:
    from mcp import types
    from mcp.server.lowlevel import Server
    from starlette.types import Scope

_TOOLS = {tool.name: tool for tool in TOOLS}
_log = logging.getLogger(__name__)


def agent_server(service: Service, turnstile: Entrance) -> Server[Any, Any]:
    """Return the server that offers the tools, to be run on any transport.

    :raises UsageError: if the package `mcp` is not installed.
    """
    try:
        from mcp import types
        from mcp.server.lowlevel import Server
    except ModuleNotFoundError:
        raise UsageError("agents are served by the package mcp: pip install 'sourcier[mcp]'") from None

    logging.getLogger().addFilter(_shortened)
    # The SDK's FastMCP would read a .env file where it is started and set up the logging of the
    # whole process; and it tells a bad argument in several lines.
    server: Server[Any, Any] = Server("sourcier", version=_version(), instructions=INSTRUCTIONS)

    async def list_tools(_: types.ListToolsRequest) -> types.ServerResult:
        return types.ServerResult(types.ListToolsResult(tools=[_listed(tool) for tool in TOOLS]))

    async def call_tool(request: types.CallToolRequest) -> types.ServerResult:
        asked = request.params
        came = server.request_context.request  # over HTTP
        scope = came.scope if came else {}
        return types.ServerResult(await _call(service, turnstile, asked.name, asked.arguments or {}, scope))

    server.request_handlers[types.ListToolsRequest] = list_tools
    server.request_handlers[types.CallToolRequest] = call_tool
    return server


def _listed(tool: AgentTool) -> types.Tool:
    from mcp import types

    return types.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        inputSchema=tool.inputs,
        outputSchema=tool.outputs,
        annotations=types.ToolAnnotations(
            title=tool.title, readOnlyHint=True, destructiveHint=False, idempotentHint=True, openWorldHint=False
        ),
    )


async def _call(
    service: Service, turnstile: Entrance, name: str, arguments: dict[str, Any], scope: Scope
) -> types.CallToolResult:
    from mcp import McpError, types

    from qa.web.rate import charge

    if name not in _TOOLS:
        raise McpError(types.ErrorData(code=types.INVALID_PARAMS, message=f"no tool is named {name!r}"))
    try:
        read = _read(_TOOLS[name], arguments)
        charge(scope, len(read_many(**read)) if name == "ask_many" else int(name != "documents"))
        told = await (
            ask_in_turn(service, turnstile, **read)
            if name == "ask_many"
            else turnstile.run(getattr(service, name), **read)
        )
    except SourcierError as error:
        return types.CallToolResult(content=[types.TextContent(type="text", text=str(error))], isError=True)
    except Exception:
        _log.exception("the tool %s failed", name)
        failed = types.TextContent(type="text", text="Sourcier failed on this call: its log says why")
        return types.CallToolResult(content=[failed], isError=True)
    return types.CallToolResult(content=[types.TextContent(type="text", text=as_text(told))], structuredContent=told)


def _read(tool: AgentTool, arguments: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments for a tool; null is what many agents say for one that is left out.

    :raises UsageError: if it takes no such argument.
    """
    if tool.takes is Nothing:
        return {}
    fields = tool.takes.model_fields
    told = {name: value for name, value in fields_of(arguments, tuple(fields)).items() if value is not None}
    return {**{name: None for name, field in fields.items() if field.is_required()}, **told}


def _shortened(record: logging.LogRecord) -> bool:
    """Leave one line of what the SDK logs, as the root logger itself, of a request that it cannot read."""
    if "mcp" in Path(record.pathname).parts:
        record.msg, record.args = record.getMessage().partition("\n")[0], ()
    return True


def _version() -> str | None:
    try:
        return version("sourcier")
    except PackageNotFoundError:
        return None
