// Initial weights: reading their description, and drawing them.
#include "gradus/nn/initializer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string>
#include <vector>

#include "gradus/core/error.h"
#include "gradus/core/names.h"
#include "gradus/kernels/activation.h"
#include "gradus/nn/orthogonal.h"

namespace gradus {
namespace {

constexpr std::array<std::string_view, 11> kNames = {
    "zeros",      "constant",  "uniform",      "normal",          "glorot_uniform", "glorot_normal",
    "he_uniform", "he_normal", "lecun_normal", "product_uniform", "orthogonal"};
static_assert(kNames.size() == static_cast<std::size_t>(InitializerKind::kOrthogonal) + 1);

[[noreturn]] void fail(std::string_view text, std::string_view expected) {
  throw Error(ErrorCode::kBadConfiguration,
              fmt::format("reading the initializer '{}': expected {}", text, expected));
}

// The numbers of "name(1,2)"; none where there are no parentheses.
std::vector<double> numbers_of(std::string_view text) {
  const std::size_t open = text.find('(');
  if (open == std::string_view::npos) return {};
  if (text.back() != ')') fail(text, "a closing parenthesis, as in uniform(-1,1)");
  std::vector<double> numbers;
  const char* at = text.data() + open + 1;
  const char* const end = text.data() + text.size() - 1;
  for (;;) {
    while (at != end && *at == ' ') ++at;
    double number = 0;
    const auto [after, error] = std::from_chars(at, end, number);
    if (error != std::errc() || !std::isfinite(number)) fail(text, "finite numbers between the parentheses");
    numbers.push_back(number);
    if (after == end) return numbers;
    if (*after != ',') fail(text, "commas between the numbers");
    at = after + 1;
  }
}

struct Distribution {
  bool normal = false;
  double a = 0;  // low, or mean
  double b = 0;  // high, or standard deviation
};

Distribution distribution_of(const InitializerSpec& spec, std::size_t fan_in, std::size_t fan_out) {
  const auto in = static_cast<double>(fan_in);
  const auto out = static_cast<double>(fan_out);
  const auto uniform = [](double limit) { return Distribution{.normal = false, .a = -limit, .b = limit}; };
  const auto normal = [](double deviation) { return Distribution{.normal = true, .a = 0, .b = deviation}; };
  switch (spec.kind) {
    case InitializerKind::kUniform:
      return {.normal = false, .a = spec.a, .b = spec.b};
    case InitializerKind::kNormal:
      return {.normal = true, .a = spec.a, .b = spec.b};
    case InitializerKind::kGlorotUniform:
      return uniform(std::sqrt(6.0 / (in + out)));
    case InitializerKind::kGlorotNormal:
      return normal(std::sqrt(2.0 / (in + out)));
    case InitializerKind::kHeUniform:
      return uniform(std::sqrt(6.0 / in));
    case InitializerKind::kHeNormal:
      return normal(std::sqrt(2.0 / in));
    case InitializerKind::kLecunNormal:
      return normal(1.0 / std::sqrt(in));
    case InitializerKind::kProductUniform:
      return uniform(std::sqrt(6.0 / (in * out)));
    case InitializerKind::kZeros:
    case InitializerKind::kConstant:
    case InitializerKind::kOrthogonal:
      break;
  }
  GRADUS_ASSERT(false, static_cast<int>(spec.kind));
  return {};
}

// Draws in the order of the weight, then makes the longer side's vectors orthonormal.
template <class T>
void fill_orthogonal(MatrixView<T> weight, double gain, Generator& generator) {
  const bool tall = weight.rows >= weight.cols;
  std::vector<double> values(weight.rows * weight.cols);
  const std::size_t rows = tall ? weight.rows : weight.cols;
  const MatrixView<double> a(values.data(), rows, values.size() / rows);
  const auto entry = [&](std::size_t r, std::size_t c) -> double& { return tall ? a(r, c) : a(c, r); };
  for (std::size_t r = 0; r < weight.rows; ++r) {
    for (std::size_t c = 0; c < weight.cols; ++c) entry(r, c) = generator.normal();
  }
  orthonormalize(a);
  for (std::size_t r = 0; r < weight.rows; ++r) {
    for (std::size_t c = 0; c < weight.cols; ++c) weight(r, c) = static_cast<T>(gain * entry(r, c));
  }
}

}  // namespace

std::span<const std::string_view> initializer_names() {
  return kNames;
}

InitializerSpec initializer_from_name(std::string_view text) {
  const std::string_view name = text.substr(0, text.find('('));
  InitializerSpec spec{.kind = static_cast<InitializerKind>(index_of_name("initializer", name, kNames))};
  const std::vector<double> numbers = numbers_of(text);
  switch (spec.kind) {
    case InitializerKind::kConstant:
      if (numbers.size() != 1) fail(text, "one number, as in constant(0.5)");
      spec.a = numbers[0];
      break;
    case InitializerKind::kUniform:
      if (!numbers.empty() && numbers.size() != 2) fail(text, "two numbers, as in uniform(-1,1)");
      spec.a = numbers.empty() ? -1 : numbers[0];
      spec.b = numbers.empty() ? 1 : numbers[1];
      if (!(spec.a < spec.b)) fail(text, "a lower end that is less than the upper end");
      break;
    case InitializerKind::kNormal:
      if (!numbers.empty() && numbers.size() != 2)
        fail(text, "mean and standard deviation, as in normal(0,0.1)");
      spec.a = numbers.empty() ? 0 : numbers[0];
      spec.b = numbers.empty() ? 1 : numbers[1];
      if (spec.b < 0) fail(text, "a standard deviation of at least 0");
      break;
    case InitializerKind::kOrthogonal:
      if (numbers.size() > 1) fail(text, "at most one number, the gain, as in orthogonal(1.5)");
      spec.a = numbers.empty() ? 0 : numbers[0];
      if (!numbers.empty() && !(spec.a > 0)) fail(text, "a gain above 0");
      break;
    default:
      if (name.size() != text.size()) fail(text, fmt::format("no numbers: {} takes none", name));
  }
  return spec;
}

std::string to_string(const InitializerSpec& spec) {
  const std::string_view name = kNames.at(static_cast<std::size_t>(spec.kind));
  switch (spec.kind) {
    case InitializerKind::kOrthogonal:
      return spec.a == 0 ? std::string(name) : fmt::format("{}({})", name, spec.a);
    case InitializerKind::kConstant:
      return fmt::format("{}({})", name, spec.a);
    case InitializerKind::kUniform:
    case InitializerKind::kNormal:
      return fmt::format("{}({},{})", name, spec.a, spec.b);
    default:
      return std::string(name);
  }
}

double gain_of(Activation f) {
  switch (f) {
    case Activation::kTanh:
      return 5.0 / 3.0;
    case Activation::kRelu:
    case Activation::kGelu:
    case Activation::kSilu:
      return std::sqrt(2.0);
    case Activation::kLeakyRelu:
      return std::sqrt(2.0 / (1 + kLeakyReluSlope * kLeakyReluSlope));
    default:
      return 1;
  }
}

template <class T>
void initialize(const InitializerSpec& spec, MatrixView<T> weight, Generator& generator, Activation behind) {
  if (spec.kind == InitializerKind::kZeros || spec.kind == InitializerKind::kConstant) {
    const T value = spec.kind == InitializerKind::kZeros ? T(0) : static_cast<T>(spec.a);
    for (std::size_t r = 0; r < weight.rows; ++r) std::ranges::fill(weight.row(r), value);
    return;
  }
  if (spec.kind == InitializerKind::kOrthogonal) {
    fill_orthogonal(weight, spec.a == 0 ? gain_of(behind) : spec.a, generator);
    return;
  }
  const Distribution distribution = distribution_of(spec, weight.rows, weight.cols);
  for (std::size_t r = 0; r < weight.rows; ++r) {
    for (T& value : weight.row(r)) {
      value = static_cast<T>(distribution.normal ? generator.normal(distribution.a, distribution.b)
                                                 : generator.uniform(distribution.a, distribution.b));
    }
  }
}

template <class T>
void initialize(const InitializerSpec& spec, const ParameterTable& table, std::span<T> block,
                Generator& generator) {
  GRADUS_ASSERT(block.size() == table.block_size, block.size(), table.block_size);
  std::ranges::fill(block, T(0));
  for (const ParameterInfo& tensor : table.tensors) {
    const MatrixView<T> values(block.data() + tensor.offset, tensor.rows, tensor.cols);
    if (tensor.is_weight) {
      initialize(spec, values, generator, tensor.activation);
    } else {
      std::ranges::fill(values.row(0), static_cast<T>(tensor.initial_value));
    }
  }
}

template void initialize(const InitializerSpec&, MatrixView<float>, Generator&, Activation);
template void initialize(const InitializerSpec&, MatrixView<double>, Generator&, Activation);
template void initialize(const InitializerSpec&, const ParameterTable&, std::span<float>, Generator&);
template void initialize(const InitializerSpec&, const ParameterTable&, std::span<double>, Generator&);

}  // namespace gradus
