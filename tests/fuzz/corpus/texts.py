"""Configurations, studies, claims and formulas."""

SOUND_STUDY = """title = "Widths"
question = "Is wider better?"
replicates = 3
measure = ["final(test_accuracy)"]
[base]
data = "digits"
test = "0.2"
epochs = 2
[vary]
hidden = [[8], [16]]
[[claim]]
says = 'test_accuracy("16") > test_accuracy("8")'
"""


def add_config(corpus):
    add = lambda name, data, words: corpus.add("config", name, data, "bad_configuration", words)
    corpus.add("config", "sound", 'data = "digits"\ntest = "0.2"\nhidden = [64, 32]\nlearning_rate = 0.01\nepochs = 3\nshuffle = false\nignore = ["a"]\n')
    corpus.add("config", "empty", b"")
    corpus.add("config", "linear", 'hidden = []\nthreads = 2\noptimizer = "lbfgs"\n')
    add("not_utf8", b'data = "\xff"\n', "")
    add("nul", b'data = "a\0b"\n', "")
    add("open_text", 'data = "digits\n', "")
    add("open_table", "[data\n", "")
    add("open_list", "hidden = [1,\n", "")
    add("key_twice", "epochs = 1\nepochs = 2\n", "")
    add("table_twice", "[data]\ntest = \"0\"\n[data]\ntest = \"0\"\n", "")
    add("unknown_key", "epoch = 3\n", "epochs")
    add("unknown_table", "[trainning]\nepochs = 3\n", "")
    add("table", "[training]\nepochs = 3\n", "")
    add("table_as_value", "[epochs]\nx = 1\n", "")
    add("type_text", 'epochs = "three"\n', "epochs")
    corpus.add("config", "number_as_text", "data = 3\n")
    add("type_real", "epochs = 3.5\n", "epochs")
    add("type_date", "epochs = 1979-05-27\n", "epochs")
    corpus.add("config", "list_of_one", "epochs = [3]\n")
    add("type_list", "epochs = [3, 4]\n", "epochs")
    add("type_nested_list", "hidden = [[3]]\n", "hidden")
    add("type_mixed_list", 'hidden = [3, "x"]\n', "hidden")
    add("negative", "epochs = -1\n", "epochs")
    add("zero", "epochs = 0\n", "epochs")
    add("beyond_int64", "epochs = 9223372036854775808\n", "")
    add("beyond_2_53", "epochs = 9223372036854775807\n", "epochs")
    add("nan", "learning_rate = nan\n", "learning_rate")
    corpus.add("config", "infinity", "learning_rate = inf\n")  # training says that it diverges
    add("momentum_one", "momentum = 1.0\n", "momentum")
    add("unknown_choice", 'optimizer = "adma"\n', "adam")
    add("width_huge", "hidden = [1000001]\n", "hidden")
    add("lists_deep", "hidden = " + "[" * 5000 + "]" * 5000 + "\n", "")
    add("tables_deep", "x = " + "{a=" * 5000 + "1" + "}" * 5000 + "\n", "")
    add("key_deep", ".".join("a" * 1 for _ in range(5000)) + " = 1\n", "")
    add("table_header_deep", "[" + ".".join("a" for _ in range(5000)) + "]\n", "")
    add("escape", 'data = "\\ud800"\n', "")
    add("json", '{"epochs": 3}\n', "")


def add_study(corpus):
    add = lambda name, data, words: corpus.add("study", name, data, "bad_configuration", words)
    corpus.add("study", "sound", SOUND_STUDY)
    corpus.add("study", "empty", b"")
    replaced = lambda old, new: SOUND_STUDY.replace(old, new)
    add("not_utf8", b'title = "\xff"\n', "")
    add("unknown_key", replaced("replicates", "replicate"), "replicates")
    add("replicates_huge", replaced("replicates = 3", "replicates = 9223372036854775807"), "")
    add("replicates_negative", replaced("replicates = 3", "replicates = -3"), "")
    add("replicates_zero", replaced("replicates = 3", "replicates = 0"), "")
    add("seeds_twice", replaced("replicates = 3", "seeds = [1, 1]"), "twice")
    add("seeds_and_replicates", replaced("replicates = 3", "replicates = 3\nseeds = [1]"), "both")
    add("folds_huge", replaced("replicates = 3", "replicates = 1000\nfolds = 1000\n"), "")
    add("grid_huge", replaced("hidden = [[8], [16]]", "".join(f"{key} = [{values}]\n" for key, values in (
        ("hidden", ",".join(f"[{i}]" for i in range(1, 101))), ("batch_size", ",".join(str(i) for i in range(1, 101))),
        ("seed", ",".join(str(i) for i in range(1, 101)))))), "")
    add("grid_twice", replaced("hidden = [[8], [16]]", "".join(f"{key} = [{values}]\n" for key, values in (
        ("hidden", ",".join(f"[{i}]" for i in range(1, 101))), ("batch_size", ",".join(str(i) for i in [*range(1, 101), *range(50, 150)]))))),
        "two contenders")
    add("vary_unknown", replaced("hidden = [[8], [16]]", "hiden = [[8]]"), "hidden")
    add("vary_empty", replaced("hidden = [[8], [16]]", "hidden = []"), "")
    add("vary_wrong_type", replaced("hidden = [[8], [16]]", "epochs = [\"x\"]"), "epochs")
    add("claim_unknown_contender", replaced('"16"', '"17"'), "17")
    add("claim_damaged", replaced("> test_accuracy", ">"), "")
    add("measure_unknown", replaced("final(test_accuracy)", "final(accuracy_of_test)"), "")
    corpus.add("study", "base_missing_file", replaced("[base]", '[base]\nconfig = "no.toml"'), "not_found", "no.toml")
    add("mode_unknown", 'mode = "gird"\n' + SOUND_STUDY, "grid")
    add("type_of_claims", SOUND_STUDY.split("[[claim]]")[0] + "[claim]\nsays = 3\n", "")
    add("nested_deep", "a = " + "[" * 5000 + "\n", "")


