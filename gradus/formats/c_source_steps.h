// What float and int8 have in common: raw numbers scaled in float, and everything between two dense layers.
// Internal to formats/.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "gradus/formats/c_source_network.h"
#include "gradus/formats/c_source_text.h"

namespace gradus::c_source {

// (x - shift) times a factor, where the shift is a sum of two floats if one loses digits of columns far from zero.
class InputScaling {
 public:
  // The result is the scaled input divided by `unit`.
  explicit InputScaling(const Network& network, double unit = 1);

  [[nodiscard]] bool needed() const { return !factor_.empty(); }
  [[nodiscard]] float operator()(std::span<const float> row, std::size_t i) const;
  // The expression of "inputs[i]" in C; its tables go into `parts`.
  [[nodiscard]] std::string expression(Parts& parts) const;

 private:
  std::vector<float> shift_;  // empty: 0
  std::vector<float> rest_;   // empty: 0
  std::vector<float> factor_;
};

// Statements for the values in `x`, a C expression.
void write_unit_step(Parts& parts, const Step& step, const std::string& x);
// From the outputs to the end of $_predict.
void write_end(Parts& parts, const Network& network);
// Where the last dense layer writes.
[[nodiscard]] std::string output_place(const Network& network);

// The same end in the twins.
void finish(const Network& network, std::vector<float>& outputs, std::span<double> predictions);

// Of float rows and expected predictions; the bound is a share of 1, or of a regression's largest value.
[[nodiscard]] std::string float_test_tables(const Network& network, MatrixView<const float> rows,
                                            std::span<const double> expected, float bound);

}  // namespace gradus::c_source
