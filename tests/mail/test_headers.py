"""Header fields as they are written, and as they are miswritten."""

import time
from datetime import UTC, datetime, timedelta, timezone
from email.header import Header
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail.mime.addresses import parse_addresses
from mail.mime.charsets import decode
from mail.mime.dates import ODD_FORM, read_date
from mail.mime.headers import content_header, header_text

NOON = datetime(2002, 8, 27, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("=?utf-8?Q?what?=?=", "what?="),
        ("=?utf-8?B?w7zDvA==?= =?utf-8?B?w7w=?=", "üüü"),
        ("=?utf-8?B?w7w=w7w=?=", "üü"),
        ("a =?utf-8?q?=C3?=\n =?utf-8?q?=BC?= z", "a ü z"),
        ("=?utf-8?Q?f=C3=BCr", "für"),
        ("=?iso-8859-1?q?a b?=", "a b"),
        ("=?UTF-8*en?Q?a_b?=", "a b"),
        ("=?x-foo?Q?=E4?=", "ä"),
        ("=?ISO-2022-JP?B?GyRCLSEbKEI=?=", "①"),
        ("=?us-ascii?Q?=FCber?=", "über"),
        ("=?utf-8?x?abc?=", "=?utf-8?x?abc?="),
        ("1 =? 2 ?= 3", "1 =? 2 ?= 3"),
        ("folded\n\tline", "folded line"),
    ],
)
def test_encoded_words_are_read_however_they_are_broken(written: str, text: str) -> None:
    """RFC 2047, and what is sent in its name."""
    assert header_text(written.encode()) == text


@given(
    st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc", "Cf", "Zl", "Zp", "Zs")), min_size=1, max_size=120),
    st.sampled_from(["utf-8", "utf-16"]),
)
def test_what_the_standard_library_encodes_is_read_back(text: str, charset: str) -> None:
    """Long words, cut and folded."""
    encoded = Header(text, charset).encode(linesep="\n")
    assert header_text(encoded.encode()) == text


@pytest.mark.parametrize(
    ("written", "kind", "params"),
    [
        ("text/plain charset=utf-8", "text/plain", {"charset": "utf-8"}),
        ("text/plain; charset=us-ascii (Plain text)", "text/plain", {"charset": "us-ascii"}),
        ('text/html; charset="utf-8', "text/html", {"charset": "utf-8"}),
        ("application/pdf; name=foo bar.pdf", "application/pdf", {"name": "foo bar.pdf"}),
        ("x/y; name*0*=utf-8''%c3%bc; name*1=b.pdf", "x/y", {"name": "üb.pdf"}),
        ("x/y; name*1=b.pdf; name*0=a", "x/y", {"name": "ab.pdf"}),
        ("attachment; filename=\"utf-8''foo%20b.pdf\"", "attachment", {"filename": "foo b.pdf"}),
        ("attachment; filename*=foo.pdf", "attachment", {"filename": "foo.pdf"}),
        ('attachment; filename="=?utf-8?Q?=C3=BC.pdf?="', "attachment", {"filename": "ü.pdf"}),
        ("attachment; filename=a(1).pdf", "attachment", {"filename": "a(1).pdf"}),
        ("attachment; filename*=bogus'x'%ff; filename=plain", "attachment", {"filename": "ÿ"}),
        ("charset=utf-8", "", {"charset": "utf-8"}),
        (";;;", "", {}),
    ],
)
def test_parameters_are_read_however_they_are_broken(written: str, kind: str, params: dict[str, str]) -> None:
    """RFC 2045 and 2231, and what is sent in their name."""
    assert content_header(written.encode()) == (kind, params)


@pytest.mark.parametrize(
    "written",
    [
        "27 Aug 02 08:00 EDT",
        "Tue Aug 27 12:00:00 2002",
        "Tue Aug 27 08:00:00 EDT 2002",
        "mar., 27 août 2002 14:00:00 +0200",
        "27. Aug 2002 12:00",
        "27-Aug-2002 05:00:00 -0700",
        "2002-08-27T12:00:00Z",
        "2002-08-27 14:00:00.123 +02:00",
        "Tue, 27 Aug 2002 12:00 PM",
        "Tuesday, August 27th, 2002 at 12:00 GMT",
        "Tue, 27 Aug 102 12:00:00 -0000",
        "27 августа 2002 16:00:00 +0400",
        "Tue, 27 Aug 2002 12:00:00",
    ],
)
def test_dates_of_every_kind_are_read_and_told(written: str) -> None:
    """Obsolete zones, short years, other languages, ISO 8601."""
    assert read_date(written.encode()) == (NOON, ODD_FORM)


