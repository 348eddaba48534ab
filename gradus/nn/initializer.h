// Initial weights. Biases and shifts start at zero, scales and running variances at one. Draws fill a weight (I, O) row-major, as NumPy fills an array of
// that shape.
#pragma once

#include <span>
#include <string_view>

#include "gradus/core/matrix.h"
#include "gradus/core/random.h"
#include "gradus/nn/network_spec.h"

namespace gradus {

// The distributions that first weights are drawn from.
enum class InitializerKind {
  kZeros,
  kConstant,        // a
  kUniform,         // [a, b)
  kNormal,          // mean a, standard deviation b
  kGlorotUniform,   // +-sqrt(6 / (fan_in + fan_out)), Glorot and Bengio 2010
  kGlorotNormal,    // sqrt(2 / (fan_in + fan_out))
  kHeUniform,       // +-sqrt(6 / fan_in), He et al. 2015
  kHeNormal,        // sqrt(2 / fan_in)
  kLecunNormal,     // 1 / sqrt(fan_in), LeCun et al. 1998
  kProductUniform,  // +-sqrt(6 / (fan_in * fan_out)): the Radboud course's, called Xavier there by mistake
  kOrthogonal,      // gain a; a = 0: the gain of the activation behind the layer. Saxe et al. 2014
};

// A distribution of first weights with its two parameters, where it has some.
struct InitializerSpec {
  InitializerKind kind = InitializerKind::kHeNormal;
  double a = 0;
  double b = 1;

  friend bool operator==(const InitializerSpec&, const InitializerSpec&) = default;
};

// zeros constant uniform normal glorot_uniform glorot_normal he_uniform he_normal lecun_normal
// product_uniform orthogonal
[[nodiscard]] std::span<const std::string_view> initializer_names();
// "he_normal", "uniform(-1,1)", "normal(0,0.1)", "constant(0.5)"; uniform and normal without numbers are
// uniform(-1,1) and normal(0,1), orthogonal without a number takes its gain from the activation. Throws Error(kBadConfiguration) with the nearest name, or for numbers that
// make no distribution.
[[nodiscard]] InitializerSpec initializer_from_name(std::string_view text);
[[nodiscard]] std::string to_string(const InitializerSpec& spec);  // gives the same spec back when read

// By what an orthogonal weight is multiplied so that signals keep their size through f: PyTorch's
// calculate_gain where it knows f; relu's for gelu and silu; 1 for the others.
[[nodiscard]] double gain_of(Activation f);

// Fills one weight (fan_in, fan_out) whose outputs go through `behind`; drawn in double, rounded to T.
// orthogonal: its rows or columns, whichever are fewer, are orthogonal and `gain` long.
template <class T>
void initialize(const InitializerSpec& spec, MatrixView<T> weight, Generator& generator,
                Activation behind = Activation::kIdentity);

// All weights of a flat block (parameter_table's layout) in layer order from one generator; the other tensors
// get their initial value.
template <class T>
void initialize(const InitializerSpec& spec, const ParameterTable& table, std::span<T> block,
                Generator& generator);

}  // namespace gradus
