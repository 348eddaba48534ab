"""Bytes on a socket, and requests at the routes. A refusal is an answer: what these targets check is that there is one."""
import struct


def add_http(corpus):
    get = lambda *lines, body=b"": "\r\n".join(("GET /a/b HTTP/1.1", "Host: h", *lines, "", "")).encode() + body
    post = lambda *lines, body=b"": "\r\n".join(("POST /a HTTP/1.1", "Host: h", *lines, "", "")).encode() + body
    cases = {
        "sound": get(), "sound_post": post("Content-Length: 3", body=b"abc"), "two": get() + get("Connection: close"),
        "empty": b"", "line_ends": b"\r\n" * 100, "binary": bytes(range(256)), "no_host": b"GET /a/b HTTP/1.1\r\n\r\n",
        "two_hosts": get("Host: evil"), "http_0_9": b"GET /\n", "http_2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "tls": b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03", "long_line": b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n\r\n",
        "many_headers": get(*(f"X-{i}: {i}" for i in range(2000))), "long_header": get("X: " + "y" * 20_000),
        "header_without_name": get(": x"), "header_folded": get("X: a", " b"), "header_nul": get("X: a\0b"),
        "header_blank_name": get("Content-Length : 3"), "line_feed_alone": b"GET /a/b HTTP/1.1\nHost: h\n\n",
        "percent_line_end": b"GET /a/b%0d%0aX:%20y HTTP/1.1\r\nHost: h\r\n\r\n", "percent_cut": b"GET /a/%4 HTTP/1.1\r\nHost: h\r\n\r\n",
        "percent_nul": b"GET /a/%00 HTTP/1.1\r\nHost: h\r\n\r\n", "percent_utf8": b"GET /a/%ff%fe HTTP/1.1\r\nHost: h\r\n\r\n",
        "dots": b"GET /a/../../etc/passwd HTTP/1.1\r\nHost: h\r\n\r\n", "dots_encoded": b"GET /a/%2e%2e%2f%2e%2e HTTP/1.1\r\nHost: h\r\n\r\n",
        "length_negative": post("Content-Length: -1"), "length_wraps": post("Content-Length: 18446744073709551616", body=b"x"),
        "length_huge": post("Content-Length: 18446744073709551615", body=b"x"), "length_hexadecimal": post("Content-Length: 0x3", body=b"abc"),
        "length_twice": post("Content-Length: 3", "Content-Length: 4", body=b"abcd"), "length_list": post("Content-Length: 3, 3", body=b"abc"),
        "length_missing": post(body=b"abc"), "length_longer": post("Content-Length: 10", body=b"abc"),
        "length_and_chunked": post("Content-Length: 3", "Transfer-Encoding: chunked", body=b"0\r\n\r\n"),
        "chunked": post("Transfer-Encoding: chunked", body=b"3\r\nabc\r\n0\r\n\r\n"), "chunk_wraps": post("Transfer-Encoding: chunked", body=b"-2\r\nabc\r\n"),
        "chunk_huge": post("Transfer-Encoding: chunked", body=b"ffffffffffffffff\r\nabc\r\n"), "chunked_twice": post("Transfer-Encoding: chunked, chunked"),
        "smuggled": post("Content-Length: 0", body=b"GET /b HTTP/1.1\r\n\r\n"), "range": get("Range: bytes=0-"),
        "ranges": get("Range: bytes=" + "0-," * 3000 + "0-"), "range_negative": get("Range: bytes=-18446744073709551615"),
        "expect": post("Content-Length: 3", "Expect: 100-continue", body=b"abc"), "encoding": post("Content-Length: 3", "Content-Encoding: gzip", body=b"abc"),
        "multipart": post("Content-Length: 30", "Content-Type: multipart/form-data; boundary=" + "b" * 5000, body=b"-" * 30),
        "form": post("Content-Length: 9", "Content-Type: application/x-www-form-urlencoded", body=b"a=1&b=2&c"), "query": b"GET /a/b?a=1&a=2&%00=%ff&=&&& HTTP/1.1\r\nHost: h\r\n\r\n",
        "cookie": get("Cookie: a=b; " + "c=d; " * 500), "origin": post("Content-Length: 1", "Origin: http://evil", body=b"x"),
        "method": b"BREW /a/b HTTP/1.1\r\nHost: h\r\n\r\n", "options": b"OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", "connect": b"CONNECT h:1 HTTP/1.1\r\nHost: h\r\n\r\n",
        "absolute": b"GET http://evil/a/b HTTP/1.1\r\nHost: h\r\n\r\n", "upgrade": get("Upgrade: websocket", "Connection: Upgrade"),
    }
    for name, data in cases.items():
        corpus.add("http", name, data)


