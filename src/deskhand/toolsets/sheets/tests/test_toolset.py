"""The sheets tools over MCP: answers, their length, errors, resources, the workflow."""

import json
import sys
from pathlib import Path

import anyio
import mcp_types as types
import pytest
from mcp.client.client import ConnectMode

from deskhand.reference import tool_tokens
from deskhand.server.binding import bind_tools
from deskhand.testing import call, check_toolset, client_of, refusal, services, serving, text_of
from deskhand.toolsets.sheets.tests.client import ERAS, cost, sheets_client
from deskhand.toolsets.sheets.toolset import Sheets, SheetsSettings

pytestmark = pytest.mark.anyio
WITHOUT_LIBRARIES = """
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("duckdb", "python_calamine", "matplotlib", "xlsxwriter"):
            raise ImportError(name)
sys.meta_path.insert(0, Missing())
import deskhand.toolsets.sheets.toolset
"""


def test_the_toolset_keeps_the_rules() -> None:
    assert [finding.sentence for finding in check_toolset(Sheets) if not finding.excuse] == []


def test_the_four_tools_cost_at_most_900_tokens(tmp_path: Path) -> None:
    tools = bind_tools(Sheets(SheetsSettings(), services(tmp_path)))
    assert [tool.sdk.name for tool in tools] == ["sheet_inspect", "sheet_query", "sheet_chart", "sheet_write"]
    assert sum(map(tool_tokens, tools)) <= 900


async def test_the_toolset_is_there_without_its_libraries() -> None:
    done = await anyio.run_process([sys.executable, "-c", WITHOUT_LIBRARIES])
    assert done.returncode == 0


async def test_without_its_libraries_each_tool_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deskhand.toolsets.sheets.backend.LIBRARIES", {"no_such_library": "no-such-library"})
    async with sheets_client(tmp_path) as (client, _, _):
        for tool, arguments in (
            ("sheet_inspect", {"file": "sales.csv"}),
            ("sheet_query", {"sql": "FROM sales", "files": ["sales.csv"]}),
            ("sheet_chart", {"sql": "FROM sales", "files": ["sales.csv"], "kind": "bar"}),
            ("sheet_write", {"file": "a.csv", "rows": [["a"]]}),
        ):
            assert 'no-such-library, not installed here. Install: pip install "deskhand[sheets]"' in await refusal(
                client, tool, **arguments
            )
    health = await Sheets(SheetsSettings(), services(tmp_path / "other")).health()
    assert (health.state, health.detail) == ("down", "Not installed: no-such-library.")


@ERAS
async def test_a_file_is_looked_into(mode: ConnectMode, tmp_path: Path) -> None:
    async with sheets_client(tmp_path, mode=mode) as (client, _, _):
        result = await client.call_tool("sheet_inspect", {"file": "sales.csv"})
        found = result.structured_content
        assert found
        assert found["table"] == {"name": "sales", "rows": 6, "columns": 7}
        assert [column["name"] for column in found["columns"]][:2] == ["region", "day"]
        assert found["columns"][1]["span"] == "2025-01-01 … 2025-02-03"
        assert found["untrusted"] is True
        assert "- quantity BIGINT: 1 … 6; 6 distinct" in text_of(result)
        assert cost(result) <= 400


async def test_inspecting_says_what_is_there_instead(tmp_path: Path) -> None:
    async with sheets_client(tmp_path) as (client, _, _):
        missing = await client.call_tool("sheet_inspect", {"file": "sale.csv"})
        assert missing.is_error
        assert "sales.csv" in text_of(missing)
        assert "no sheet" in await refusal(client, "sheet_inspect", file="sales.csv", sheet="Totals")
        assert "workspace" in await refusal(client, "sheet_inspect", file="../secret.csv")


