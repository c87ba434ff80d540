"""Mail signed in the clear (RFC 9580 section 7), read without its armour."""

import re

_ARMOUR = re.compile(r"-----(BEGIN|END) PGP (SIGNED MESSAGE|SIGNATURE)-----\s*$")


def without_armour(text: str) -> str:
    """The words of a clear-signed message, without its signature (RFC 9580 section 7)."""
    if "-----BEGIN PGP SIGN" not in text:
        return text
    out: list[str] = []
    inside = header = False
    for line in text.split("\n"):
        mark = _ARMOUR.match(line)
        if mark:
            inside = mark[1] == "BEGIN" and mark[2] == "SIGNATURE"
            header = mark[1] == "BEGIN" and not inside
        elif header and line.strip():
            header = line.startswith(("Hash:", "Charset:", "Comment:", "NotDashEscaped:"))
            if not header:
                out.append(line.removeprefix("- "))
        elif not inside:
            header = False
            out.append(line.removeprefix("- "))
    return "\n".join(out)
