"""The generated part of the docs: what the code declares, as Markdown between two markers."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, cast, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from deskhand.context.tokens import estimate
from deskhand.errors import InvalidInput
from deskhand.server.binding import BoundTool, bind_prompts, bind_resources, bind_tools
from deskhand.toolset import Toolset

BEGIN = "<!-- generated:begin -->"
END = "<!-- generated:end -->"


def replaced(document: str, block: str) -> str:
    """The document with what stands between the markers replaced by `block`.

    Raises:
        InvalidInput: the document has no markers, or more than one pair.
    """
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end or BEGIN in after:
        raise InvalidInput(f"Expected one {BEGIN} and one {END} in the document.")
    return f"{before}{BEGIN}\n{block.strip()}\n{END}{after}"


def toolset_block(toolset: Toolset) -> str:
    """Tools, resources, prompts and settings of one toolset."""
    tools, resources, prompts = bind_tools(toolset), bind_resources(toolset), bind_prompts(toolset)
    lines = ["## Tools", "", f"{len(tools)} tools, about {sum(map(tool_tokens, tools))} tokens in `tools/list`.", ""]
    for tool in tools:
        lines += _tool_lines(tool)
    if resources:
        lines += ["## Resources", "", "| URI | what | type | watched |", "|---|---|---|---|"]
        lines += [
            f"| `{bound.mark.uri}` | {_first_line(bound.description)} | {bound.mark.mime_type} "
            f"| {'yes' if bound.mark.watched else 'no'} |"
            for bound in resources
        ]
        lines.append("")
    if prompts:
        lines += ["## Prompts", "", "| prompt | arguments | what |", "|---|---|---|"]
        lines += [
            f"| `{prompt.sdk.name}` | {', '.join(argument.name for argument in prompt.sdk.arguments or [])} "
            f"| {_first_line(prompt.sdk.description or '')} |"
            for prompt in prompts
        ]
        lines.append("")
    lines += ["## Settings", "", *_settings_lines(type(toolset).Settings, f"toolsets.{toolset.name}")]
    return "\n".join(lines)


def tool_tokens(tool: BoundTool) -> int:
    """Estimated tokens one tool costs in `tools/list`: name, description and input schema, as models are shown them."""
    described = tool.described
    return estimate(json.dumps([described.name, described.description, described.input_schema], ensure_ascii=False))


def settings_block(model: type[BaseModel]) -> str:
    """A table for each section of the settings tree."""
    return "\n".join(_sections(model, ""))


def _sections(model: type[BaseModel], prefix: str, about: str | None = None) -> Iterator[str]:
    sections = {name: found for name, field in model.model_fields.items() if (found := _section(field.annotation))}
    yield f"## {prefix or 'Top level'}\n"
    if about:
        yield f"{about}\n"
    yield from _rows({name: field for name, field in model.model_fields.items() if name not in sections}, prefix)
    for name, (below, section) in sections.items():
        about = model.model_fields[name].description
        yield ""
        yield from _sections(section, f"{prefix}.{name}{below}".strip("."), about)


def _section(annotation: Any) -> tuple[str, type[BaseModel]] | None:
    """The model of a field that is a section, and what is written between: `.NAME` where there is one per name.

    A section that need not be there is one, too.
    """
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "", annotation
    arguments = get_args(annotation)
    if get_origin(annotation) is dict:
        found = _section(arguments[1])
        return found and (".NAME", found[1])
    return next(filter(None, map(_section, arguments)), None) if type(None) in arguments else None


def _settings_lines(model: type[BaseModel], prefix: str) -> list[str]:
    return list(_rows(model.model_fields, prefix)) if model.model_fields else ["None."]


def _rows(fields: dict[str, FieldInfo], prefix: str) -> Iterator[str]:
    if not fields:
        return
    yield "| key | environment | type | default | what |"
    yield "|---|---|---|---|---|"
    for name, field in fields.items():
        key = f"{prefix}.{name}".strip(".")
        # Such a variable gives the content of the file to the key without that end, where there is one.
        is_content = name.endswith("_file") and name.removesuffix("_file") in fields
        variable = "" if is_content else f"`DESKHAND_{key.replace('.', '__').upper()}`"
        yield f"| `{key}` | {variable} | {_type(field.annotation)} | {_default(field)} | {field.description or ''} |"


def _type(annotation: Any) -> str:
    if annotation is SecretStr:
        return "secret"
    if get_origin(annotation) is None:
        return getattr(annotation, "__name__", str(annotation)).replace("NoneType", "none")
    arguments = [argument for argument in get_args(annotation) if argument is not type(None) and argument is not ...]
    if all(isinstance(argument, str) for argument in arguments):
        return " or ".join(f"`{argument}`" for argument in arguments)
    if get_origin(annotation) is tuple:
        return f"list of {_type(arguments[0])}"
    return " or ".join(_type(argument) for argument in arguments)


def _default(field: FieldInfo) -> str:
    if field.default_factory is not None:
        return "see text"
    if field.is_required():
        return "required"
    default = field.default
    return "" if default is None or default == () else f"`{json.dumps(default, default=str)}`"


def _tool_lines(tool: BoundTool) -> list[str]:
    mark = tool.mark
    kind = "reads" if mark.read_only else "destructive, asks first" if mark.destructive else "writes"
    traits = [kind, "open world" if mark.open_world else "local", f"scope `{tool.scope}`"]
    lines = [f"### {tool.sdk.name}", "", tool.described.description or "", "", f"*{', '.join(traits)}.*", ""]
    properties = cast("dict[str, dict[str, Any]]", tool.sdk.parameters.get("properties", {}))
    required = cast("list[str]", tool.sdk.parameters.get("required", []))
    if properties:
        lines += ["| argument | required | what |", "|---|---|---|"]
        lines += [
            f"| `{name}` | {'yes' if name in required else 'no'} | {_first_line(schema.get('description', ''))} |"
            for name, schema in properties.items()
        ]
        lines.append("")
    return lines


def _first_line(text: str) -> str:
    return text.strip().split("\n")[0].replace("|", "\\|")


def tools_block(toolsets: Sequence[Toolset]) -> str:
    """One table of every tool of every toolset."""
    lines = ["| tool | toolset | kind | world | tokens | what |", "|---|---|---|---|---|---|"]
    total = 0
    for toolset in toolsets:
        for tool in bind_tools(toolset):
            mark, tokens = tool.mark, tool_tokens(tool)
            total += tokens
            kind = "read" if mark.read_only else "destructive" if mark.destructive else "write"
            lines.append(
                f"| `{tool.sdk.name}` | {toolset.name} | {kind} | {'open' if mark.open_world else 'local'} "
                f"| {tokens} | {_first_line(tool.described.description or '')} |"
            )
    return "\n".join([*lines, "", f"About {total} tokens in all."])
