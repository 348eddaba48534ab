#include "gradus/formats/c_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "gradus/core/error.h"
#include "gradus/core/files.h"
#include "gradus/core/names.h"
#include "gradus/formats/c_source_arithmetic.h"
#include "gradus/nn/activation.h"

namespace gradus {

namespace {

using c_source::Arithmetic;
using c_source::Network;
using c_source::Parts;

constexpr std::array<std::string_view, 4> kNames = {"float", "double", "int8", "fixed"};
constexpr std::size_t kMostClassesListed = 32;
constexpr std::size_t kLongestName = 40;

std::unique_ptr<Arithmetic> arithmetic_of(const Network& network, CNumbers numbers,
                                          MatrixView<const float> rows) {
  if (numbers == CNumbers::kFloat) return c_source::float_arithmetic(network);
  if (numbers == CNumbers::kDouble) return c_source::double_arithmetic(network);
  if (rows.rows == 0 || rows.cols != network.inputs) {
    throw Error(ErrorCode::kBadData,
                fmt::format("writing C source: {} rows of {} features; {} takes its ranges from rows of the "
                            "training part with {}",
                            rows.rows, rows.cols, name_of(numbers), network.inputs));
  }
  return numbers == CNumbers::kInt8 ? c_source::int8_arithmetic(network, rows)
                                    : c_source::fixed_arithmetic(network, rows);
}

std::string classes_text(const std::vector<std::string>& names) {
  if (names.size() <= kMostClassesListed) return fmt::format("{}", fmt::join(names, ", "));
  return fmt::format("{}, {}, {}, ..., {}", names[0], names[1], names[2], names.back());
}

std::string network_text(const Model& model) {
  std::string text = fmt::format("{} inputs", model.network.inputs);
  for (const LayerSpec& layer : model.network.layers) {
    if (layer.kind == LayerKind::kDropout) continue;
    text += fmt::format(", {}", name_of(layer));
    if (layer.kind == LayerKind::kDense) text += fmt::format(" {}", layer.outputs);
  }
  const Activation link = prediction_activation(model.loss.kind);
  return link == Activation::kIdentity ? text : fmt::format("{}, {}", text, name_of(link));
}

std::string inputs_text(const Transform& transform) {
  std::vector<std::string> names = transform.feature_names();
  if (transform.ones_column) names.pop_back();
  const bool block_alone = transform.inputs.empty() && names.size() > 1;
  std::string text = block_alone ? fmt::format("{} to {}", names.front(), names.back())
                                 : fmt::format("{}", fmt::join(names, ", "));
  for (const InputColumn& input : transform.inputs) {
    if (input.had_missing && input.kind != ColumnKind::kCategory)
      text += fmt::format("; a missing {} is {}", input.name, input.fill);
  }
  return text;
}

// Lines of people's text: how the comment that opens the file tells them.
struct Facts {
  std::string task;
  std::string network;
  std::string inputs;
  std::string weights;
};

Facts facts_of(const Model& model) {
  const bool classes = model.target.task == Task::kClassification;
  return {.task = classes
                      ? fmt::format("{}: one of {}", model.target.name, classes_text(model.target.classes))
                      : fmt::format("the value of {}", model.target.name),
          .network = network_text(model),
          .inputs = inputs_text(model.transform) + "; raw numbers in this order",
          .weights = "sha256 " + weights_sha256(model)};
}

// In capitals: what stands before _SELF_TEST.
std::string name_inside(const std::string& text) {
  constexpr std::string_view before = "#ifdef ";
  const std::size_t end = text.rfind("_SELF_TEST\n");
  const std::size_t begin = text.rfind(before, end);
  if (end == std::string::npos || begin == std::string::npos) return "NAME";
  return text.substr(begin + before.size(), end - begin - before.size());
}

// It stands in an #include.
void check_file_name(const std::string& file) {
  const bool fits = std::ranges::none_of(
      file, [](char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < ' '; });
  if (fits) return;
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("writing C source: the file's name {} cannot stand in an #include; expected one "
                          "without quotes, backslashes and control characters",
                          c_source::string_literal(file)));
}

// The golden rows and what the library makes of them.
struct Golden {
  std::vector<float> rows;
  std::size_t cols = 0;
  std::vector<double> predictions;

  [[nodiscard]] MatrixView<const float> view() const { return {rows.data(), rows.size() / cols, cols}; }
};

Golden golden_of(const Model& model) {
  const GoldenVectors rows = model.golden.empty() ? golden_inputs(model.transform) : model.golden;
  return {.rows = rows.inputs, .cols = rows.cols, .predictions = golden_stages(model, rows).back().values};
}

}  // namespace

struct CSource::State {
  Facts facts;
  std::vector<std::string> classes;
  Network network;
  Golden golden;
  std::unique_ptr<Arithmetic> arithmetic;
  Parts parts;

