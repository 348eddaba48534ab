#include "gradus/formats/c_source.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "gradus/core/error.h"
#include "gradus/core/files.h"
#include "gradus/data/source.h"
#include "gradus/formats/c_source_steps.h"
#include "gradus/formats/c_source_text.h"
#include "gradus/formats/model_file.h"
#include "gradus/formats/model_fixture.h"
#include "tests/support/test_support.h"

namespace gradus {
namespace {

using testing::HasSubstr;
using testing::Not;

// Reads raw rows as floats, writes predictions as doubles.
constexpr const char* kMain = R"(
#include <math.h>
#include <stdio.h>
#define NET_IMPLEMENTATION
#include "net.h"
#ifdef NET_OUTPUT_BITS
typedef int32_t raw;
#define RAW(x) ((int32_t)((double)(x) * ldexp(1.0, NET_INPUT_BITS) + ((x) < 0 ? -0.5 : 0.5)))
#define UNIT ldexp(1.0, -NET_OUTPUT_BITS)
#else
typedef OUTPUT raw;
#define RAW(x) (x)
#define UNIT 1.0
#endif
int main(void) {
  static net_memory memory;
  float row[NET_INPUTS];
  raw inputs[NET_INPUTS];
  while (fread(row, sizeof row, 1, stdin) == 1) {
    int i;
    for (i = 0; i < NET_INPUTS; ++i) inputs[i] = RAW(row[i]);
#ifdef NET_CLASSES
    OUTPUT made[NET_CLASSES];
    const int label = net_predict(&memory, inputs, made);
    for (i = 0; i < NET_CLASSES; ++i) {
      const double value = (double)made[i] * UNIT;
      if (made[i] > made[label]) return 3;
      fwrite(&value, sizeof value, 1, stdout);
    }
#else
    const double value = (double)net_predict(&memory, inputs) * UNIT;
    fwrite(&value, sizeof value, 1, stdout);
#endif
  }
  return 0;
}
)";

bool has_compiler() {
  return std::system("cc --version > /dev/null 2>&1") == 0;
}

class CSources : public testing::Test {
 protected:
  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }

  // Compiled and run on these rows.
  std::vector<double> compiled(const CSource& source, CNumbers numbers, const std::vector<float>& rows) {
    save_c_source(path("net.h"), source);
    folder_.write("main.c", kMain);
    write_file_atomically(path("rows"), std::as_bytes(std::span(rows)));
    const char* output = numbers == CNumbers::kFixed    ? "int16_t"
                         : numbers == CNumbers::kDouble ? "double"
                                                        : "float";
    const std::string command = fmt::format(
        "cd {} && cc -std=c99 -O1 -Wall -Wextra -pedantic -Wconversion -Werror -DOUTPUT={} main.c -lm -o "
        "main && "
        "./main < rows > made",
        folder_.path().string(), output);
    EXPECT_EQ(std::system(command.c_str()), 0) << command;
    const std::string bytes = read_file(path("made"));
    std::vector<double> made(bytes.size() / sizeof(double));
    std::memcpy(made.data(), bytes.data(), made.size() * sizeof(double));
    return made;
  }

  test::TemporaryFolder folder_;
};

struct Rows {
  std::vector<float> values;
  std::size_t cols = 0;

  [[nodiscard]] MatrixView<const float> view() const { return {values.data(), values.size() / cols, cols}; }
};

Rows rows_of(const Dataset& data) {
  Rows rows{.values = {}, .cols = data.features->cols};
  for (const std::uint32_t row : data.rows) {
    for (std::size_t c = 0; c < rows.cols; ++c)
      rows.values.push_back(static_cast<float>(data.features->at(row, c)));
  }
  return rows;
}

Rows digit_rows(const Model& model) {
  return rows_of(apply(model.transform, model.target, load_table("digits"), false));
}

Model digits(const std::string& activation, const std::string& normalization = "none") {
  RunConfig config;
  config.activation = activation;
  config.normalization = normalization;
  config.hidden = {12, 7};
  return test::trained_digits(config);
}

