"""Text tables as programs and people write them: headers, separators, numbers, and missing values."""

import sys

import numpy as np
import pytest

from moviemaker.core.errors import InputError
from moviemaker.core.kinds import build
from moviemaker.data.density import Density
from moviemaker.data.particles import Particles
from moviemaker.data.readers.tables import open_file, open_rows

ROWS = [[1, 0.5, 1.5, 2.5, 10], [2, 1.5, 2.5, 3.5, 20], [3, 2.5, 3.5, 4.5, 30]]
NAMES = ["id", "x", "y", "z", "m"]


def lines(separator, head, fmt="{:g}", comma=False, ends=""):
    rows = [separator.join(fmt.format(value) for value in row) for row in ROWS]
    return "\n".join([*head, *((row.replace(".", ",") if comma else row) + ends for row in rows)]) + "\n"


def commented(*comments, sign="#"):
    return [f"{sign} {comment}" for comment in comments]


HEADERS = {
    "comma": lines(",", ["id,x,y,z,m"]),
    "comma and space": lines(", ", ["id, x, y, z, m"]),
    "quoted": lines(",", ['"id","x","y","z","m"']),
    "quoted numbers": lines(",", ["id,x,y,z,m"], '"{:g}"'),
    "tab": lines("\t", ["id\tx\ty\tz\tm"]),
    "bar": lines(" | ", [" id | x | y | z | m", "----+---+---+---+---"]),
    "spaces": lines("    ", ["  id x   y z m"]),
    "right-aligned": lines(" ", [" id        x        y        z        m"], "{:8.3f}"),
    "trailing separator": lines(",", ["id,x,y,z,m,"], ends=","),
    "trailing separator without one above": lines(";", ["id;x;y;z;m"], ends=";"),
    "trailing spaces": lines(" ", ["id x y z m   "], ends="   "),
    "semicolon and decimal comma": lines(";", ["id;x;y;z;m"], comma=True),
    "tab and decimal comma": lines("\t", ["id\tx\ty\tz\tm"], comma=True),
    "spaces and decimal comma": lines(" ", ["id x y z m"], comma=True),
    "spaces and decimal comma, names with commas": lines("  ", ["# id, x, y, z, m"], comma=True),
    "comma in the second row": "id;x;y;z;m\n1;0.5;1.5;2.5;10\n2;1,5;2,5;3,5;20\n3;2.5;3.5;4.5;30\n",
    "last comment": lines(" ", commented("made by code v1.2 today", "units: kpc", "id x y z m")),
    "comments with other signs": lines(" ", commented("run of today", "id x y z m", sign="%")),
    "comments of Fortran": lines(" ", commented("id x y z m", sign="!")),
    "comments of C": lines(",", commented("id, x, y, z, m", sign="//")),
    "comments with semicolons": lines(" ", commented("id x y z m", sign=";")),
    "a comment of five words below the names": lines(
        " ", commented("id x y z m", "positions of stars in kpc", "----------------")
    ),
    "a comment between the rows": lines(" ", ["id x y z m"]).replace("2 1.5", "# a remark\n\n2 1.5"),
    "comment with other separators": lines(" ", commented("id, x, y, z, m")),
    "comment with a word before": lines(" ", commented("columns: id x y z m")),
    "numbered names": lines(" ", commented("(1) id (2) x (3) y (4) z (5) m")),
    "numbered names of other codes": lines(" ", commented("[1]=id  [2]=x  [3]=y  [4]=z  [5]=m")),
    "numbered names with colons": lines(" ", commented("1:id 2:x 3:y 4:z 5:m")),
    "one comment for each column": lines(
        " ", commented("  1 id   Running number", "  2 x  along x [kpc]", "  3 y", "  4 z", "  5 m  Mass")
    ),
    "blank lines": "\n\n" + lines(",", ["id,x,y,z,m", ""]),
    "units in brackets": lines(",", ["id,x [kpc],y [kpc],z [kpc],m [Msun]"]),
    "units in parentheses": lines("\t", ["id\tx (kpc)\ty (kpc)\tz (kpc)\tm (10^10 Msun)"]),
    "units without a space": lines(" ", ["# id x[kpc] y[kpc] z(kpc) m(M_sun)"]),
    "units with spaces": lines(" ", ["# id x [kpc] y [kpc] z [kpc] m [10^10 Msun]"]),
    "units below": lines(",", ["id,x,y,z,m", ",kpc,kpc,kpc,Msun"]),
    "units below in comments": lines(" ", commented("id x y z m", "- kpc kpc kpc Msun")),
    "units in brackets below": lines(" ", commented("id x y z m", "[] [kpc] [kpc] [kpc] [g]")),
    "units and dashes below": lines(
        "\t", ["#a catalogue", "id\tx\ty\tz\tm", " \tkpc\tkpc\tkpc\tMsun", "---\t--\t--\t--\t--"]
    ),
    "types below": lines(",", ["id,x,y,z,m", "int,float,float,float,float"]),
    "a title above": lines(",", ["Snapshot of the run", "id,x,y,z,m"]),
    "ECSV": lines(" ", [*commented("%ECSV 1.0", "---", "datatype:", "- {name: id, datatype: int64}"), "id x y z m"]),
    "the first bytes of UTF-8": "\ufeff" + lines(",", ["id,x,y,z,m"]),
    "ends of Windows": lines(",", ["id,x,y,z,m"]).replace("\n", "\r\n"),
    "ends of old Macs": lines(",", ["id,x,y,z,m"]).replace("\n", "\r"),
    "no end": lines(",", ["id,x,y,z,m"]).rstrip("\n"),
    "Fortran": lines("  ", [" id x y z m"], "{:.6e}").replace("e", "D"),
    "Fortran, lower case": lines(" ", ["# id x y z m"], "{:.6e}").replace("e", "d"),
    "exponents": lines(",", ["id,x,y,z,m"], "{:.4E}"),
    "signs": lines(",", ["id,x,y,z,m"], "{:+g}"),
}