@ERAS
async def test_files_are_joined_in_one_question(mode: ConnectMode, tmp_path: Path) -> None:
    async with sheets_client(tmp_path, mode=mode) as (client, _, _):
        answer = await call(
            client,
            "sheet_query",
            sql="SELECT manager, sum(quantity) AS items FROM sales JOIN people USING (region) GROUP BY 1 ORDER BY 1",
            files=["sales.csv", "people.csv"],
        )
    assert answer["columns"] == ["manager", "items"]
    assert answer["rows"] == [["ann", 11], ["bob", 5], ["eve", 5]]
    assert (answer["total"], answer.get("all_rows")) == (3, None)


async def test_a_long_answer_is_cut_visibly_and_kept_whole(tmp_path: Path) -> None:
    async with sheets_client(tmp_path) as (client, _, _):
        sql = "SELECT i AS id, 'customer number ' || i AS name, i * 1.1 AS amount FROM range(5000) t(i)"
        result = await client.call_tool("sheet_query", {"sql": sql, "files": "sales.csv"})
        answer = result.structured_content
        assert answer
        assert answer["total"] == 5_000
        assert 5 < len(answer["rows"]) < 50
        assert cost(result) <= 400
        assert f"({len(answer['rows'])} of 5,000 rows; all in {answer['all_rows']}.)" in text_of(result)
        (link,) = [block for block in result.content if isinstance(block, types.ResourceLink)]
        assert link.uri == answer["all_rows"]
        counted = await call(client, "sheet_query", sql="SELECT count(*), max(id) FROM result", files=[link.uri])
        assert counted["rows"] == [[5_000, 4_999]]
        more = await call(client, "sheet_query", sql=sql, files=["sales.csv"], max_rows=100)
        assert len(more["rows"]) == 100


async def test_wide_and_wordy_rows_stay_short(tmp_path: Path) -> None:
    async with sheets_client(tmp_path) as (client, _, _):
        columns = ", ".join(f"repeat('words and words ', 30) AS column_number_{n}" for n in range(60))
        result = await client.call_tool("sheet_query", {"sql": f"SELECT {columns}", "files": "sales.csv"})
        answer = result.structured_content
        assert answer
        assert cost(result) <= 400
        assert f"First {len(answer['columns'])} of 60 columns." in answer["note"]
        assert answer["all_rows"].startswith("result://")


async def test_a_wide_file_is_described_shortly(tmp_path: Path) -> None:
    async with sheets_client(tmp_path) as (client, workspace, _):
        names = [f"measurement of the sensor {n}" for n in range(300)]
        (workspace / "wide.csv").write_text(f"{','.join(names)}\n{','.join('1' for _ in names)}\n")
        result = await client.call_tool("sheet_inspect", {"file": "wide.csv"})
        assert cost(result) <= 400
        found = result.structured_content
        assert found, text_of(result)
        assert found["more_columns"] + len(found["columns"]) == 300
        detailed = await client.call_tool("sheet_inspect", {"file": "wide.csv", "detail": "detailed"})
        assert 400 < cost(detailed) <= 2_000


async def test_hidden_characters_of_cells_are_shown(tmp_path: Path) -> None:
    async with sheets_client(tmp_path) as (client, workspace, _):
        (workspace / "odd.csv").write_text('name,n\n"a\u202eb\u200bc",1\n"line\nbreak",2\n')
        answer = await call(client, "sheet_query", sql="SELECT name FROM odd ORDER BY n", files="odd.csv")
        assert answer["rows"] == [["a\\u202eb\\u200bc"], ["line\\nbreak"]]


async def test_wrong_sql_is_told_with_what_there_is(tmp_path: Path) -> None:
    async with sheets_client(tmp_path) as (client, _, _):
        wrong = await client.call_tool("sheet_query", {"sql": "SELECT amount FROM sales", "files": "sales.csv"})
        assert wrong.is_error
        assert "There is no column amount" in text_of(wrong)
        assert "quantity" in text_of(wrong)
        denied = await refusal(client, "sheet_query", sql="SELECT * FROM '/etc/passwd'", files="sales.csv")
        assert "root:" not in denied
        assert "no result 'none'" in await refusal(client, "sheet_query", sql="SELECT 1", files="result://none")


