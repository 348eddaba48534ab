// The four ways in which C source computes: each knows its tables and statements, and computes what they compute.
// Internal to formats/.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "gradus/formats/c_source_network.h"
#include "gradus/formats/c_source_text.h"

namespace gradus::c_source {

class Arithmetic {
 public:
  Arithmetic() = default;
  Arithmetic(const Arithmetic&) = delete;
  Arithmetic& operator=(const Arithmetic&) = delete;
  virtual ~Arithmetic() = default;

  // One raw row to probabilities or a value in the target's unit.
  virtual void predict(std::span<const float> row, std::span<double> predictions) const = 0;
  [[nodiscard]] virtual Parts parts() const = 0;
  // Tables $_test_inputs and $_test_expected for these rows, of which the library gives `library`, and how far the
  // compiled C may be from them.
  [[nodiscard]] virtual std::string test_tables(MatrixView<const float> rows,
                                                std::span<const double> library) const = 0;
};

[[nodiscard]] std::unique_ptr<Arithmetic> float_arithmetic(const Network& network);
[[nodiscard]] std::unique_ptr<Arithmetic> double_arithmetic(const Network& network);
// `rows`: raw rows, at least one, of the training part. Both throw Error(kUnsupported).
[[nodiscard]] std::unique_ptr<Arithmetic> int8_arithmetic(const Network& network,
                                                          MatrixView<const float> rows);
[[nodiscard]] std::unique_ptr<Arithmetic> fixed_arithmetic(const Network& network,
                                                           MatrixView<const float> rows);

}  // namespace gradus::c_source
