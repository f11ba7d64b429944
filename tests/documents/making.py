"""Documents made for tests: small ones, and hostile ones."""

import io
import zipfile
from collections.abc import Sequence
from typing import Any

import xlsxwriter  # pyright: ignore[reportMissingTypeStubs]
import xlwt  # pyright: ignore[reportMissingTypeStubs]
from docx import Document
from pypdf import PdfReader, PdfWriter


def pdf(*pages: str) -> bytes:
    """A PDF with a line of text on each page, written out by hand (ISO 32000-1, 7.5)."""
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number, text in enumerate(pages):
        stream = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET"
        box = "/MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R >> >>"
        objects.append(f"<< /Type /Page /Parent 2 0 R {box} /Contents {5 + 2 * number} 0 R >>")
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    out = io.BytesIO(b"%PDF-1.4\n")
    out.seek(0, io.SEEK_END)
    offsets: list[int] = []
    for number, body in enumerate(objects, 1):
        offsets.append(out.tell())
        out.write(f"{number} 0 obj\n{body}\nendobj\n".encode())
    start = out.tell()
    rows = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    size = len(objects) + 1
    out.write(f"xref\n0 {size}\n0000000000 65535 f \n{rows}trailer\n<< /Size {size} /Root 1 0 R >>\n".encode())
    out.write(f"startxref\n{start}\n%%EOF\n".encode())
    return out.getvalue()


def docx() -> bytes:
    document = Document()
    document.add_heading("Minutes", level=1)
    document.add_paragraph("We met on Monday.")
    table = document.add_table(rows=1, cols=2)
    table.cell(0, 0).text = "Anna"
    table.cell(0, 1).text = "agrees"
    document.add_paragraph("The end\u202e.")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def xlsx(**sheets: Sequence[Sequence[object]]) -> bytes:
    """A workbook with these rows on its sheets."""
    out = io.BytesIO()
    book: Any = xlsxwriter.Workbook(out, {"default_date_format": "yyyy-mm-dd"})
    with book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return out.getvalue()


def xls(rows: Sequence[Sequence[object]]) -> bytes:
    """The same in the format before XLSX."""
    book: Any = xlwt.Workbook()
    sheet = book.add_sheet("Sheet1")
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            sheet.write(number, column, value)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def protected_xlsx() -> bytes:
    """The compound file in which an encrypted workbook lies, as its directory looks ([MS-CFB] 2.6.1)."""
    data = bytearray(xls([["secret"]]))
    entry = data.index("Workbook".encode("utf-16-le"))
    name = "EncryptedPackage".encode("utf-16-le")
    data[entry : entry + 66] = name.ljust(64, b"\0") + (len(name) + 2).to_bytes(2, "little")
    return bytes(data)


def ods(*rows: Sequence[str], encrypted: bool = False) -> bytes:
    """An OpenDocument spreadsheet, or what an encrypted one says of itself (OpenDocument 1.3, part 2, 4.8.2)."""
    cell = "<table:table-cell office:value-type='string'><text:p>{}</text:p></table:table-cell>".format
    lines = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
    space = "urn:oasis:names:tc:opendocument:xmlns"
    spaces = " ".join(f"xmlns:{name}='{space}:{name}:1.0'" for name in ("office", "table", "text", "manifest"))
    table = f"<office:spreadsheet><table:table table:name='One'>{lines}</table:table></office:spreadsheet>"
    content = f"<office:document-content {spaces}><office:body>{table}</office:body></office:document-content>"
    data = "<manifest:encryption-data/>" if encrypted else ""
    entry = f"<manifest:file-entry manifest:full-path='content.xml' manifest:media-type='text/xml'>{data}"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr(
            "META-INF/manifest.xml", f"<manifest:manifest {spaces}>{entry}</manifest:file-entry></manifest:manifest>"
        )
    return out.getvalue()


def protected_pdf() -> bytes:
    """A PDF that nobody opens without its password."""
    writer = PdfWriter()
    writer.append_pages_from_reader(PdfReader(io.BytesIO(pdf("secret"))))
    writer.encrypt("password", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def zip_bomb(member: str) -> bytes:
    """An archive of some hundred kilobytes whose `member` has 256 MiB."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open(member, "w", force_zip64=True) as file,
    ):
        for _ in range(256):
            file.write(bytes(1024 * 1024))
    return out.getvalue()


def with_member(archive: bytes, name: str, content: bytes) -> bytes:
    """The archive with the content of one member replaced."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as before, zipfile.ZipFile(out, "w") as after:
        for member in before.namelist():
            after.writestr(member, content if member == name else before.read(member))
    return out.getvalue()