@pytest.fixture(params=["with pyarrow", "without pyarrow"])
def arrow(request, monkeypatch):
    if request.param == "without pyarrow":
        monkeypatch.setitem(sys.modules, "pyarrow", None)


@pytest.mark.parametrize("text", HEADERS.values(), ids=HEADERS.keys())
def test_a_table_is_read_whatever_its_header(tmp_path, arrow, text):
    path = tmp_path / "a.dat"
    path.write_bytes(text.encode())
    found = open_file(path)
    assert list(found.arrays) == NAMES
    np.testing.assert_array_equal(np.transpose([stored.read(None) for stored in found.arrays.values()]), ROWS)
    assert (found.missing, found.text) == ({}, {})
    pieces = list(open_rows(path).pieces(["m", "x"]))
    np.testing.assert_array_equal(np.concatenate([piece["m"] for piece in pieces]), [10, 20, 30])
    np.testing.assert_array_equal(np.concatenate([piece["x"] for piece in pieces]), [0.5, 1.5, 2.5])


def columns_of(tmp_path, text, encoding="utf-8"):
    (tmp_path / "t.csv").write_bytes(text.encode(encoding))
    return {name: stored.read(None) for name, stored in open_file(tmp_path / "t.csv").arrays.items()}


def test_units_are_told(tmp_path):
    for name in ("units in brackets", "units with spaces", "units and dashes below", "units below in comments"):
        (tmp_path / "a.txt").write_text(HEADERS[name])
        units = open_file(tmp_path / "a.txt").units
        assert (units["x"], units["m"][-4:]) == ("kpc", "Msun"), name
        assert "id" not in units


def test_other_brackets_stay_in_names(tmp_path):
    found = columns_of(tmp_path, "log(M),pos[0],v [km/s],v [kpc/Gyr],Points:1,T(K)\n1,2,3,4,5,6\n")
    assert list(found) == ["log(M)", "pos[0]", "v [km/s]", "v [kpc/Gyr]", "Points:1", "T"]


@pytest.mark.parametrize(
    "names",
    [
        "Points:0,Points:1,Points:2", "Points_0,Points_1,Points_2", "pos[0],pos[1],pos[2]", "POS_X,POS_Y,POS_Z",
        "position.x,position.y,position.z", "x_kpc,y_kpc,z_kpc", "x (kpc),y (kpc),z (kpc)",
        "Coordinates_0,coordinates_1,coordinates_2",
    ],
)  # fmt: skip
def test_usual_names_of_positions(tmp_path, names):
    (tmp_path / "a.csv").write_text(f"mass,{names}\n5,1,2,3\n6,4,5,6\n")
    source = build(Particles, {"kind": "particles", "file": "a.csv"}).open(tmp_path)
    np.testing.assert_array_equal(source.at(0).position, [[1, 2, 3], [4, 5, 6]])
    assert "mass" in source.fields
    density = build(Density, {"kind": "density", "file": "a.csv", "method": "histogram", "shape": 2}).open(tmp_path, {})
    assert density.at(0).fields["density"].sum() > 0


@pytest.mark.parametrize(
    "gap", ["", "NA", "N/A", "null", "NULL", "None", "nan", "NaN", "-", "--", "***", "#N/A", "masked", ".", "1.#QNAN"]
)
@pytest.mark.parametrize("separator", [",", ";", "\t", " "])
def test_missing_values_are_counted(tmp_path, arrow, gap, separator):
    if not gap and separator == " ":
        gap = '""'
    rows = ["id,x,y,z,m", f"1,0.5,1.5,2.5,{gap}", "2,1.5,2.5,3.5,10", f"3,2.5,3.5,4.5,{gap}", f"4,{gap},0,0,5"]
    (tmp_path / "a.csv").write_text("\n".join(rows).replace(",", separator))
    found = open_file(tmp_path / "a.csv")
    assert dict(found.missing) == {"x": 1, "m": 2}
    np.testing.assert_array_equal(found.arrays["m"].read(None), [np.nan, 10, np.nan, 5])
    (piece,) = open_rows(tmp_path / "a.csv").pieces(["m", "x"])
    np.testing.assert_array_equal(piece["m"], [np.nan, 10, np.nan, 5])
    np.testing.assert_array_equal(piece["x"], [0.5, 1.5, 2.5, np.nan])


