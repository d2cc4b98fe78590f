"""Small files of every kind, real enough for what reads their content."""

import io
import zipfile

PDF = b"%PDF-1.7 test"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF"
PNG = b"\x89PNG\r\n\x1a\n0000IHDR"
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def office(*parts: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as container:
        for part in parts:
            container.writestr(part, "<xml/>")
    return content.getvalue()


DOCX = office("[Content_Types].xml", "word/document.xml")
XLSX = office("[Content_Types].xml", "xl/workbook.xml")
MACROS = office("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin")
OTHER_ZIP = office("readme.txt")
EXE = b"MZ\x90\x00" + bytes(64)