// One output, and columns far from zero.
Model table_model(const std::string& task, const test::TemporaryFolder& folder) {
  std::string text = "a,b,c,y\n";
  for (int i = 0; i < 200; ++i) {
    const double t = i * 0.7;
    const double y = std::sin(t) + 0.01 * i;
    text += fmt::format("{},{},{},{}\n", std::sin(t), 5000 + 0.5 * std::cos(t), i % 2,
                        task == "regression" ? fmt::format("{}", 300 + 20 * y)
                        : y > 1              ? "yes"
                                             : "no");
  }
  RunConfig config;
  config.data = folder.write("table.csv", text).string();
  config.target = "y";
  config.task = task;
  config.loss = task == "regression" ? "auto" : "binary_cross_entropy";
  config.activation = "tanh";
  config.hidden = {9};
  config.epochs = 20;
  Experiment experiment = set_up(config, {});
  Observer nobody;
  TrainingResult result = train(experiment.plan, experiment.data, experiment.streams, nobody);
  return make_model(experiment, result);
}

Rows table_rows(const Model& model, const test::TemporaryFolder& folder) {
  return rows_of(
      apply(model.transform, model.target, load_table((folder.path() / "table.csv").string()), false));
}

double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
  EXPECT_EQ(a.size(), b.size());
  double largest = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    largest = std::max(largest, std::abs(a[i] - b[i]));
  return largest;
}

std::string error_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST_F(CSources, FloatAgreesWithTheLibraryWhateverTheLayers) {
  for (const std::string_view activation : activation_names()) {
    if (activation == "softmax" || activation == "exp") continue;  // for outputs
    for (const char* normalization : {"none", "batch", "layer"}) {
      const Model model = digits(std::string(activation), normalization);
      const Rows rows = digit_rows(model);
      const Dataset data = apply(model.transform, model.target, load_table("digits"), false);
      EXPECT_LE(largest_difference(CSource(model, CNumbers::kFloat).predictions(rows.view()).values,
                                   predictions(model, data).values),
                1e-6)
          << activation << " " << normalization;
    }
  }
}

TEST_F(CSources, TheCompiledProgramGivesTheBitsOfTheTwin) {
  if (!has_compiler()) GTEST_SKIP() << "no C compiler";
  for (const char* activation : {"relu", "tanh", "gelu"}) {
    const Model model = digits(activation, "batch");
    const Rows rows = digit_rows(model);
    for (const CNumbers numbers : {CNumbers::kFloat, CNumbers::kInt8, CNumbers::kFixed}) {
      const CSource source(model, numbers, rows.view());
      EXPECT_EQ(compiled(source, numbers, rows.values), source.predictions(rows.view()).values)
          << activation << " " << name_of(numbers);
    }
  }
}

TEST_F(CSources, TheCompiledProgramOfOneOutputGivesTheBitsOfTheTwin) {
  if (!has_compiler()) GTEST_SKIP() << "no C compiler";
  for (const char* task : {"regression", "classification"}) {
    const Model model = table_model(task, folder_);
    const Rows rows = table_rows(model, folder_);
    for (const CNumbers numbers : {CNumbers::kFloat, CNumbers::kInt8, CNumbers::kFixed}) {
      const CSource source(model, numbers, rows.view());
      EXPECT_EQ(compiled(source, numbers, rows.values), source.predictions(rows.view()).values)
          << task << " " << name_of(numbers);
    }
  }
}

TEST_F(CSources, ColumnsFarFromZeroLoseNoDigits) {
  const Model model = table_model("regression", folder_);
  const Rows rows = table_rows(model, folder_);
  const Dataset data = apply(model.transform, model.target, load_table(path("table.csv")), false);
  std::vector<double> expected(rows.view().rows);
  // What the library makes of the same floats.
  GoldenVectors golden{.cols = rows.cols, .inputs = rows.values, .stages = {}};
  expected = golden_stages(model, golden).back().values;
  const double largest = std::abs(*std::ranges::max_element(expected));
  EXPECT_LE(largest_difference(CSource(model, CNumbers::kFloat).predictions(rows.view()).values, expected),
            1e-6 * largest);
}