def add_serve(corpus):
    infer = "POST /v2/models/houses/infer\n"
    header = '{"inputs":[{"name":"area","shape":[1],"datatype":"FP64","parameters":{"binary_data_size":8}},' \
             '{"name":"colour","shape":[1],"datatype":"BYTES","data":["red"]},{"name":"garden","shape":[1],"datatype":"BOOL","data":[true]}]}'
    plain = header.replace('"parameters":{"binary_data_size":8}', '"data":[50]')
    eight = struct.pack("<d", 50.0)
    binary = lambda text, tail: infer.encode() + f"{len(text)}\n".encode() + text.encode() + tail
    cases = {
        "sound_json": infer + "\n" + plain, "sound_binary": binary(header, eight), "record": 'POST /predict/houses\n\n{"area":50,"colour":"red","garden":true}',
        "records": 'POST /predict\n\n[{"area":50,"colour":"red","garden":null},{"area":null,"colour":null,"garden":false}]', "metadata": "GET /v2/models/houses\n\n",
        "config": "GET /v2/models/houses/config\n\n", "metrics": "GET /metrics\n\n", "root": "GET /\n\n", "openapi": "GET /openapi.json\n\n",
        "binary_outputs": binary(header[:-1] + ',"parameters":{"binary_data_output":true},"outputs":[{"name":"prediction"}]}', eight),
        "binary_cut": binary(header, eight[:5]), "binary_more": binary(header, eight + b"x"), "binary_nan": binary(header, b"\xff" * 8),
        "length_longer": infer.encode() + b"9999\n" + header.encode() + eight, "length_negative": infer.encode() + b"-1\n" + header.encode() + eight,
        "size_wraps": binary(header.replace(":8}", ":18446744073709551615}"), eight), "size_beyond": binary(header.replace(":8}", ":18446744073709551616}"), eight),
        "shape_wraps": binary(header.replace("[1]", "[4294967296,4294967297]", 1), eight), "shape_huge": binary(header.replace("[1]", "[9223372036854775807]"), eight),
        "shape_zero": binary(header.replace("[1]", "[0]"), b""), "shape_negative": infer + "\n" + plain.replace("[1]", "[-1]"), "shape_many": infer + "\n" + plain.replace("[1]", "[" + "1," * 5000 + "1]"),
        "texts_lie": binary(header.replace('"data":["red"]', '"parameters":{"binary_data_size":7}'), eight + b"\xff\xff\xff\xffred"),
        "deep": infer + "\n" + "[" * 100_000, "deep_data": infer + "\n" + plain.replace("[50]", "[" * 10_000), "deep_objects": infer + "\n" + '{"a":' * 50_000,
        "twice": infer + "\n" + plain.replace('"inputs"', '"inputs":[],"inputs"'), "not_utf8": infer.encode() + b"\n" + plain.encode().replace(b"red", b"\xff\xfe"),
        "surrogate": infer + "\n" + plain.replace("red", "\\ud800"), "nul": infer + "\n" + plain.replace("red", "\\u0000"), "number_huge": infer + "\n" + plain.replace("50", "1e999"),
        "numbers_long": infer + "\n" + plain.replace("50", "9" * 5000), "shared_memory": infer + "\n" + plain.replace('"data":[50]', '"parameters":{"shared_memory_region":"a"}'),
        "uneven": infer + "\n" + plain.replace("[50]", "[[50],60]"), "empty": infer + "\n", "record_unknown": 'POST /predict/houses\n\n{"aera":1}', "record_deep": "POST /predict/houses\n\n" + "[" * 100_000,
        "record_texts": 'POST /predict/houses\n\n{"area":"50","colour":7,"garden":"yes"}', "record_list_huge": "POST /predict/houses\n\n[" + "{}," * 20_000 + "{}]",
        "unknown_model": "GET /v2/models/evil\n\n", "path_out": "GET /v2/models/../../etc/passwd\n\n", "path_empty": "GET //v2//models\n\n", "method": "PUT /v2\n\n",
    }
    for name, data in cases.items():
        corpus.add("serve", name, data)


