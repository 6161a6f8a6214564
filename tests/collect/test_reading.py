"""What a file is: format, encoding, delimiter, header."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import unicodedata
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dangol.collect import Limits, encodings, read, read_rows
from dangol.schema import FileError
from tests.budget import examples

Save = Callable[..., Path]
CSV = "이름,이메일,수량\n김단골,a@shop.kr,3\n이손님,b@shop.kr,4\n"


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("cp949", "cp949"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
    ],
)
def test_encodings_are_found_from_all_bytes(save: Save, encoding: str, found: str) -> None:
    # The letters come late, so that a look at the first bytes would not do; UTF-16 without a mark needs some ASCII.
    text = CSV + "plain,c@shop.kr,5\n" * 200
    reading = read(save(text.encode(encoding)))
    assert reading.encoding == found
    assert reading.header == ("이름", "이메일", "수량")
    assert reading.sample[0] == {"이름": "김단골", "이메일": "a@shop.kr", "수량": "3"}


def test_a_late_cp949_letter_is_seen(save: Save) -> None:
    text = "a,b\n" + "x,y\n" * 400_000 + "책,상\n"
    assert read(save(text.encode("cp949"))).encoding == "cp949"


def test_mixed_lines_are_mixed(save: Save) -> None:
    body = b"name,memo\n" + "김단골,가나\n".encode() + "이손님,다라\n".encode("cp949")
    assert read(save(body)).encoding == "utf-8+cp949"


@pytest.mark.parametrize("mark", [",", "\t", ";", "|"])
def test_delimiters_are_found(save: Save, mark: str) -> None:
    reading = read(
        save(
            mark.join(["a", "b", "c"])
            + "\n"
            + mark.join(["1,5", "x", "2.0"] if mark != "," else ["1", "x", "2"])
            + "\n"
        )
    )
    assert (reading.delimiter, reading.header) == (mark, ("a", "b", "c"))


def test_digest_is_of_the_file_as_it_lies(save: Save) -> None:
    path = save(gzip.compress(CSV.encode()), "a.csv.gz")
    assert read(path).digest == hashlib.sha256(path.read_bytes()).hexdigest()


def test_packed_files_read_like_plain_ones(save: Save) -> None:
    plain = read(save(CSV))
    for name, body in (("a.gz", gzip.compress(CSV.encode())), ("a.zst", zstandard.compress(CSV.encode()))):
        packed = read(save(body, name))
        assert (packed.header, packed.sample, packed.format) == (plain.header, plain.sample, "csv")


def test_names_are_nfc(save: Save) -> None:
    body = unicodedata.normalize("NFD", CSV)
    reading = read(save(body, unicodedata.normalize("NFD", "고객명단.csv")))
    assert reading.name == "고객명단.csv"
    assert reading.header[0] == "이름"


def test_same_and_empty_names_become_distinct(save: Save) -> None:
    assert read(save("수량,,수량,수량\n1,2,3,4\n")).header == ("수량", "column 2", "수량 (2)", "수량 (3)")


def test_a_notice_above_the_header_is_skipped(save: Save) -> None:
    known = "상품주문번호,주문번호,구매자ID,상품번호,수량\n1,2,a,3,1\n"
    reading = read(save("개인정보 보호를 위해 주의하세요,,,,\n" + known))
    assert (reading.header_row, reading.header[0]) == (2, "상품주문번호")
    unknown = read(save("매출 내역\n날짜,매장,금액\n2026-01-01,종로,5\n"))
    assert unknown.header == ("날짜", "매장", "금액")


def test_json_lines_flatten_and_keep_late_keys(save: Save) -> None:
    lines = [{"user_id": "u1", "context": {"channel": "web"}}, {"user_id": "u2", "late": [1, 2]}]
    reading = read(save("\n".join(map(json.dumps, lines))))
    assert reading.format == "jsonl"
    assert reading.header == ("user_id", "context.channel", "late")
    assert reading.sample[1]["late"] == "[1,2]"


def test_parquet(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"번호": [1, 2], "값": [1.5, None]}), path)
    reading = read(path)
    assert (reading.format, reading.header, reading.sample[1]) == ("parquet", ("번호", "값"), {"번호": "2", "값": None})


def test_html_that_is_called_xls(save: Save) -> None:
    body = "<html><head><meta charset='euc-kr'></head><body><table><tr><th>주문번호</th><th>금액</th></tr>"
    body += "<tr><td rowspan=2>A1</td><td>1,000</td></tr><tr><td>2,000</td></tr></table></body></html>"
    reading = read(save(body.encode("cp949"), "orders.xls"))
    assert (reading.format, reading.encoding) == ("html", "cp949")
    assert [dict(r) for r in reading.sample] == [
        {"주문번호": "A1", "금액": "1,000"},
        {"주문번호": "A1", "금액": "2,000"},
    ]


def test_xlsx_merged_cells_fill_and_whole_numbers_stay_whole(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["주문번호", "수량", "전화"], ["A1", 2, 1012345678], [None, 3, 1012345679]):
        sheet.append(row)
    sheet.merge_cells("A2:A3")
    book.save(tmp_path / "a.xlsx")
    reading = read(tmp_path / "a.xlsx")
    assert reading.sample[1] == {"주문번호": "A1", "수량": "3", "전화": "1012345679"}


@example(table=[["", "||"], ["|", "||"]])
@given(st.lists(st.lists(st.text(alphabet="ab가,\"\n '|", max_size=6), min_size=2, max_size=2), min_size=1, max_size=8))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(60), deadline=None)
def test_what_csv_writes_is_read_back(tmp_path_factory: pytest.TempPathFactory, table: list[list[str]]) -> None:
    import csv as writer

    from dangol.collect.reading import numbered_rows

    text = io.StringIO()
    out = writer.writer(text, lineterminator="\n", quoting=writer.QUOTE_ALL)
    out.writerows([["one", "two"], *table])
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    assert [list(cells or ()) for _, cells, _ in numbered_rows(read(path))] == table


# -- bad input -----------------------------------------------------------------------------------------------------------
def bomb(tmp_path: Path) -> Path:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (80 << 20))
    return path


def test_a_truncated_gzip_is_refused(save: Save) -> None:
    body = gzip.compress((CSV * 5000).encode())
    with pytest.raises(FileError, match="cut off"):
        read(save(body[: len(body) // 2], "a.csv.gz"))
    zst = zstandard.compress(bytes(range(256)) * 4000 + CSV.encode() * 500)
    with pytest.raises(FileError):
        read(save(zst[: len(zst) // 2], "a.csv.zst"))


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_a_bomb_is_refused(save: Save, pack: Callable[[bytes], bytes]) -> None:
    with pytest.raises(FileError, match="no export does"):
        read(save(pack(b"a,b\n" + b"1,1\n" * (20 << 20)), "bomb"))


def test_a_zip_bomb_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="unpacks to"):
        read(bomb(tmp_path))


def test_ten_thousand_columns_are_refused(save: Save) -> None:
    with pytest.raises(FileError, match="10,000 columns"):
        read(save(",".join(f"c{i}" for i in range(10_000)) + "\n"))


def test_a_line_of_100_mb_is_refused(save: Save) -> None:
    with pytest.raises(FileError, match="longer than 8 MiB"):
        read(save(b"a,b\n1," + b"x" * (100 << 20) + b"\n2,3\n"))
    with pytest.raises(FileError, match="longer than"):
        read(save(b"a,b\n\xb0\xa1," + b"x" * 3000 + b"\n"), limits=Limits(line=1000))


@pytest.mark.parametrize(
    ("name", "body", "words"),
    [
        ("empty.csv", b"", "empty"),
        ("a.xlsx", b"PK\x03\x04 not a zip at all", "cut off|damaged"),
        ("a.parquet", b"PAR1 nothing here", "damaged"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "damaged|not one"),
        ("a.jsonl", b'{"a": \n', "no line"),
    ],
)
def test_broken_files_say_what_to_do(save: Save, name: str, body: bytes, words: str) -> None:
    with pytest.raises(FileError, match=words) as caught:
        read(save(body, name))
    assert caught.value.hint.en


def test_noise_as_csv_is_told_what_can_be_done(save: Save) -> None:
    noise = bytes(range(128, 256)) * 40
    with pytest.raises(FileError, match="no row") as caught:
        read(save(noise + b"\n" + noise, "noise.csv"))
    assert "UTF-8" in caught.value.hint.en
    assert "encoding" not in caught.value.hint.en  # there is no such option


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(FileError):
            read(path)


def test_protected_xlsx_needs_its_password(tmp_path: Path) -> None:
    import msoffcrypto.format.ooxml as ooxml

    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["이름", "휴대전화"])
    book.active.append(["김단골", "010-1234-5678"])
    plain = io.BytesIO()
    book.save(plain)
    plain.seek(0)
    path = tmp_path / "locked.xlsx"
    with path.open("wb") as out:
        ooxml.OOXMLFile(plain).encrypt("1234", out)
    with pytest.raises(FileError, match="password") as caught:
        read(path)
    assert "--password" in caught.value.hint.en
    with pytest.raises(FileError, match="does not open"):
        read(path, password="9999")
    opened = read(path, password="1234")
    assert opened.sample[0]["휴대전화"] == "010-1234-5678"
    assert opened.format == "xlsx"


def test_a_reading_does_not_show_its_rows(save: Save) -> None:
    assert "김단골" not in repr(read(save(CSV)))


def test_rows_keep_their_numbers() -> None:
    reading = read_rows([{"row": 7, "이름": "김단골"}, {"row": 9, "이름": None, "수량": 3}])
    assert (reading.format, reading.header) == ("rows", ("이름", "수량"))
    assert [n for n, _ in reading.rows] == [7, 9]


@settings(max_examples=examples(500), deadline=None)
@given(st.one_of(st.binary(max_size=12), st.text(max_size=8).map(lambda t: t.encode("utf-8", "surrogatepass"))))
@example("책".encode() * 3)
def test_utf8_is_told_however_a_file_is_cut(text: bytes) -> None:
    """Against Python's own decoder, with the pieces of the file ending anywhere, inside a character too."""
    try:
        text.decode("utf-8")
        valid = True
    except UnicodeDecodeError:
        valid = False
    for cut in range(len(text) + 1):
        found = encodings.find([text[:cut], text[cut:]], Limits(), "file")
        if not found.encoding.startswith("utf-16"):  # a mark, or zeros in every second byte, say more
            assert found.encoding.startswith("utf-8") == valid
