"""What a file is, by its bytes. Only signs that leave no doubt count, since a name or a header may say anything.

Its own table and not a library's: those guess (a text that begins with BM is an image to them), give programs no media
type, and cannot tell a document with macros from one without.
"""

import io
import re
import struct
import zipfile

PROGRAM = "application/x-executable"
MAX_ENTRIES = 10_000
"""Files within an archive whose names are looked at."""
_HEAD = 1_024
_OFFICE = "application/vnd.openxmlformats-officedocument."
DOCX, XLSX, PPTX = (
    f"{_OFFICE}wordprocessingml.document",
    f"{_OFFICE}spreadsheetml.sheet",
    f"{_OFFICE}presentationml.presentation",
)
PDF, ZIP = "application/pdf", "application/zip"
_PREFIXES = (
    (b"%PDF-", PDF),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"{\\rtf", "application/rtf"),
    (b"\x1f\x8b\x08", "application/gzip"),
    (b"BZh9", "application/x-bzip2"),
    (b"\xfd7zXZ\0", "application/x-xz"),
    (b"7z\xbc\xaf'\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"MSCF\0\0\0\0", "application/vnd.ms-cab-compressed"),
    (b"\x28\xb5\x2f\xfd", "application/zstd"),
    (b"OggS\0", "application/ogg"),
    (b"fLaC", "audio/flac"),
    (b"ID3\x03", "audio/mpeg"),
    (b"ID3\x04", "audio/mpeg"),
    (b"SQLite format 3\0", "application/vnd.sqlite3"),
    (b"\x78\x9f\x3e\x22", "application/ms-tnef"),
    # programs, and what Windows runs at a double click
    (b"\x7fELF", PROGRAM),
    (b"\xfe\xed\xfa\xce", PROGRAM),
    (b"\xfe\xed\xfa\xcf", PROGRAM),
    (b"\xce\xfa\xed\xfe", PROGRAM),
    (b"\xcf\xfa\xed\xfe", PROGRAM),
    (b"\xca\xfe\xba\xbe", PROGRAM),
    (b"dex\n03", PROGRAM),
    (b"\0asm", PROGRAM),
    (b"L\0\0\0\x01\x14\x02\0", PROGRAM),
    (b"ITSF\x03\0\0\0", PROGRAM),
    (b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d", PROGRAM),
    (b"#!/", "text/x-script"),
    (b"#! /", "text/x-script"),
)
_PROGRAM_NAME = re.compile(
    r"\.(?:exe|scr|com|pif|bat|cmd|msi|msix|appx|dll|cpl|hta|jse?|vbs?|vbe|wsf|wsh|ws|ps1|psm1|lnk|url|jar|apk|app|dmg|"
    r"pkg|deb|rpm|sh|bash|command|scf|reg|chm|one|iso|img|vhdx?|xll|dotm|docm|xlsm|xltm|xlam|pptm|potm|ppam|ppsm|"
    r"appref-ms|library-ms|settingcontent-ms)$",
    re.IGNORECASE,
)
_SCRIPT_TYPES = frozenset(
    "application/x-msdownload application/x-msdos-program application/x-executable application/x-sh application/hta "
    "application/x-javascript application/javascript text/javascript text/x-script application/java-archive "
    "application/x-ms-shortcut text/vbscript application/x-bat application/x-msi application/x-sharedlib "
    "application/vnd.android.package-archive application/vnd.microsoft.portable-executable".split()
)
NO_TYPE = frozenset({"", "application/octet-stream", "application/x-octet-stream", "application/unknown", "text/plain"})
"""What programs write that do not know a file's type."""
_SAME = (
    {ZIP, "application/x-zip-compressed", "application/x-zip", "multipart/x-zip"},
    {"image/jpeg", "image/jpg", "image/pjpeg"},
    {"image/png", "image/x-png"},
    {PDF, "application/x-pdf"},
    {"application/rtf", "text/rtf", "application/msword"},
    {"application/gzip", "application/x-gzip", "application/x-compressed", "application/x-tar", "application/x-gtar",
     "application/x-compressed-tar"},
    {"application/ms-tnef", "application/vnd.ms-tnef"},
    {"video/mp4", "audio/mp4", "video/quicktime", "audio/x-m4a", "video/3gpp", "audio/m4a"},
    {"application/vnd.rar", "application/x-rar-compressed", "application/x-rar"},
    {"audio/wav", "audio/x-wav", "audio/wave"},
    {"audio/mpeg", "audio/mp3"},
    {"application/ogg", "audio/ogg", "video/ogg"},
    {"image/heic", "image/heif", "image/avif"},
    {"text/x-script", "application/x-sh", "text/x-python", "text/x-sh", "application/x-python", "text/x-shellscript",
     "application/x-perl", "text/x-perl"},
    {PROGRAM, "application/x-msdownload", "application/x-msdos-program", "application/x-sharedlib",
     "application/x-mach-binary", "application/vnd.microsoft.portable-executable", "application/java-vm",
     "application/wasm", "application/x-iso9660-image", "application/x-ms-shortcut", "application/vnd.ms-htmlhelp"},
)  # fmt: skip
_IN_ZIP = ("application/vnd.", "application/epub", "application/x-", "application/java", "model/", "image/")
_OLE_DOCUMENTS = (
    ("__substg1.0_", "application/vnd.ms-outlook"),
    ("WordDocument", "application/msword"),
    ("Workbook", "application/vnd.ms-excel"),
    ("PowerPoint Document", "application/vnd.ms-powerpoint"),
)


def type_by_content(data: bytes) -> str:
    """The media type that the bytes prove; empty when they prove none (plain text proves nothing)."""
    head = data[:_HEAD]
    for prefix, kind in _PREFIXES:
        if head.startswith(prefix):
            return kind
    if head.startswith(b"PK\x03\x04") or head.startswith(b"PK\x05\x06"):
        return _zip_type(data)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return next((kind for name, kind in _OLE_DOCUMENTS if name.encode("utf-16-le") in data), "application/x-ole")
    if head.startswith(b"MZ") and _is_windows_program(data):
        return PROGRAM
    if head[:4] == b"RIFF":
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}.get(head[8:12], "")
    if head[4:8] == b"ftyp":
        return "image/heic" if head[8:12] in (b"heic", b"heix", b"mif1", b"avif") else "video/mp4"
    if data[0x8001:0x8006] == b"CD001":
        return PROGRAM
    if (at := head.find(b"%PDF-")) > 0 and head[:at].strip(b"\r\n\t \0\xef\xbb\xbf") == b"":
        return PDF
    return ""