def add_lab(corpus):
    arithmetic = "POST /api/arithmetic\n\n"
    descent = "POST /api/descent\n\n"
    cases = {
        "page": "GET /\n\n", "runs": "GET /api/runs\n\n", "run": "GET /api/runs/1\n\n", "series": "GET /api/runs/1/series\n\n", "models": "GET /api/models\n\n",
        "inside": "GET /api/runs/1/inside\n\n", "layers": "GET /api/runs/1/layers\n\n", "weights": "GET /api/runs/1/weights/0\n\n", "confusion": "GET /api/runs/1/confusion\n\n",
        "surface": "GET /api/runs/1/surface\n\n", "fields": "GET /api/fields\n\n", "data": "GET /api/data\n\n", "preview": "GET /api/data/digits/preview\n\n",
        "preview_out": "GET /api/data/..%2f..%2fetc%2fpasswd/preview\n\n", "compare": "GET /api/compare?runs=1,1\n\n", "studies": "GET /api/studies\n\n",
        "export": "GET /api/runs.csv?where=name=first\n\n", "where": "GET /api/runs?where=" + "(" * 5000 + "\n\n", "where_sql": "GET /api/runs?where=name='x' OR 1=1--\n\n",
        "limit_huge": "GET /api/runs?limit=99999999999999999999\n\n", "offset_negative": "GET /api/runs?offset=-1\n\n", "run_huge": "GET /api/runs/18446744073709551615\n\n",
        "run_negative": "GET /api/runs/-1\n\n", "layer_huge": "GET /api/runs/1/weights/18446744073709551615\n\n", "examples": "GET /api/arithmetic/examples\n\n",
        "functions": "GET /api/descent/functions\n\n", "descent": descent + '{"function":"x^2+y^2","start":[1,1],"steps":10}', "descent_deep": descent + '{"function":"' + "(" * 5000 + '"}',
        "descent_steps": descent + '{"function":"x^2+y^2","start":[1,1],"steps":1e18}', "descent_nan": descent + '{"function":"x^2+y^2","start":[1e999,1]}', "contours": 'POST /api/descent/contours\n\n{"function":"x^2+y^2","box":[-1,1,-1,1]}',
        "arithmetic": arithmetic + "{}", "arithmetic_deep": arithmetic + "[" * 100_000, "arithmetic_list": arithmetic + "[]", "predict": 'POST /api/models/1/predict\n\n{"values":[1,2]}',
        "predict_huge": 'POST /api/models/1/predict\n\n{"values":[' + "0," * 30_000 + "0]}", "curves": "GET /api/curves.csv?runs=1\n\n", "unknown": "GET /api/unknown\n\n",
    }
    for name, data in cases.items():
        corpus.add("lab", name, data)


def add(corpus):
    add_http(corpus)
    add_serve(corpus)
    add_lab(corpus)