  [[nodiscard]] std::string comment(const std::string& file, const std::string& name) const;
  [[nodiscard]] std::string declarations(const std::string& name) const;
  [[nodiscard]] std::string implementation(const std::string& name) const;
  [[nodiscard]] std::string self_test(const std::string& name) const;
  [[nodiscard]] std::string signature() const;
};

std::string_view name_of(CNumbers numbers) {
  return kNames[static_cast<std::size_t>(numbers)];
}

CNumbers c_numbers_from_name(std::string_view name) {
  return static_cast<CNumbers>(index_of_name("numbers", name, kNames));
}

CNumbers c_numbers_of(const Model& model) {
  return is_double(model) ? CNumbers::kDouble : CNumbers::kFloat;
}

CSource::CSource(const Model& model, CNumbers numbers, MatrixView<const float> rows)
    : state_(std::make_unique<State>()) {
  if (numbers == CNumbers::kDouble && !is_double(model)) {
    throw Error(ErrorCode::kUnsupported,
                "writing C source: double is for a model of --precision double; this one computes in float");
  }
  std::optional<Model> rounded;
  if (is_double(model) && numbers != CNumbers::kDouble) rounded = rounded_to_float(model);
  const Model& written = rounded ? *rounded : model;
  state_->facts = facts_of(model);
  state_->classes = model.target.classes;
  state_->network = c_source::network_of(written);
  state_->golden = golden_of(written);
  state_->arithmetic = arithmetic_of(state_->network, numbers, rows);
  state_->parts = state_->arithmetic->parts();
}

CSource::~CSource() = default;
CSource::CSource(CSource&&) noexcept = default;
CSource& CSource::operator=(CSource&&) noexcept = default;

Predictions CSource::predictions(MatrixView<const float> rows) const {
  Predictions made{.rows = rows.rows, .cols = state_->network.predictions, .values = {}};
  made.values.resize(made.rows * made.cols);
  for (std::size_t r = 0; r < rows.rows; ++r)
    state_->arithmetic->predict(rows.row(r), std::span(made.values).subspan(r * made.cols, made.cols));
  return made;
}

std::size_t CSource::flash_bytes() const {
  return state_->parts.flash_bytes;
}

std::size_t CSource::ram_bytes() const {
  return state_->parts.ram_bytes;
}

std::string CSource::State::comment(const std::string& file, const std::string& name) const {
  const auto fact = [](const char* key, const std::string& text) {
    return c_source::comment_lines(fmt::format("{} {}", key, c_source::comment_text(text)), 9);
  };
  std::string text = fmt::format(
      "/* {}: a trained network in C99, written by gradus. No allocation, no input or output{}.\n *\n",
      c_source::comment_text(file), parts.needs_math ? "; <math.h>" : ", no library");
  text += fact("task    ", facts.task) + fact("network ", facts.network) + fact("inputs  ", facts.inputs) +
          fact("numbers ", parts.numbers_text) +
          fact("flash   ", fmt::format("{} bytes of tables, and code", parts.flash_bytes)) +
          fact("RAM     ", fmt::format("{} bytes that the caller lends: {}_memory", parts.ram_bytes, name)) +
          fact("weights ", facts.weights);
  const bool header_only = file.ends_with(".h");
  if (header_only) {
    text += c_source::with_name(
        " *\n * One source file of the program says #define @_IMPLEMENTATION before it includes this file.\n",
        name);
  }
  text += c_source::with_name(
      network.regression
          ? fmt::format(" *\n *     static $_memory memory;\n *     {} value = $_predict(&memory, inputs);\n",
                        parts.output_type)
          : fmt::format(" *\n *     static $_memory memory;\n *     {} probabilities[@_CLASSES];\n"
                        " *     const char *name = $_classes[$_predict(&memory, inputs, probabilities)];\n",
                        parts.output_type),
      name);
  return text +
         fmt::format(" *\n * Self-test: {}\n */\n", c_source::comment_text(c_self_test_command(file, name)));
}

std::string CSource::State::signature() const {
  return network.regression
             ? fmt::format("{} $_predict($_memory *memory, const {} *inputs)", parts.output_type,
                           parts.input_type)
             : fmt::format("int $_predict($_memory *memory, const {} *inputs, {} *probabilities)",
                           parts.input_type, parts.output_type);
}

std::string CSource::State::declarations(const std::string& name) const {
  std::string text =
      "#ifndef @_H\n#define @_H\n\n#include <stdint.h>\n\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n";
  text += fmt::format("#define @_INPUTS {}\n", network.inputs);
  if (!network.regression) text += fmt::format("#define @_CLASSES {}\n", network.predictions);
  text += parts.macros + "\n/* Scratch of one call, in any state before it. */\ntypedef struct {\n" +
          parts.members + "} $_memory;\n\n";
  text += network.regression ? "/* From @_INPUTS raw numbers the value. Calls may run at once, each with a "
                               "memory of its own. */\n"
                             : "/* From @_INPUTS raw numbers @_CLASSES probabilities; returns the place of "
                               "the largest. Calls may run at\n"
                               " * once, each with a memory of its own. */\n";
  text += signature() + ";\n";
  if (!network.regression) text += "\nextern const char *const $_classes[@_CLASSES];\n";
  text += "\n#ifdef __cplusplus\n}\n#endif\n\n#endif\n";
  return c_source::with_name(text, name);
}

