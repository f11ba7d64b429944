"""Workbooks and text files of any size for `bench.sheets`, written as programs write them, only faster."""

import zipfile
from collections.abc import Iterator
from pathlib import Path

REGIONS = ("north", "south", "east", "west")
HEAD = ("id", "day", "region", "customer", "product", "quantity", "price", "amount", "paid", "note")
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
    '<Override PartName="/xl/styles.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>'
    '<Override PartName="/xl/sharedStrings.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
    '<sheet name="Sales" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/>'
    f'<Relationship Id="rId3" Type="{_OFFICE}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
    "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><fonts count="1"><font/></fonts>'
    '<fills count="1"><fill><patternFill patternType="none"/></fill></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="2"><xf/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>',
}


def write_workbook(path: Path, rows: int) -> None:
    """An xlsx with one sheet: so many rows of ten columns, texts shared, as Excel saves them."""
    texts = [
        *HEAD,
        *REGIONS,
        *(f"customer {n}" for n in range(5000)),
        *(f"product {n}" for n in range(300)),
        "ok",
        "late",
    ]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, text in _PARTS.items():
            archive.writestr(name, text)
        shared = "".join(f"<si><t>{text}</t></si>" for text in texts)
        archive.writestr("xl/sharedStrings.xml", f'<sst xmlns="{_MAIN}">{shared}</sst>')
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(f'<worksheet xmlns="{_MAIN}"><dimension ref="A1:J{rows + 1}"/><sheetData>'.encode())
            for line in _lines(rows):
                sheet.write(line.encode())
            sheet.write(b"</sheetData></worksheet>")


def _lines(rows: int) -> Iterator[str]:
    head = "".join(f'<c r="{"ABCDEFGHIJ"[index]}1" t="s"><v>{index}</v></c>' for index in range(len(HEAD)))
    yield f'<row r="1">{head}</row>'
    for row in range(2, rows + 2):
        price = row * 7919 % 10_000 / 100
        quantity = row % 9 + 1
        yield (
            f'<row r="{row}" spans="1:10"><c r="A{row}"><v>{row - 1}</v></c><c r="B{row}" s="1"><v>{45_000 + row % 700}'
            f'</v></c><c r="C{row}" t="s"><v>{10 + row % 4}</v></c><c r="D{row}" t="s"><v>{14 + row % 5000}</v></c>'
            f'<c r="E{row}" t="s"><v>{5014 + row % 300}</v></c><c r="F{row}"><v>{quantity}</v></c>'
            f'<c r="G{row}"><v>{price}</v></c><c r="H{row}"><v>{quantity * price:.2f}</v></c>'
            f'<c r="I{row}" t="b"><v>{row % 3 // 2}</v></c><c r="J{row}" t="s"><v>{5314 + row % 10 // 9}</v></c></row>'
        )


def write_csv(path: Path, rows: int) -> None:
    """A CSV file with six columns."""
    with path.open("w") as file:
        file.write("id,day,region,customer,quantity,price\n")
        for row in range(rows):
            file.write(
                f"{row},2024-{row % 12 + 1:02}-{row % 28 + 1:02},{REGIONS[row % 4]},customer {row % 5000},{row % 9},"
                f"{row * 7919 % 10_000 / 100}\n"
            )
