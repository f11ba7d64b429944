"""The core toolset, through a real MCP client."""

import pytest
from mcp_types import CallToolResult, ResourceLink, TextContent, TextResourceContents

from deskhand.testing import client_of, serving
from deskhand.toolsets.core.toolset import Core

pytestmark = pytest.mark.anyio


async def call(name: str, arguments: dict[str, object]) -> CallToolResult:
    async with serving(Core) as server, client_of(server) as client:
        return await client.call_tool(name, arguments)


@pytest.mark.parametrize(
    ("a", "b", "product"),
    [
        (6, 7, "42"),
        (
            "123456789012345678901234567890",
            "987654321098765432109876543210",
            "121932631137021795226185032733622923332237463801111263526900",
        ),
        (123456789012345678901234567890, 2, "246913578024691357802469135780"),
        (0.1, 0.2, "0.02"),
        ("0.1", "-0.2", "-0.02"),
        ("1e-9", "1e9", "1"),
        (0, "-5", "0"),
        ("2.50", "4", "10"),
        (1e22, 1, "10000000000000000000000"),
    ],
)
async def test_multiplying_is_exact(a: object, b: object, product: str) -> None:
    result = await call("multiply", {"a": a, "b": b})
    assert result.structured_content == {"product": product}
    assert result.content == [TextContent(type="text", text=product)]


@pytest.mark.parametrize("factor", ["twelve", "", "1,5", "NaN", "Infinity", "٣", "e5"])
async def test_what_is_not_a_decimal_number_is_refused_with_an_example(factor: str) -> None:
    result = await call("multiply", {"a": factor, "b": 1})
    assert result.is_error
    assert isinstance(result.content[0], TextContent)
    assert "a " in result.content[0].text


@pytest.mark.parametrize("factor", ["1" * 1_000_001, "1e1000001", "1e999999999999", "-1e-1000001"])
async def test_a_factor_beyond_a_million_digits_is_refused_with_the_limit(factor: str) -> None:
    result = await call("multiply", {"a": 1, "b": factor})
    assert isinstance(result.content[0], TextContent)
    assert result.content[0].text == "b has more than 1,000,000 digits when written out, which is the most."


async def test_a_product_of_many_digits_is_kept_whole_behind_a_link() -> None:
    async with serving(Core) as server, client_of(server) as client:
        result = await client.call_tool("multiply", {"a": "1" + "0" * 200_000, "b": 7})
        link = next(block for block in result.content if isinstance(block, ResourceLink))
        last = (await client.read_resource(f"{link.uri}?offset={200_000}")).contents[0]
    assert not result.is_error
    assert isinstance(last, TextResourceContents)
    assert last.text.strip('0"}') == ""


async def test_a_truth_value_is_not_a_number() -> None:
    assert (await call("multiply", {"a": True, "b": 1})).is_error


async def test_a_misspelt_argument_is_named() -> None:
    result = await call("multiply", {"a": 1, "b": 2, "c": 3})
    assert result.is_error
    assert isinstance(result.content[0], TextContent)
    assert result.content[0].text == "multiply has no argument c. It takes: a, b."


async def test_a_missing_argument_is_named() -> None:
    result = await call("multiply", {"a": 1})
    assert isinstance(result.content[0], TextContent)
    assert result.content[0].text == "Invalid arguments for multiply: b: Field required."


async def test_the_status_names_each_toolset_and_the_user() -> None:
    result = await call("deskhand_status", {})
    assert result.structured_content is not None
    assert result.structured_content["user"] == "local"
    assert [line["name"] for line in result.structured_content["toolsets"]] == ["core"]


async def test_the_status_takes_no_arguments() -> None:
    assert (await call("deskhand_status", {"verbose": True})).is_error