std::string CSource::State::implementation(const std::string& name) const {
  std::string text = c_source::with_name(
      std::string(parts.needs_math ? "#include <math.h>\n\n" : "") + parts.tables + "\n", name);
  if (!network.regression) {
    text += c_source::with_name("const char *const $_classes[@_CLASSES] = {\n", name);
    for (const std::string& one : classes) text += fmt::format("  {},\n", c_source::string_literal(one));
    text += "};\n\n";
  }
  std::string code;
  for (const std::string_view function : parts.functions) code += fmt::format("{}\n", function);
  code += signature() + " {\n" + parts.body + "}\n";
  return text + c_source::with_name(code, name);
}

std::string CSource::State::self_test(const std::string& name) const {
  const bool whole = parts.input_type == "int32_t";
  std::string text = "\n#ifdef @_SELF_TEST\n#include <stdio.h>\n\n";
  text += arithmetic->test_tables(golden.view(), golden.predictions);
  text += fmt::format(
      "\nint main(void) {{\n  static $_memory memory;\n"
      "  for (int row = 0; row < {}; ++row) {{\n    {} made[{}];\n",
      golden.view().rows, parts.output_type, network.predictions);
  text += network.regression ? "    made[0] = $_predict(&memory, $_test_inputs + row * @_INPUTS);\n"
                             : "    $_predict(&memory, $_test_inputs + row * @_INPUTS, made);\n";
  text += fmt::format(
      "    for (int k = 0; k < {0}; ++k) {{\n"
      "      const {1} expected = $_test_expected[row * {0} + k];\n"
      "      const {1} difference = made[k] - expected;\n"
      "      if (difference <= $_test_bound && -difference <= $_test_bound) continue;\n"
      "      printf(\"$: output %d of row %d is %.9g; expected %.9g\\n\", k, row, (double)made[k], "
      "(double)expected);\n"
      "      return 1;\n    }}\n  }}\n"
      "  printf(\"$: ok, {2} golden rows\\n\");\n  return 0;\n}}\n#endif\n",
      network.predictions, whole ? "int32_t" : parts.output_type, golden.view().rows);
  return c_source::with_name(text, name);
}

CSourceText CSource::text(const std::string& file, const std::string& name) const {
  check_c_name(name);
  check_file_name(file);
  const State& state = *state_;
  const std::string opening = state.comment(file, name) + state.declarations(name);
  const std::string code = state.implementation(name) + state.self_test(name);
  if (file.ends_with(".h")) {
    return {
        .header = opening +
                  c_source::with_name("\n#if defined(@_IMPLEMENTATION) || defined(@_SELF_TEST)\n\n", name) +
                  code + "\n#endif\n",
        .source = {}};
  }
  const std::string header = std::filesystem::path(file).replace_extension(".h").string();
  return {.header = opening,
          .source = fmt::format("/* {}: see {}. */\n#include {}\n\n", c_source::comment_text(file),
                                c_source::comment_text(header), "\"" + header + "\"") +
                    code};
}

bool is_c_source(const std::filesystem::path& path) {
  return path.extension() == ".h" || path.extension() == ".c";
}

std::string c_name_of(const std::filesystem::path& file) {
  std::string name;
  for (const char c : file.stem().string()) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool digit = c >= '0' && c <= '9';
    if (name.empty() && !letter) name = "net";
    name += letter || digit ? c : '_';
  }
  return name.substr(0, kLongestName);
}

void check_c_name(const std::string& name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  const bool begins = !name.empty() && name[0] != '_' && (name[0] < '0' || name[0] > '9');
  if (begins && name.size() <= kLongestName && std::ranges::all_of(name, fits)) return;
  throw Error(
      ErrorCode::kInvalidArgument,
      fmt::format("writing C source: the name '{}' begins no identifier of C; expected a letter, then "
                  "letters, digits and _, at most {} in all",
                  name, kLongestName));
}

std::string c_self_test_command(const std::filesystem::path& file, std::string name) {
  if (name.empty()) name = name_inside(read_file(file));
  return fmt::format("cc -std=c99 -D{}_SELF_TEST {}{} -lm -o self_test && ./self_test", c_source::upper(name),
                     file.extension() == ".h" ? "-x c " : "", file.string());
}

void save_c_source(const std::filesystem::path& path, const CSource& source, const std::string& name) {
  const CSourceText text = source.text(path.filename().string(), name.empty() ? c_name_of(path) : name);
  std::filesystem::path header_path = path;
  AtomicFile header(header_path.replace_extension(".h"));
  header.write(text.header);
  if (text.source.empty()) return header.commit();
  AtomicFile code(
      path);  // both are written before either is there: one of another model would be worse than none
  code.write(text.source);
  header.commit();
  code.commit();
}

}  // namespace gradus