def add_claim(corpus):
    add = lambda name, text, words="": corpus.add("claim", name, text, "bad_configuration", words)
    for i, text in enumerate(('test_accuracy("a") > test_accuracy("b") + 0.01', 'order(final(validation_loss), "a", "b", "64")',
                              'mean(best(test_accuracy)) >= 0.9', 'abs(at(train_loss("a"), step 10) - 2 * 3) < -1 / 4',
                              'steps_to(validation_loss("b"), 0.5) != min(1, 2, 3)')):
        corpus.add("claim", f"sound_{i}", text)
    add("empty", "")
    add("no_relation", "1 + 1")
    add("two_relations", "1 < 2 < 3")
    add("open_parenthesis", "(1 < 2")
    add("open_name", 'test_accuracy("a) > 1')
    add("parentheses_deep", "(" * 100_000)
    add("signs_deep", "-" * 100_000 + "1 > 0")
    add("abs_deep", "abs(" * 50_000 + "1" + ")" * 50_000 + " > 0")
    add("min_deep", "min(" * 50_000 + "1" + ")" * 50_000 + " > 0")
    add("unknown_contender", 'test_accuracy("c") > 1', "c")
    add("unknown_metric", "accuracy_of_test > 1")
    add("number_huge", "1e999 > 0")
    add("number_damaged", "1.2.3 > 0")
    add("letters", "\x01 > 0")
    add("not_utf8", b"\xff\xfe > 0")
    add("nul", b"1\0 > 0")
    add("layer_huge", 'weight_norm("a", layer 99999999999999999999) > 0')


def add_expression(corpus):
    add = lambda name, text, words="": corpus.add("expression", name, text, "invalid_argument", words)
    for i, text in enumerate(("x^2 + 3 y^2", "sin(x) cos(y) - exp(-x^2)", "2 x (y + 1) / (1 - x)", "sqrt(abs(x)) tanh(log(y))", "2^-x^2", "pi",
                              "2 (y + 1) / (0 / -x)")):
        corpus.add("expression", f"sound_{i}", text)
    add("empty", "")
    add("blank", "   ")
    add("long", "x" + "+x" * 400, "400")
    add("deep", "(" * 51 + "x" + ")" * 51, "50")
    add("deep_signs", "-" * 300 + "x", "50")
    add("deep_powers", "x" + "^x" * 199, "50")
    add("deep_functions", "sin(" * 70 + "x" + ")" * 70, "50")
    add("open", "(x + 1", "")
    add("closed", "x + 1)", "")
    add("operator_first", "* x", "")
    add("operator_last", "x +", "")
    add("unknown_name", "z + 1", "")
    add("unknown_function", "system(x)", "")
    add("number_damaged", "1.2.3", "")
    add("number_huge", "1e999", "")
    add("letters", "x $ y", "")
    add("not_utf8", b"x + \xff", "")
    add("nul", b"x\0+ y", "")
    add("python", "__import__('os')", "")


def add_field(corpus):
    add = lambda name, field, value, words="": corpus.add("field", name, f"{field}\n{value}", "bad_configuration", words)
    for field, value in (("hidden", "64,32"), ("hidden", "none"), ("learning_rate", "1e-3"), ("epochs", "5"), ("shuffle", "false"), ("optimizer", "sgd"), ("ignore", "a,b")):
        corpus.add("field", f"sound_{field}_{value.replace(',', '_')}", f"{field}\n{value}")
    add("number_empty", "learning_rate", "")
    add("number_tail", "learning_rate", "0.1x")
    add("number_hexadecimal", "learning_rate", "0x1p3")
    corpus.add("field", "number_infinite", "learning_rate\ninf")
    add("number_nan", "learning_rate", "nan")
    add("number_huge", "learning_rate", "1e999")
    add("whole_real", "epochs", "1.5")
    add("whole_huge", "epochs", "99999999999999999999")
    add("whole_sign", "epochs", "+-1")
    add("list_hole", "hidden", "1,,2")
    add("list_huge", "hidden", "1," * 10_000 + "x")
    add("truth", "shuffle", "maybe")
    add("choice", "optimizer", "adma", "adam")


def add(corpus):
    add_config(corpus)
    add_study(corpus)
    add_claim(corpus)
    add_expression(corpus)
    add_field(corpus)
