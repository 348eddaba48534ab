"""Stores of runs that are damaged, of another program, or made to do harm; and the points in their rows."""
import pathlib
import sqlite3
import struct
import tempfile

from corpus.cases import changed


def altered(store, *statements, values=()):
    """The file after these statements of SQL."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "runs.sqlite"
        path.write_bytes(store)
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("PRAGMA journal_mode = DELETE")
        for statement in statements:
            connection.execute(statement, values if "?" in statement else ())
        connection.close()
        return path.read_bytes()


def add(corpus, sound):
    store = altered(sound.store)
    add = lambda name, data, words="", code="file": corpus.add("store", name, data, code, words)
    corpus.add("store", "sound", store)
    add("text", b"not a database at all, but long enough to be one" * 40, "it is no database")
    corpus.add("store", "empty", b"")
    page = struct.unpack(">H", store[16:18])[0]
    corpus.cut("store", "cut", store, [50, 100, page // 2], "file", "")
    corpus.cut("store", "cut_page", store, [page, 2 * page, 5 * page], "file", "it is damaged")
    for place in range(2):
        add(f"page_{place}_overwritten", changed(store, place * page + (100 if place == 0 else 0), b"\xff" * 200), "it is damaged")
    add("other_program", altered(store, "PRAGMA application_id = 1"), "another program's database")
    add("other_database", altered(b"", "CREATE TABLE bookmarks(url TEXT)"), "another program's database")
    add("newer", altered(store, "PRAGMA user_version = 99"), "use a newer gradus", "unsupported")
    add("newest", altered(store, "PRAGMA user_version = 2147483647"), "use a newer gradus", "unsupported")
    for table in ("runs", "series", "figures", "points", "configurations", "environments", "tags"):
        add(f"no_{table}", altered(store, "PRAGMA foreign_keys = OFF", f"DROP TABLE {table}"), f"no such table")
    # Views and triggers that would run in our name.
    view = ("PRAGMA foreign_keys = OFF", "ALTER TABLE series RENAME TO old", "CREATE VIEW series AS SELECT id, load_extension('x') AS name FROM old")
    add("view_instead_of_table", altered(store, *view), "")
    corpus.add("store", "trigger", altered(store, "CREATE TRIGGER t AFTER INSERT ON runs BEGIN SELECT load_extension('x'); END"))
    add("endless_view", altered(store, "PRAGMA foreign_keys = OFF", "DROP TABLE series",
                                "CREATE VIEW series AS WITH RECURSIVE n(id, name) AS (SELECT 1, 'a' UNION ALL SELECT id + 1, 'a' FROM n) SELECT * FROM n"), "")
    schema = ("PRAGMA writable_schema = ON",)
    add("schema_not_sql", altered(store, *schema, "UPDATE sqlite_schema SET sql = 'DROP' WHERE name = 'runs'"), "it is damaged")
    add("schema_wrong_root", altered(store, *schema, "UPDATE sqlite_schema SET rootpage = 9999 WHERE name = 'runs'"), "it is damaged")
    add("schema_virtual_table", altered(store, *schema, "UPDATE sqlite_schema SET sql = 'CREATE VIRTUAL TABLE runs USING evil(x)' WHERE name = 'runs'"), "")
    # Rows that the schema allows but nobody writes.
    add("points_odd", altered(store, "UPDATE points SET points = x'010203'"), "are damaged")
    corpus.add("store", "points_empty", altered(store, "UPDATE points SET points = x''"))
    corpus.add("store", "numbers_negative", altered(store, "UPDATE runs SET steps = -1, epochs = -1, parameters = -9223372036854775808"))
    corpus.add("store", "numbers_nan", altered(store, "UPDATE runs SET started = 9e999, seconds = -9e999"))
    corpus.add("store", "texts_escape", altered(store, "UPDATE runs SET name = char(27) || '[2J', note = char(0) || 'x'"))
    corpus.add("store", "texts_not_utf8", altered(store, "UPDATE runs SET name = CAST(x'fffe' AS TEXT)"))
    corpus.add("store", "id_largest", altered(store, "PRAGMA foreign_keys = OFF", "UPDATE runs SET id = 9223372036854775807"))
    corpus.add("store", "id_negative", altered(store, "PRAGMA foreign_keys = OFF", "UPDATE runs SET id = -5"))
    corpus.add("store", "process_strange", altered(store, "PRAGMA ignore_check_constraints = ON", "UPDATE runs SET status = 'running', process = '-1 0 ../..'"))
    corpus.add("store", "configuration_deep", altered(store, "UPDATE configurations SET configuration = ?", values=("[" * 10_000,)))

    corpus.add("points", "sound", struct.pack("<3Q3d", 1, 2, 3, 0.5, 0.25, 0.125))
    corpus.add("points", "nan", struct.pack("<2Q2d", 1, 2, float("nan"), float("inf")))
    corpus.add("points", "odd", b"12345")
    corpus.add("points", "empty", b"")
