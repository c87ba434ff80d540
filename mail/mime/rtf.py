"""RTF as Outlook packs it: unpacked (MS-OXRTFCP), and read as plain text. Pictures, tables and styles are left out."""

import re

MAX_RTF = 2_000_000
"""Bytes of unpacked RTF that are read."""
_PRELOAD = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans Serif"
    rb"SymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    + b"\r\n"
    + rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
_WINDOW = 4_096
TOKEN = re.compile(r"\\'([0-9a-fA-F]{2})|\\([a-z]{1,32})(-?\d{1,10})? ?|\\([^a-z])|([{}])|[\r\n]+|([^\\{}\r\n]+)")
SILENT = frozenset("fonttbl colortbl stylesheet info pict object themedata listtable rsidtbl generator".split())
_SPOKEN = {"par": "\n", "line": "\n", "row": "\n", "tab": "\t", "cell": "\t", "emdash": "—", "endash": "–",
           "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”", "bullet": "•"}  # fmt: skip


def decompressed(data: bytes) -> bytes:
    """Compressed RTF unpacked, at most MAX_RTF bytes; what cannot be unpacked is left out."""
    if len(data) < 16 or data[8:12] == b"MELA":
        return data[16:MAX_RTF]
    if data[8:12] != b"LZFu":
        return b""
    window = bytearray(_PRELOAD.ljust(_WINDOW, b" "))
    place, out, at = len(_PRELOAD), bytearray(), 16
    while at < len(data) and len(out) < MAX_RTF:
        flags = data[at]
        at += 1
        for bit in range(8):
            if flags >> bit & 1:
                if at + 2 > len(data):
                    return bytes(out)
                token = int.from_bytes(data[at : at + 2], "big")
                at += 2
                source, length = token >> 4, (token & 15) + 2
                if source == place:
                    return bytes(out)
                copied = [source + n for n in range(length)]
            elif at < len(data):
                window[place] = data[at]
                out.append(data[at])
                place, at = (place + 1) % _WINDOW, at + 1
                continue
            else:
                return bytes(out)
            for origin in copied:
                byte = window[origin % _WINDOW]
                window[place] = byte
                out.append(byte)
                place = (place + 1) % _WINDOW
    return bytes(out)


def rtf_text(rtf: bytes) -> str:
    """The words of an RTF text; never raises."""
    out: list[str] = []
    silent: list[bool] = [False]
    skip = 0
    source = rtf[:MAX_RTF].decode("latin-1")
    charset = charset_of(source)
    raw = bytearray()
    for code, word, number, symbol, brace, text in TOKEN.findall(source):
        if code and not silent[-1]:
            if skip:
                skip -= 1
            else:
                raw.append(int(code, 16))
            continue
        if raw:
            out.append(decoded(bytes(raw), charset))
            raw.clear()
        if brace == "{":
            silent.append(silent[-1])
        elif brace == "}":
            if len(silent) > 1:
                silent.pop()
        elif word in SILENT or symbol == "*" or (word == "htmlrtf" and number != "0"):
            silent[-1] = True
        elif word == "htmlrtf":
            silent[-1] = False
        elif not silent[-1]:
            if word == "u" and number:
                out.append(chr(int(number) % 65_536))
                skip = 1
            elif word in _SPOKEN:
                out.append(_SPOKEN[word])
            elif symbol in ("\\", "{", "}"):
                out.append(symbol)
            elif symbol == "~":
                out.append(" ")
            elif text:
                out.append(text[skip:])
                skip = 0
    out.append(decoded(bytes(raw), charset))
    return "".join(out).encode("utf-16", "surrogatepass").decode("utf-16", "replace").strip()


def charset_of(source: str) -> str:
    """The code page of an RTF text, as a Python codec."""
    page = re.search(r"\\ansicpg(\d{3,5})", source[:500])
    return f"cp{page[1]}" if page else "cp1252"


def decoded(data: bytes, charset: str) -> str:
    try:
        return data.decode(charset, "replace")
    except LookupError:
        return data.decode("cp1252", "replace")
