"""HTML that Outlook wraps into RTF and means to be taken out again (MS-OXRTFEX section 2.1.3)."""

from dataclasses import dataclass, replace

from mail.mime.rtf import MAX_RTF, SILENT, TOKEN, charset_of, decoded

MAX_GROUPS = 1_000
"""Groups that may be open in one another; no program nests a tenth of that."""
_SPOKEN = {"par": "\n", "line": "\n", "tab": "\t"}
_OPENING = 1_000
"""Bytes at the start in which the mark of wrapped HTML stands."""


@dataclass(frozen=True, slots=True)
class _Group:
    silent: bool = False
    for_rtf: bool = False
    """Within `htmlrtf`: the RTF's own rendering of what the HTML says already."""

    @property
    def speaks(self) -> bool:
        return not (self.silent or self.for_rtf)


def wrapped_html(rtf: bytes) -> str:
    """The HTML inside `rtf`; empty where it holds none. Never raises, linear time."""
    if b"\\fromhtml1" not in rtf[:_OPENING]:
        return ""
    source = rtf[:MAX_RTF].decode("latin-1")
    charset = charset_of(source)
    out: list[str] = []
    raw = bytearray()
    groups = [_Group()]
    starred, skip = False, 0
    for code, word, number, symbol, brace, text in TOKEN.findall(source):
        if code:
            if skip:
                skip -= 1
            elif groups[-1].speaks:
                raw.append(int(code, 16))
            continue
        if raw:
            out.append(decoded(bytes(raw), charset))
            raw.clear()
        if brace == "{" and len(groups) < MAX_GROUPS:
            groups.append(groups[-1])
        elif brace == "}" and len(groups) > 1:
            groups.pop()
        elif symbol == "*":
            starred = True
            continue
        elif word == "htmlrtf":
            groups[-1] = replace(groups[-1], for_rtf=number != "0")
        elif word in SILENT or (starred and word != "htmltag"):
            groups[-1] = replace(groups[-1], silent=True)
        elif groups[-1].speaks:
            if word == "u" and number:
                out.append(chr(int(number) % 65_536))
                skip = 1
                continue
            out.append(_SPOKEN.get(word, symbol if symbol in ("\\", "{", "}") else text[skip:]))
            if symbol == "~":
                out.append("&nbsp;")
        starred = False
        skip = 0 if text else skip
    out.append(decoded(bytes(raw), charset))
    return "".join(out).encode("utf-16", "surrogatepass").decode("utf-16", "replace").strip()