def test_numbers_of_fortran(tmp_path, arrow):
    found = columns_of(tmp_path, "x y z a b\n 1.5D+02 2.5d-1 1.Q0 1.5-103 .5+100\n1 2 3 4 5\n")
    assert [column[0] for column in found.values()] == [150, 0.25, 1, 1.5e-103, 0.5e100]
    found = columns_of(tmp_path, "x,y,z,n\n1.5D+02,2.5d-1,1.Q0,a\n1,2,3,b\n")
    assert found["x"].tolist() == [150, 1]


def test_text_stays_text_and_truths_are_numbers(tmp_path, arrow):
    text = "x,y,z,name,flag,bound,code\n1,2,3,ab,True,F,1_0\n4,5,6,,false,T,2\n7,8,9,7,NA,T,3\n"
    found = columns_of(tmp_path, text)
    assert found["name"].tolist() == ["ab", "", "7"]
    assert found["code"].tolist() == ["1_0", "2", "3"]  # Python would read 10
    np.testing.assert_array_equal(found["flag"], [1, 0, np.nan])
    np.testing.assert_array_equal(found["bound"], [0, 1, 1])
    assert dict(open_file(tmp_path / "t.csv").text) == {"name": "'ab' in row 1", "code": "'1_0' in row 1"}


def test_whole_numbers_stay_exact_beside_words_and_gaps(tmp_path, arrow):
    for more in ("", ",name"):
        text = f"id,x,y,z{more}\n9007199254740993,1,2,NA{more}\n18446744073709551615,1,2,3{more}\n"
        assert columns_of(tmp_path, text)["id"].tolist() == [9007199254740993, 18446744073709551615]
    assert columns_of(tmp_path, "id,x\n-9007199254740993,1\n")["id"].tolist() == [-9007199254740993]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('x,y,z\n"1,234.5",2,3\n', r"'1,234.5' in the column 'x' has separators of thousands"),
        ("x;y;z\n1.234,5;2;3\n", r"'1.234,5' in the column 'x' has separators of thousands"),
        ("x;y;z\n1'234;2;3\n", r"\"1'234\" in the column 'x' has separators of thousands"),
        ("x;y;z\n1.234;2;3\n4;5,5;6\n", "it holds both '5,5' and '1.234'"),
        ("x;y;z\n0,5;2;3\n4;1.234;6\n", "has separators of thousands|it holds both"),
        ("x,y,x\n1,2,3\n", "two columns are called 'x'"),
        ("x,y,z\n1,2,3\n1,2\n", "row 2 has 2 columns where 3 are named"),
        ("# one\n1,2,3,4\n", "no line above its rows names their 4 columns"),
        ("", "it is empty"),
        ("# \n\n", "it is empty"),
    ],
)  # fmt: skip
def test_tables_that_are_refused(tmp_path, arrow, text, what):
    with pytest.raises(ValueError, match=what):
        columns_of(tmp_path, text)
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(InputError):
        build(Particles, {"kind": "particles", "file": "t.csv"}).open(tmp_path)


def test_encodings(tmp_path):
    for encoding in ("utf-16", "utf-16-le", "utf-32"):
        with pytest.raises(ValueError, match="save it as UTF-8"):
            columns_of(tmp_path, "x,y,z\n1,2,3\n", encoding)
    found = columns_of(tmp_path, "x,y,z,Température,size [µm]\n1,2,3,4,5\n", "latin-1")
    assert list(found) == ["x", "y", "z", "Température", "size"]


def test_a_header_with_numbers_in_it(tmp_path):
    assert list(columns_of(tmp_path, "id,x,y,z,2000\n1,2,3,4,5\n2,3,4,5,6\n")) == ["id", "x", "y", "z", "2000"]
    assert list(columns_of(tmp_path, ",x,y,z\n0,1,2,3\n1,3,4,5\n")) == ["index", "x", "y", "z"]  # as pandas writes it
    assert list(columns_of(tmp_path, ";x;y;z\n0;1;2;3\n1;3;4;5\n")) == ["index", "x", "y", "z"]
    assert columns_of(tmp_path, "1,2,3\n4,5,6\n")["x"].tolist() == [1, 4]
    assert columns_of(tmp_path, "# positions of stars\n1 2 3\n4 5 6\n")["x"].tolist() == [1, 4]


def test_a_table_without_rows_has_its_columns(tmp_path):
    for text in ("id,x,y,z\n", "# id x y z\n", "# made today\nid;x;y;z\n\n", "# made today\n# id x y z\n"):
        found = columns_of(tmp_path, text)
        assert list(found) == ["id", "x", "y", "z"], text
        assert all(len(column) == 0 for column in found.values())
        assert list(open_rows(tmp_path / "t.csv").pieces(["x"])) == []