async def test_a_slow_question_tells_progress_and_can_be_cancelled(tmp_path: Path) -> None:
    async with sheets_client(tmp_path) as (client, _, _):
        with anyio.move_on_after(1.5) as scope:
            await client.call_tool(
                "sheet_query",
                {"sql": "SELECT count(*) FROM range(10000000000) a(x), range(100) b(y)", "files": "sales.csv"},
            )
        assert scope.cancelled_caught
        with anyio.fail_after(20):
            assert (await call(client, "sheet_query", sql="SELECT 1 AS one", files="sales.csv"))["rows"] == [[1]]


async def test_reading_a_large_file_reports_progress(tmp_path: Path) -> None:
    reported: list[float] = []

    async def told(progress: float, total: float | None, message: str | None) -> None:
        reported.append(progress)

    async with sheets_client(tmp_path) as (client, _, _):
        made = {"file": "big.xlsx", "sql": "SELECT i, i % 7 AS d, 'text ' || i AS t FROM range(40000) r(i)"}
        await call(client, "sheet_write", **made)
        await client.call_tool(
            "sheet_query", {"sql": "SELECT sum(i) FROM big", "files": "big.xlsx"}, progress_callback=told
        )
    assert reported == sorted(reported)
    assert reported[-1] > 0


async def test_a_sheet_is_a_resource(tmp_path: Path) -> None:
    async with sheets_client(tmp_path) as (client, workspace, _):
        (workspace / "docs").mkdir()
        (workspace / "docs" / "more sales.csv").write_text("a,b\n1,2\n")
        (workspace / "notes.txt").write_text("no spreadsheet")
        uris = [str(resource.uri) for resource in (await client.list_resources()).resources]
        assert uris == ["sheet://docs%2Fmore%20sales.csv/-", "sheet://people.csv/-", "sheet://sales.csv/-"]
        (read,) = (await client.read_resource(uris[0])).contents
        assert isinstance(read, types.TextResourceContents)
        assert json.loads(read.text)["table"]["name"] == "more_sales"
        reference = types.ResourceTemplateReference(type="ref/resource", uri="sheet://{file}/{sheet}")
        completed = await client.complete(reference, {"name": "file", "value": "docs%2F"})
        assert completed.completion.values == ["docs%2Fmore%20sales.csv"]


async def test_the_workflow_names_its_steps_and_a_gate_before_writing(tmp_path: Path) -> None:
    async with sheets_client(tmp_path) as (client, _, _):
        told = await client.get_prompt("analyse_spreadsheet", {"file": "sales.csv", "question": "Who sells most?"})
        (message,) = told.messages
        assert isinstance(message.content, types.TextContent)
        assert "Who sells most?" in message.content.text
        assert "5. STOP first: ask me" in message.content.text
        reference = types.PromptReference(type="ref/prompt", name="analyse_spreadsheet")
        completed = await client.complete(reference, {"name": "file", "value": "sa"})
        assert completed.completion.values == ["sales.csv"]


async def test_an_empty_workspace_gets_samples_once(tmp_path: Path) -> None:
    for expected in (["sales.csv", "sales.xlsx"], []):
        async with serving(Sheets, folder=tmp_path) as server, client_of(server) as client:
            assert sorted(path.name for path in (tmp_path / "workspace").glob("samples/*")) == expected
            if expected:
                totals = [
                    (await call(client, "sheet_query", sql="SELECT sum(units), max(month) FROM sales", files=file))[
                        "rows"
                    ]
                    for file in ("samples/sales.csv", "samples/sales.xlsx")
                ]
                assert totals[0] == totals[1]
        for path in sorted((tmp_path / "workspace").rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()


async def test_a_workspace_in_use_gets_no_samples(tmp_path: Path) -> None:
    async with sheets_client(tmp_path) as (_, workspace, _):
        assert sorted(path.name for path in workspace.iterdir()) == ["people.csv", "sales.csv"]


async def test_a_file_over_the_limit_is_not_read(tmp_path: Path) -> None:
    async with sheets_client(tmp_path, settings={"max_file_bytes": 100}) as (client, _, _):
        assert "more than the limit of 100" in await refusal(client, "sheet_inspect", file="sales.csv")
