// Tensors as they came to rows of numbers.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <set>
#include <utility>

#include "gradus/core/error.h"
#include "gradus/core/names.h"
#include "gradus/data/shape.h"
#include "gradus/server/oip_tensors.h"

namespace gradus::server {
namespace {

static_assert(std::endian::native == std::endian::little, "tensors are little-endian");

constexpr std::string_view kRowsName = "input";
constexpr std::string_view kTexts = "BYTES";

[[noreturn]] void fail(const InferInput& input, const std::string& what) {
  throw Error(ErrorCode::kBadData, fmt::format("input '{}': {}", input.name.substr(0, 100), what));
}

template <class Raw, class To>
void append_as(std::string_view bytes, std::vector<To>& to) {
  const std::size_t count = bytes.size() / sizeof(Raw);
  to.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    Raw value;
    std::memcpy(&value, bytes.data() + i * sizeof(Raw), sizeof(Raw));
    to[i] = static_cast<To>(value);
  }
}

// A datatype of numbers, as the protocol calls it.
struct NumberType {
  std::size_t size;
  void (*floats)(std::string_view, std::vector<float>&);
  void (*doubles)(std::string_view, std::vector<double>&);
  bool single;  // every value is a float: rows of float
};

template <class Raw>
constexpr NumberType number_type(bool single) {
  return {sizeof(Raw), &append_as<Raw, float>, &append_as<Raw, double>, single};
}

const NumberType* find_number_type(std::string_view name) {
  static const std::map<std::string_view, NumberType> kTypes = {
      {"BOOL", number_type<std::uint8_t>(false)},    {"UINT8", number_type<std::uint8_t>(true)},
      {"UINT16", number_type<std::uint16_t>(false)}, {"UINT32", number_type<std::uint32_t>(false)},
      {"UINT64", number_type<std::uint64_t>(false)}, {"INT8", number_type<std::int8_t>(true)},
      {"INT16", number_type<std::int16_t>(false)},   {"INT32", number_type<std::int32_t>(false)},
      {"INT64", number_type<std::int64_t>(false)},   {"FP32", number_type<float>(true)},
      {"FP64", number_type<double>(false)}};
  const auto found = kTypes.find(name);
  return found == kTypes.end() ? nullptr : &found->second;
}

const NumberType& type_of(const InferInput& input) {
  const NumberType* type = find_number_type(input.datatype);
  if (type == nullptr) {
    fail(input,
         fmt::format(
             "datatype '{}' is not read here; expected FP32, FP64, BOOL, BYTES for texts, INT8 to INT64 or "
             "UINT8 to UINT64",
             input.datatype.substr(0, 40)));
  }
  if (input.binary && (input.elements > input.binary->size() / type->size ||
                       input.elements * type->size != input.binary->size())) {
    fail(input, fmt::format("{} bytes came; shape {} of {} takes {} each", input.binary->size(),
                            shape_text(input.shape), input.datatype, type->size));
  }
  if (!input.binary && !input.texts.empty())
    fail(input, fmt::format("'data' holds texts; datatype {} is one of numbers", input.datatype));
  return *type;
}

// JSON's numbers as a tensor of floats holds them.
std::vector<float> as_floats(const InferInput& input) {
  std::vector<float> values;
  values.reserve(input.numbers.size());
  for (const double number : input.numbers) {
    if (std::abs(number) > std::numeric_limits<float>::max())
      fail(input, fmt::format("{} does not fit FP32", number));
    values.push_back(static_cast<float>(number));
  }
  return values;
}

std::vector<double> as_doubles(const InferInput& input) {
  const NumberType& type = type_of(input);
  if (!input.binary) return input.numbers;
  std::vector<double> values;
  type.doubles(*input.binary, values);
  return values;
}

InputRows whole_rows(const ServedModel& model, const InferInput& input) {
  const std::size_t features = model.predictor.features();
  const bool fits = input.shape.size() == 2 && input.shape[0] > 0 && input.shape[1] == features;
  if (!fits) fail(input, fmt::format("its shape is {}; expected (n, {})", shape_text(input.shape), features));
  const NumberType& type = type_of(input);
  InputRows rows{input.shape[0], {}};
  if (!type.single) {
    rows.values = as_doubles(input);
  } else if (!input.binary) {
    rows.values = as_floats(input);
  } else {
    type.floats(*input.binary, std::get<std::vector<float>>(rows.values));
  }
  check_finite(model, rows);
  return rows;
}

// Each a length of four bytes and so many bytes.
std::vector<std::string> texts_of(const InferInput& input) {
  if (!input.binary) {
    if (input.texts.size() != input.elements)
      fail(input, "'data' holds other things than texts; datatype is BYTES");
    return input.texts;
  }
  std::vector<std::string> texts;
  std::string_view bytes = *input.binary;
  while (!bytes.empty()) {
    std::uint32_t length = 0;
    if (bytes.size() >= sizeof length) std::memcpy(&length, bytes.data(), sizeof length);
    if (bytes.size() < sizeof length || length > bytes.size() - sizeof length)
      fail(input, fmt::format("text {} is longer than the bytes that came", texts.size() + 1));
    texts.emplace_back(bytes.substr(sizeof length, length));
    bytes.remove_prefix(sizeof length + length);
  }
  if (texts.size() != input.elements)
    fail(input, fmt::format("{} texts came; its shape {} says {}", texts.size(), shape_text(input.shape),
                            input.elements));
  return texts;
}

Column column_of(const InferInput& input) {
  if (input.datatype == kTexts) return text_column(input.name, texts_of(input));
  return number_column(input.name, as_doubles(input));
}

void check_column(const ServedModel& model, const InferInput& input, const InferInput& first) {
  if (!model.columns.contains(input.name)) {
    const std::vector<TensorDescription> known = input_tensors(model);
    std::vector<std::string_view> names;
    for (const TensorDescription& tensor : known) names.push_back(tensor.name);
    throw Error(ErrorCode::kBadData, unknown_name_message("input", input.name.substr(0, 100), names));
  }
  const bool fits = !input.shape.empty() && input.shape.size() <= 2 && input.shape[0] > 0 &&
                    input.elements == input.shape[0];
  if (!fits) fail(input, fmt::format("its shape is {}; expected (n, 1)", shape_text(input.shape)));
  if (input.elements != first.elements)
    fail(input, fmt::format("it has {} rows; '{}' has {}", input.elements, first.name, first.elements));
}

InputRows rows_of_columns(const ServedModel& model, const InferRequest& request) {
  Table table;
  table.source = "the request";
  table.rows = request.inputs.front().elements;
  std::set<std::string_view> names;
  for (const InferInput& input : request.inputs) {
    check_column(model, input, request.inputs.front());
    if (!names.insert(input.name).second) fail(input, "it came twice");
    table.columns.push_back(column_of(input));
  }
  return encoded(model, table);
}

}  // namespace

