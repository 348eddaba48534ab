// What float, double and int8 have in common: raw numbers scaled, and everything between two dense layers.
// Internal to formats/.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "gradus/formats/c_source_network.h"
#include "gradus/formats/c_source_text.h"

namespace gradus::c_source {

// What the C calls T.
template <class T>
inline constexpr std::string_view kTypeName = std::is_same_v<T, double> ? "double" : "float";

// (x - shift) / scale with the bits of the library, where a float takes its input: one multiply-add for a block of
// numbers; for columns of a table as in double, rounded to float (but for a rare last bit).
template <class T>
class InputScaling {
 public:
  // The result is the scaled input divided by `unit`.
  explicit InputScaling(const Network& network, double unit = 1);

  [[nodiscard]] bool needed() const { return !factor_.empty(); }
  [[nodiscard]] T operator()(std::span<const float> row, std::size_t i) const;
  // The expression of "inputs[i]" in C; its tables and functions go into `parts`.
  [[nodiscard]] std::string expression(Parts& parts) const;

 private:
  bool exact_ = false;
  std::vector<T> factor_;  // one for all, or of each; as the others
  std::vector<T> offset_;  // empty: 0
  std::vector<T> shift_;   // exact alone: in two floats each
  std::vector<T> shift_rest_;
  std::vector<T> factor_rest_;
};

// The macro that functions of products call.
void use_multiply_add(Parts& parts);

// Statements for the values in `x`, a C expression. In double too they are those of floats, for in_double() to change.
template <class T>
void write_unit_step(Parts& parts, const Step& step, const std::string& x);
// From the outputs to the end of $_predict.
template <class T>
void write_end(Parts& parts, const Network& network);
// Where the last dense layer writes.
[[nodiscard]] std::string output_place(const Network& network);

// The same end in the twins.
template <class T>
void finish(const Network& network, std::vector<T>& outputs, std::span<double> predictions);

// Of rows and expected predictions; the bound is a share of 1, or of a regression's largest value.
template <class T>
[[nodiscard]] std::string float_test_tables(const Network& network, MatrixView<const float> rows,
                                            std::span<const double> expected, T bound);

}  // namespace gradus::c_source
