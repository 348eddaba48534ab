// Golden bits: a hash of a small fixed computation of every kernel. A change of one is a change of the
// numerics contract: raise kNumericsVersion with it.

#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <map>
#include <string>

#include "gradus/kernels/kernels_testing.h"
#include "gradus/kernels/math.h"
#include "gradus/kernels/numerics_version.h"

namespace gradus {
namespace {

using test::Result;

// FNV-1a over the little-endian bytes.
std::uint64_t hash(const Result& values) {
  std::uint64_t state = 0xcbf29ce484222325;
  for (const double value : values) {
    const auto bits = std::bit_cast<std::uint64_t>(value);
    for (int byte = 0; byte < 8; ++byte) state = (state ^ ((bits >> (8 * byte)) & 0xff)) * 0x100000001b3;
  }
  return state;
}

void append(Result& all, const Result& more) {
  all.insert(all.end(), more.begin(), more.end());
}

template <class T>
std::map<std::string, std::uint64_t> hashes(const KernelSet<T>& set) {
  const std::string suffix = sizeof(T) == sizeof(float) ? " float" : " double";
  std::map<std::string, Result> results;
  for (const Activation f : test::kElementwise) {
    const test::DenseCase by_outputs{7, 83, 45, {2, 45}, f};
    const test::DenseCase by_inputs{7, 45, 83, {2, 45}, f};
    results["activation " + std::to_string(static_cast<int>(f))] = test::run_activation(set, f, 4, 101);
    if (f == Activation::kExp) continue;  // younger than the hashes of the products
    append(results["dense_forward"], test::run_dense_forward(set, by_outputs));
    append(results["dense_input_gradient"], test::run_dense_input_gradient(set, by_inputs));
    append(results["dense_weight_gradient"], test::run_dense_weight_gradient(set, by_outputs));
  }
  for (const UpdateRule rule : test::kRules) {
    Result& result = results["update " + std::to_string(static_cast<int>(rule))];
    append(result, test::run_update(set, rule, 0, 101));
    append(result, test::run_update(set, rule, 0.1, 101));
  }
  results["softmax"] = test::run_softmax(set, 4, 53);
  results["softmax_cross_entropy"] = test::run_softmax_cross_entropy<T>(set, 4, 53, T(0.1));
  append(results["softmax_cross_entropy"], test::run_softmax_cross_entropy<T>(set, 4, 53, 0));
  results["sigmoid_cross_entropy"] = test::run_sigmoid_cross_entropy(set, 4, 53);

  std::map<std::string, std::uint64_t> table;
  for (const auto& [name, result] : results) table[name + suffix] = hash(result);
  return table;
}

// The functions of one value, at points of every size.
template <class T>
std::uint64_t hash_of_functions() {
  Result result;
  for (T (*function)(T) : {math::exp<T>, math::expm1<T>, math::log<T>, math::log1p<T>, math::tanh<T>,
                           math::sigmoid<T>, math::erf<T>}) {
    test::Values values(23);
    for (int i = 0; i < 500; ++i) result.push_back(function(static_cast<T>(values.next() * (1 << (i % 8)))));
  }
  for (double& value : result) {
    if (value != value) value = 0;  // the bits of a NaN are not promised
  }
  return hash(result);
}

std::uint64_t hash_of_double_functions() {
  Result result;
  test::Values values(29);
  for (int i = 0; i < 500; ++i) {
    const double x = values.next() * (1 << (i % 20));
    result.insert(result.end(), {math::sin(x), math::cos(x), math::pow(0.5 + x * x, values.next() * 20)});
  }
  return hash(result);
}

const std::map<std::string, std::uint64_t> kGolden = {
    {"activation 0 double", 0x39325e7cfc3975c6},
    {"activation 0 float", 0x9303efd4599ba3fe},
    {"activation 1 double", 0x61f44be758f52e6},
    {"activation 1 float", 0x37c8296132f59daa},
    {"activation 2 double", 0x23610bace56aa33a},
    {"activation 2 float", 0x776a53531fc0238e},
    {"activation 3 double", 0x1a86257273e36d46},
    {"activation 3 float", 0x1730f5c30e66b2e},
    {"activation 4 double", 0x2c8abff2a1d913c2},
    {"activation 4 float", 0x2a82792067ec9cce},
    {"activation 5 double", 0xfbd6a5503d2a461a},
    {"activation 5 float", 0xbda71131a6170186},
    {"activation 6 double", 0x3ba9952a4899b2fe},
    {"activation 6 float", 0x8e3e5a767f0cd3ea},
    {"activation 7 double", 0x96f3890d093bd6de},
    {"activation 7 float", 0xeb6b1cba5647fb56},
    {"activation 8 double", 0x113069671d110b0a},
    {"activation 8 float", 0x855594880a8d453a},
    {"activation 9 double", 0x55bf6597aeef0e9e},
    {"activation 9 float", 0x87fb6ee1d9ba1736},
    {"activation 10 double", 0x4b16a44838e21826},
    {"activation 10 float", 0xb55694ccf3e2217a},
    {"dense_forward double", 0x7945d17bdc42345a},
    {"dense_forward float", 0x1129de0dea2b8438},
    {"dense_input_gradient double", 0xfad314e3e9ef6bdd},
    {"dense_input_gradient float", 0xdb0944e736ba13d1},
    {"dense_weight_gradient double", 0xbdb2eead745b925},
    {"dense_weight_gradient float", 0x4a7b1f2670f1bb45},
    {"sigmoid_cross_entropy double", 0xb0dd9f17ac4df33d},
    {"sigmoid_cross_entropy float", 0xc98150aeacb825ab},
    {"softmax double", 0x4430c9428441fa52},
    {"softmax float", 0xe2dc4d80c1545ad2},
    {"softmax_cross_entropy double", 0x7239c984c393feaf},
    {"softmax_cross_entropy float", 0x676b4231cc7fc45},
    {"update 0 double", 0x3792f5c8b2d71fc6},
    {"update 0 float", 0x6d91d00ff118c28f},
    {"update 1 double", 0x7ca66c2a64185176},
    {"update 1 float", 0xfe35e0cabaf28140},
    {"update 2 double", 0x4675706fa226054f},
    {"update 2 float", 0x1bc74f0949a15e30},
    {"update 3 double", 0xea5b1ca67a9e16c6},
    {"update 3 float", 0x3453530aa3df61ab},
    {"update 4 double", 0xe0617de19f1162cd},
    {"update 4 float", 0xf912e835e68f0188},
    {"update 5 double", 0xea86e18dfd8e073b},
    {"update 5 float", 0x1b12ad7b56cf4515},
    {"update 6 double", 0x912ae2263a8f56b6},
    {"update 6 float", 0x2d2d86487bf6c9be},
    {"functions float", 0x2e9f8c7d0d69cfe9},
    {"functions double", 0x61db2b6774e5fcec},
    {"sin cos pow", 0x1d2e23ff953fa9a1},
};

template <class T>
void expect_golden(const KernelSet<T>& set) {
  for (const auto& [name, actual] : hashes(set)) {
    const auto golden = kGolden.find(name);
    const std::uint64_t expected = golden == kGolden.end() ? 0 : golden->second;
    EXPECT_EQ(expected, actual) << set.name << ": {\"" << name << "\", 0x" << std::hex << actual << "},";
  }
}

TEST(KernelsGoldenTest, EverySetGivesTheBitsOfThisNumericsVersion) {
  static_assert(kNumericsVersion == 3, "new golden hashes belong to a new version");
  for (const KernelSet<float>* set : test::sets_under_test<float>()) expect_golden(*set);
  for (const KernelSet<double>* set : test::sets_under_test<double>()) expect_golden(*set);
}

TEST(KernelsGoldenTest, SoDoTheFunctionsOfOneValue) {
  EXPECT_EQ(kGolden.at("functions float"), hash_of_functions<float>())
      << std::hex << hash_of_functions<float>();
  EXPECT_EQ(kGolden.at("functions double"), hash_of_functions<double>())
      << std::hex << hash_of_functions<double>();
  EXPECT_EQ(kGolden.at("sin cos pow"), hash_of_double_functions()) << std::hex << hash_of_double_functions();
}

}  // namespace
}  // namespace gradus