std::vector<TensorDescription> input_tensors(const ServedModel& model) {
  const Transform& transform = model.predictor.model().transform;
  const auto features = static_cast<long long>(model.predictor.features());
  const bool texts = std::ranges::any_of(
      transform.inputs, [](const InputColumn& input) { return input.kind == ColumnKind::kCategory; });
  if (!texts) return {{std::string(kRowsName), transform.inputs.empty() ? "FP32" : "FP64", {-1, features}}};
  std::vector<TensorDescription> tensors;
  for (std::size_t i = 0; i < transform.block_features; ++i)
    tensors.push_back({transform.block_prefix + std::to_string(i), "FP64", {-1, 1}});
  for (const InputColumn& input : transform.inputs) {
    const char* type = input.kind == ColumnKind::kCategory  ? "BYTES"
                       : input.kind == ColumnKind::kBoolean ? "BOOL"
                                                            : "FP64";
    tensors.push_back({input.name, type, {-1, 1}});
  }
  return tensors;
}

InputRows rows_of(const ServedModel& model, const InferRequest& request) {
  const InferInput& first = request.inputs.front();
  if (request.inputs.size() == 1 && first.name == kRowsName && !model.columns.contains(first.name))
    return whole_rows(model, first);
  return rows_of_columns(model, request);
}

}  // namespace gradus::server