@pytest.mark.parametrize(
    "written",
    [
        "Tue, 27 Aug 2002 12:00:00 +0000",
        "Tue,27 Aug 2002 14:00 +0200 (CEST)",
        "Di, 27 Aug 2002 12:00:00 GMT",
        "Tue, 27 (day) Aug\n 2002 12 : 00 (noon) : 00 -0000",
        "Tue, 27 Aug 2002 08:00:00 EDT",
    ],
)
def test_dates_of_the_standard_are_no_defect(written: str) -> None:
    """RFC 5322 section 3.3, and 4.3 with its comments and blanks."""
    assert read_date(written.encode()) == (NOON, "")


@pytest.mark.parametrize(
    "written", ["", "yesterday", "31 Feb 2002 12:00:00 +0000", "1 Jan 1901 00:00:00 +0000", "9" * 300]
)
def test_what_is_no_date_is_told(written: str) -> None:
    """Never a guess that looks like one."""
    assert read_date(written.encode()) == (None, "Date cannot be read")


@given(
    st.datetimes(datetime(1970, 1, 2), datetime(2100, 12, 30)),
    st.integers(-14 * 4, 14 * 4).map(lambda quarters: timezone(timedelta(minutes=15 * quarters))),
)
def test_dates_survive_the_round_trip(date: datetime, zone: timezone) -> None:
    """Any zone of a quarter of an hour, to the second."""
    aware = date.replace(tzinfo=zone, microsecond=0)
    assert read_date(format_datetime(aware).encode()) == (aware, "")


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>", [("Pete", "pete@silly.test")]),
        ("@a,@b:c@d.test", [("", "c@d.test")]),
        ("<@relay.test:c@d.test>", [("", "c@d.test")]),
        ("Foo [mailto:a@b.test]", [("Foo", "a@b.test")]),
        ('"john doe"@example.com', [("", '"john doe"@example.com')]),
        ("A <a@x.test>; B <b@y.test>", [("A", "a@x.test"), ("B", "b@y.test")]),
        ("Friends: a@x.test, b@y.test;", [("", "a@x.test"), ("", "b@y.test")]),
        ("undisclosed-recipients:;", []),
        ("<>", []),
        ("a@x.test <b@y.test>", [("a@x.test", "b@y.test")]),
        ("=?utf-8?q?a=2C_b?= <a@x.test>", [("a, b", "a@x.test")]),
    ],
)
def test_addresses_are_read_however_they_are_written(written: str, found: list[tuple[str, str]]) -> None:
    """Routes, comments, groups, semicolons, and what Outlook copies."""
    assert [(one.name, one.address) for one in parse_addresses(written.encode())] == found


@pytest.mark.parametrize("piece", ['"', "(", "<", '"<', 'a "', "a,", "[mailto:", "=?utf-8?q?a?="])
def test_long_address_field_is_read_up_to_a_bound(piece: str) -> None:
    """The first mailboxes of a field that never ends are found, in a small part of a second."""
    start = time.process_time()
    found = parse_addresses(f"Ada <ada@x.test>, {piece * 100_000}".encode())
    assert found[0].address == "ada@x.test"
    assert time.process_time() - start < 1


@pytest.mark.parametrize(
    ("text", "codec", "claimed"),
    [
        ("Grüße – „schön“ für 5 €", "cp1252", "us-ascii"),
        ("Grüße – „schön“ für 5 €", "cp1252", "iso-8859-1"),
        ("Grüße", "utf-8", "iso-8859-1"),
        ("Здравствуйте, скажите пожалуйста, когда будет доставлен заказ?", "koi8-r", ""),
        ("Здравствуйте, скажите пожалуйста, когда будет доставлен заказ?", "cp1251", "us-ascii"),
        ("您好，请问我的订单什么时候可以送到？谢谢。", "gb18030", "gb2312"),
        ("您好，请问我的订单什么时候可以送到？谢谢。", "gb18030", "x-unknown"),
        ("您好，請問我的訂單什麼時候可以送到？謝謝。", "big5", "big5"),
        ("こんにちは。注文はいつ届きますか。", "iso2022_jp", "iso-2022-jp"),
        ("こんにちは。注文はいつ届きますか。", "iso2022_jp", ""),
        ("㈱カメラ①", "cp932", "shift_jis"),
        ("안녕하세요. 주문한 제품은 언제 도착하나요?", "cp949", "ks_c_5601"),
        ("安い price", "utf-7", "unicode-1-1-utf-7"),
        ("Zażółć gęślą jaźń", "cp1250", "win-1250"),
        ("naïve", "mac_roman", "macintosh"),
        ("plain", "utf-16", "utf-16"),
    ],
)
def test_text_is_decoded_whatever_charset_it_claims(text: str, codec: str, claimed: str) -> None:
    """What the label means in practice, and a guess where it means nothing."""
    assert decode(text.encode(codec), claimed)[0] == text