// Rule 8 of docs/numerics.md: a block in float; columns in double, where a tie may round the other way.
TEST_F(CSources, InputsHaveTheBitsOfTheLibrary) {
  c_source::Network network;
  network.shift = {37.512345678, -2000.3, 0.13066, 1e-3, 0};
  network.scale = {0.1, 311.7, 0.30811, 7.1, 255};
  const std::size_t features = network.shift.size();
  std::size_t other_bits = 0;
  for (const bool columns : {false, true}) {
    network.inputs_scaled_in_double = columns;
    const c_source::InputScaling<float> scaling(network);
    for (std::size_t n = 0; n < 10'000; ++n) {
      std::vector<float> row(features);
      for (std::size_t f = 0; f < features; ++f) {
        const double spread = std::sin(static_cast<double>(n * features + f)) * 3;
        row[f] = static_cast<float>(network.shift[f] + network.scale[f] * spread);
        const double factor = 1 / network.scale[f];
        const double offset = -network.shift[f] / network.scale[f];
        const float expected = columns
                                   ? static_cast<float>(std::fma(static_cast<double>(row[f]), factor, offset))
                                   : std::fma(row[f], static_cast<float>(factor), static_cast<float>(offset));
        other_bits += scaling(row, f) == expected ? 0 : 1;
        ASSERT_NEAR(scaling(row, f), expected, 1.2e-7 * std::abs(expected)) << f << " of " << columns;
      }
    }
    EXPECT_LE(other_bits, columns ? 50 : 0) << columns;
  }
}

TEST_F(CSources, FewerBitsLoseLittle) {
  for (const char* activation :
       {"relu", "leaky_relu", "sigmoid", "tanh", "lecun_tanh", "elu", "gelu", "silu", "softplus"}) {
    const Model model = digits(activation);
    const Rows rows = digit_rows(model);
    const std::vector<double> exact = CSource(model, CNumbers::kFloat).predictions(rows.view()).values;
    const auto loss = [&](CNumbers numbers) {
      return largest_difference(CSource(model, numbers, rows.view()).predictions(rows.view()).values, exact);
    };
    EXPECT_LE(loss(CNumbers::kFixed), 0.005) << activation;
    EXPECT_LE(loss(CNumbers::kInt8), 0.2) << activation;
  }
}

TEST_F(CSources, SameModelSameBytes) {
  const Model model = digits("relu");
  const Rows rows = digit_rows(model);
  for (const CNumbers numbers : {CNumbers::kFloat, CNumbers::kInt8, CNumbers::kFixed}) {
    const CSourceText first = CSource(model, numbers, rows.view()).text("net.c", "net");
    const CSourceText second = CSource(model, numbers, rows.view()).text("net.c", "net");
    EXPECT_TRUE(first.header == second.header && first.source == second.source) << name_of(numbers);
  }
}

TEST_F(CSources, NamesOfPeopleCannotBreakTheSource) {
  Model model = digits("relu");
  model.target.name = "*/ #error\n";
  model.target.classes = {"*/ int x;", "\"", "line\nbreak", "back\\", "?\?/",
                          "\xC3\xA4",  "//", "$ @",         "%s",     "z"};
  save_c_source(path("net.c"), CSource(model, CNumbers::kFloat));
  folder_.write("main.c",
                "#include <stdio.h>\n#include \"net.h\"\nint main(void) {\n"
                "  for (int i = 0; i < NET_CLASSES; ++i) fwrite(net_classes[i], 1, sizeof(char), stdout), "
                "printf(\"%s|\", net_classes[i] + 1);\n  return 0;\n}\n");
  if (!has_compiler()) GTEST_SKIP() << "no C compiler";
  const std::string command = fmt::format(
      "cd {} && cc -std=c99 -Wall -Wextra -pedantic -Werror net.c main.c -lm -o main && ./main > names",
      folder_.path().string());
  ASSERT_EQ(std::system(command.c_str()), 0);
  std::string expected;
  for (const std::string& name : model.target.classes) expected += name + "|";
  EXPECT_EQ(read_file(path("names")), expected);
}

TEST_F(CSources, NumbersReadBackAsTheyWere) {
  using c_source::literal;
  for (const float value : {0.1F, 3.0F, -0.0F, 1e-45F, 3.4028235e38F, 1e-5F, 16777216.0F, 1.0F / 3}) {
    const std::string text = literal(value);
    EXPECT_EQ(text.back(), 'f');
    EXPECT_NE(text.find_first_of(".e"), std::string::npos) << text;
    EXPECT_EQ(std::strtof(text.c_str(), nullptr), value) << text;
  }
}

