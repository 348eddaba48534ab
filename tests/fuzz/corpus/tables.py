"""CSV: whole, and part by part."""


def add(corpus):
    both = lambda name, data, code="bad_data", words="": [corpus.add(target, name, data, code, words) for target in ("csv", "csv_stream")]
    sound = "a,b,c\n1,2,x\n3,4,y\n5,6,x\n"
    both("sound", sound, "ok")
    both("sound_windows", sound.replace("\n", "\r\n"), "ok")
    both("sound_macintosh", sound.replace("\n", "\r"), "ok")
    both("sound_marked", "\ufeff" + sound, "ok")
    both("quoted", 'a,b\n"1","x ""y"", z"\n"2","line\nbreak"\n', "ok")
    both("missing", "a,b\n1,\n,2\nNA,?\n3,4\n", "ok")
    both("semicolons", "a;b\n1,5;2\n2,5;3\n", "ok")
    both("long", "a,b\n" + "".join(f"{i},{i % 7}\n" for i in range(1300)), "ok")
    both("long_texts", "a,b\n" + "".join(f"{i},t{i % 7}\n" for i in range(1300)), "ok")
    both("long_quotes", "a,b\n" + "".join(f'{i},"t\n{i % 7}"\n' for i in range(1100)), "ok")
    both("names_twice", "a,a,a_2\n1,2,3\n4,5,6\n", "ok")
    both("formulas", "a,b\n=1+1,@x\n-2+3,+cmd|' /C calc'!A0\n", "ok")
    both("escapes", "a,b\n\x1b[2J,1\n\x07,2\n", "ok")

    both("empty", b"", words="the file is empty")
    both("blank", b"\n\n \r\n\t\n", words="the file is empty")
    both("only_mark", "\ufeff", words="the file is empty")
    both("header_alone", "a,b,c\n", words="and no rows")
    both("one_column", "name\nx\ny\n", words="no line has more than one field")
    both("utf16", sound.encode("utf-16"), words="it is UTF-16")
    both("utf16_big", b"\xfe\xff" + sound.encode("utf-16-be"), words="it is UTF-16")
    both("nul", sound.encode() + b"7,\0,x\n", words="is NUL")
    both("nul_first", b"\0", words="is NUL")
    both("zip", b"PK\3\4\x14\0\0\0\x08\0,\n", words="is NUL")
    both("gzip", b"\x1f\x8b\x08\x01,\n\xff\xfe", words="is not UTF-8")
    for name, letter in (("latin", b"\xe9"), ("alone", b"\x80"), ("overlong", b"\xc0\xaf"), ("overlong_3", b"\xe0\x80\x80"),
                         ("surrogate", b"\xed\xa0\x80"), ("beyond", b"\xf4\x90\x80\x80"), ("cut", b"\xe2\x82"), ("f8", b"\xf8\x88\x80\x80\x80")):
        both(f"utf8_{name}", b"a,b\n1," + letter + b"\n2,x\n", words="is not UTF-8")
    both("wide", sound + "7,8,9,10\n", words="line 5 has 4 fields; the header has 3")
    both("narrow", sound + "7,8\n", words="line 5 has 2 fields; the header has 3")
    both("first_wide", "1,2,3\n4,5\n", words="line 2 has 2 fields")
    both("quote_open", 'a,b\n1,"x\n2,y\n', words="a quote that opens here is never closed")
    both("quote_open_first", '"a,b\n1,2\n', words="never closed")
    both("quote_inside", 'a,b\n1,"x"y\n2,z\n', words="line 2")
    both("quotes_million", "a,b\n1," + '"' * 1_000_001 + "\n", words="")
    both("quotes_open_million", "a,b\n" + '1,"\n' * 100_001, words="")
    both("infinity", "a,b\n1,2\ninf,3\n4,5\n", words="inf")
    both("too_large", "a,b\n1,2\n1e999,3\n4,5\n", words="1e999")
    both("text_in_numbers", "a,b\n" + "".join(f"{i},1\n" for i in range(60)) + "x,1\n", words="'x'")
    both("text_late", "a,b\n" + "".join(f"{i},1\n" for i in range(1200)) + "x,1\n", words="x")
    both("two_decimal_signs", "a;b\n1,5;1\n2.5;2\n3,5;3\n", words="")
    both("columns", "," * 100_001 + "\n" + "1," * 100_001 + "1\n", words="at most 100000 columns")