def same_type(said: str, proved: str) -> bool:
    """Whether two names are of one type, or `said` is the narrower of the two (many formats are ZIP archives)."""
    if said == proved or any(said in names and proved in names for names in _SAME):
        return True
    if proved == ZIP:
        return said.startswith(_IN_ZIP) and said not in (DOCX, XLSX, PPTX)
    return proved == "application/x-ole" and said.startswith(("application/vnd.", "application/ms"))


def danger(name: str, kind: str, data: bytes) -> str:
    """Why a file must never be opened, as the end of a sentence ("is a program"); empty when nothing speaks against it.

    `kind` is what it proved to be, or what it is said to be.
    """
    if kind in _SCRIPT_TYPES or _PROGRAM_NAME.search(name):
        return "is a program, or may run one"
    if kind.startswith((_OFFICE, "application/msword", "application/vnd.ms-", "application/x-ole")):
        macros = b"vbaProject.bin" in data or "_VBA_PROJECT".encode("utf-16-le") in data
        return "holds macros" if macros else ""
    if kind == ZIP and any(_PROGRAM_NAME.search(entry) for entry in zip_names(data)):
        return "is an archive with a program in it"
    return ""


def zip_names(data: bytes) -> list[str]:
    """Names in the directory of a ZIP archive, which is not unpacked; none when it is broken."""
    return [entry.filename for entry in zip_entries(data)]


def zip_entries(data: bytes) -> list[zipfile.ZipInfo]:
    """The directory of a ZIP archive up to MAX_ENTRIES; none when it is broken."""
    if data.count(b"PK\x01\x02") > MAX_ENTRIES:
        return []  # reading a directory of millions takes seconds
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, struct.error, UnicodeError, IndexError):
        return []


def _zip_type(data: bytes) -> str:
    names = set(zip_names(data))
    if "[Content_Types].xml" in names:
        folders = {name.partition("/")[0] for name in names}
        return next((kind for folder, kind in (("word", DOCX), ("xl", XLSX), ("ppt", PPTX)) if folder in folders), ZIP)
    if names & {"META-INF/MANIFEST.MF", "AndroidManifest.xml"}:
        return "application/java-archive"
    if "mimetype" in names and data[30:38] == b"mimetype":
        declared = data[38:130].split(b"PK", 1)[0].decode("ascii", "replace").strip()
        return declared if re.fullmatch(r"application/[a-z0-9.+-]{3,80}", declared) else ZIP
    return ZIP


def _is_windows_program(data: bytes) -> bool:
    """The old DOS header points at the new one (Microsoft PE format, section 2.1); a text may begin with MZ too."""
    if len(data) < 64:
        return False
    (at,) = struct.unpack_from("<I", data, 60)
    return data[at : at + 2] in (b"PE", b"NE", b"LE", b"LX") or b"\0" in data[2:64]