TEST_F(CSources, WhatHasNoFixedFormIsRefusedByName) {
  const Model model = digits("relu", "layer");
  const Rows rows = digit_rows(model);
  EXPECT_THAT(error_of([&] { (void)CSource(model, CNumbers::kFixed, rows.view()); }),
              HasSubstr("layer 1 is a layer normalization; fixed point has no form for it"));
}

TEST_F(CSources, IntegersNeedRows) {
  EXPECT_THAT(error_of([&] { (void)CSource(digits("relu"), CNumbers::kInt8); }),
              HasSubstr("int8 takes its ranges from rows of the training part with 64"));
}

TEST_F(CSources, NamesAreIdentifiers) {
  EXPECT_EQ(c_name_of("out/my-net.h"), "my_net");
  EXPECT_EQ(c_name_of("8bit.c"), "net8bit");
  EXPECT_EQ(c_name_of("_a.c"), "net_a");
  for (const char* name : {"", "a b", "8", "_x", "a-b", "\xC3\xA4"})
    EXPECT_THAT(error_of([&] { check_c_name(name); }), HasSubstr("begins no identifier of C")) << name;
  EXPECT_EQ(error_of([] { check_c_name("my_net2"); }), "no error");
}

TEST_F(CSources, AFileNameThatEndsAnIncludeIsRefused) {
  EXPECT_THAT(error_of([&] { (void)CSource(digits("relu"), CNumbers::kFloat).text("a\"b.c", "net"); }),
              HasSubstr("cannot stand in an #include"));
}

TEST_F(CSources, AreWrittenAndNeverRead) {
  std::vector<std::string> notes;
  write_model(path("my-net.h"), digits("relu"), notes);
  EXPECT_THAT(read_file(path("my-net.h")), HasSubstr("int my_net_predict("));
  EXPECT_THAT(
      error_of([&] { (void)read_model(path("my-net.h"), {}, notes); }),
      HasSubstr(
          "C source is written, never read; its own self-test checks it: cc -std=c99 -DMY_NET_SELF_TEST"));
}

TEST_F(CSources, ADoubleModelIsWrittenInDouble) {
  RunConfig config;
  config.precision = "double";
  std::vector<std::string> notes;
  write_model(path("net.c"), test::trained_digits(config), notes);
  EXPECT_THAT(notes, testing::IsEmpty());
  const std::string text = read_file(path("net.c"));
  EXPECT_THAT(text.substr(0, text.find("_SELF_TEST")), Not(HasSubstr("float")));
  EXPECT_THAT(error_of([&] { (void)CSource(digits("relu"), CNumbers::kDouble); }),
              HasSubstr("double is for a model of --precision double"));
}

// A layer normalization over two units that are nearly equal makes 300 of a last bit: floats would be off by 4e-5.
TEST_F(CSources, DoubleLosesNothingBetweenTwoUnits) {
  for (const char* activation : {"relu", "tanh", "gelu"}) {
    for (const std::vector<std::int64_t>& hidden :
         std::vector<std::vector<std::int64_t>>{{2}, {7, 2}, {2, 2, 2}}) {
      RunConfig config;
      config.activation = activation;
      config.normalization = "layer";
      config.hidden = hidden;
      config.precision = "double";
      const Model model = test::trained_digits(config);
      const Rows rows = digit_rows(model);
      const Dataset data = apply(model.transform, model.target, load_table("digits"), false);
      const CSource source(model, CNumbers::kDouble);
      const std::vector<double> made = source.predictions(rows.view()).values;
      EXPECT_LE(largest_difference(made, predictions(model, data).values), 1e-11)
          << activation << " " << hidden.size();
      if (hidden.size() != 3 || !has_compiler()) continue;
      EXPECT_EQ(compiled(source, CNumbers::kDouble, rows.values), made) << activation;
    }
  }
}

TEST_F(CSources, WordsOfFloatBecomeThoseOfDouble) {
  EXPECT_EQ(c_source::in_double("static float f(const float *x) { return 1e-05f + expf(-x[0]) + "
                                "log1pf(0.5f) - fabsf(x[1]) * MY_f(2.0f); /* if of 2 */ }"),
            "static double f(const double *x) { return 1e-05 + exp(-x[0]) + "
            "log1p(0.5) - fabs(x[1]) * MY_f(2.0); /* if of 2 */ }");
}

}  // namespace
}  // namespace gradus
