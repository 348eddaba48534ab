// The elementary functions and activations of every kernel set present: all sets give the same bits, near those of the
// C library in the next higher precision. In float every one of the 2^32 arguments, or every N-th with --stride N; in
// double 10^8 arguments, or 10^8 / N. Prints the largest errors, and fails where one is over its bound.
//
//   functions_slow_test [--stride N] [--only TEXT]     TEXT: part of "float exp", "double gelu", ...

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <limits>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <vector>

#include "gradus/kernels/kernels.h"
#include "gradus/kernels/math.h"
#include "tests/slow/vector_functions.h"

namespace gradus::test {
namespace {

constexpr std::size_t kBlock = 65536;

template <class T>
using Wider = std::conditional_t<sizeof(T) == sizeof(float), double, long double>;
template <class T>
using Bits = std::conditional_t<sizeof(T) == sizeof(float), std::uint32_t, std::uint64_t>;
template <class T>
using Computation = std::function<void(const T* in, T* out, std::size_t count)>;

template <class T>
struct Function {
  std::string name;
  std::vector<Computation<T>> sets;
  Wider<T> (*exact)(Wider<T>);
  double bound;            // in units in the last place of normal results
  double subnormal_bound;  // in smallest numbers
  T from;                  // of the uniform points in double
  T to;
};

template <class W>
W sigmoid(W x) {
  const W e = std::exp(-std::abs(x));
  return (x < 0 ? e : 1) / (1 + e);
}

template <class W>
W silu(W x) {
  return x < -20000 ? W{-0.0} : x * sigmoid(x);  // at -infinity the limit, no 0 times infinity
}

template <class W>
W softplus(W x) {
  return (x > 0 ? x : 0) + std::log1p(std::exp(-std::abs(x)));
}

// x Phi(x) from erfc(t), t = -x/sqrt 2. erfc magnifies the rounding of t by 2 t^2, so mend it by e^(t^2 - x^2/2).
template <class W>
W gelu(W x) {
  const W t = -x * static_cast<W>(0.70710678118654752440084436210484904L);
  if (!(std::abs(t) < 40)) return x < 0 ? W{-0.0} : x;  // at -infinity the limit, no 0 times infinity
  const W square = x * x / 2;
  const W rest = std::fma(t, t, -square) - std::fma(x / 2, x, -square);
  return x / 2 * (std::erfc(t) * (t > 1 ? 1 + rest : 1));
}

template <class T>
std::vector<Function<T>> functions() {
  using W = Wider<T>;
  const auto vectors = vector_functions<T>();
  const auto elementary = [&](typename VectorFunctions<T>::Function VectorFunctions<T>::*member) {
    std::vector<Computation<T>> sets;
    for (const auto& set : vectors) sets.push_back(set.*member);
    return sets;
  };
  const auto activation = [](Activation f) {
    std::vector<Computation<T>> sets;
    for (const std::string_view name : available_kernel_sets()) {
      sets.push_back([&set = kernels<T>(name), f](const T* in, T* out, std::size_t count) {
        set.activation_forward(f, {in, 1, count}, {out, 1, count});
      });
    }
    return sets;
  };
  using V = VectorFunctions<T>;
  return {
      {"exp", elementary(&V::exp), [](W x) { return std::exp(x); }, 1, 1, -750, 710},
      {"sigmoid", activation(Activation::kSigmoid), sigmoid<W>, 2, 1, -40, 40},
      {"tanh", activation(Activation::kTanh), [](W x) { return std::tanh(x); }, 1.5, 1, -20, 20},
      {"log", elementary(&V::log), [](W x) { return std::log(x); }, 1, 1, 0, 10},
      {"log1p", elementary(&V::log1p), [](W x) { return std::log1p(x); }, 1, 1, -1, 4},
      {"expm1", elementary(&V::expm1), [](W x) { return std::expm1(x); }, 2, 1, -40, 40},
      {"erf", elementary(&V::erf), [](W x) { return std::erf(x); }, 1.5, 1, -6, 6},
      {"elu", activation(Activation::kElu), [](W x) { return x > 0 ? x : std::expm1(x); }, 1.5, 1, -40, 1},
      {"gelu", activation(Activation::kGelu), gelu<W>, 4, 2, -39, 10},
      {"silu", activation(Activation::kSilu), silu<W>, 2.5, 1.5, -100, 40},
      {"softplus", activation(Activation::kSoftplus), softplus<W>, 2, 1, -40, 40},
  };
}

// 2^n, quickly in double.
template <class W>
W power_of_two(int n) {
  if constexpr (sizeof(W) == sizeof(double)) {
    return std::bit_cast<double>(static_cast<std::uint64_t>(n + 1023) << 52);
  } else {
    return std::ldexp(W{1}, n);
  }
}

// |value - exact| in units of the last place that T has at `exact`; infinity counts as the number after the largest.
template <class T>
double ulps(T value, Wider<T> exact) {
  using Limits = std::numeric_limits<T>;
  using W = Wider<T>;
  constexpr int kDigits = Limits::digits - 1;
  if (!(std::abs(value - exact) < std::numeric_limits<W>::infinity())) {
    if (std::isnan(value) || std::isnan(exact)) return std::isnan(value) && std::isnan(exact) ? 0 : 1e30;
    const W beyond = std::ldexp(W{1}, Limits::max_exponent);
    return static_cast<double>(
        std::abs(std::clamp<W>(value, -beyond, beyond) - std::clamp(exact, -beyond, beyond)) /
        std::ldexp(W{1}, Limits::max_exponent - 1 - kDigits));
  }
  const int exponent =
      sizeof(T) == sizeof(double)
          ? (exact == 0 ? Limits::min_exponent : std::ilogb(exact))
          : static_cast<int>((std::bit_cast<std::uint64_t>(static_cast<double>(exact)) >> 52) & 0x7FF) - 1023;
  const int unit = std::max(exponent, Limits::min_exponent - 1) - kDigits;
  return static_cast<double>(std::abs(value - exact) * power_of_two<W>(-unit));
}

template <class T>
struct Worst {
  double error = 0;
  T at = 0;

  void look_at(double candidate, T x) {
    if (candidate > error) *this = {candidate, x};
  }
};

template <class T>
struct Finding {
  Worst<T> normal;
  Worst<T> subnormal;
  std::uint64_t unequal = 0;  // arguments at which two sets give other bits
  T unequal_at = 0;

  void merge(const Finding& other) {
    normal.look_at(other.normal.error, other.normal.at);
    subnormal.look_at(other.subnormal.error, other.subnormal.at);
    if (other.unequal > 0) unequal_at = other.unequal_at;
    unequal += other.unequal;
  }
};

template <class T>
void examine(const Function<T>& function, const std::vector<T>& in, std::vector<std::vector<T>>& out,
             Finding<T>& finding) {
  for (std::size_t s = 0; s < function.sets.size(); ++s)
    function.sets[s](in.data(), out[s].data(), in.size());
  for (std::size_t i = 0; i < in.size(); ++i) {
    const T value = out[0][i];
    for (std::size_t s = 1; s < function.sets.size(); ++s) {
      const bool equal = std::bit_cast<Bits<T>>(value) == std::bit_cast<Bits<T>>(out[s][i]) ||
                         (std::isnan(value) && std::isnan(out[s][i]));
      if (!equal) ++finding.unequal, finding.unequal_at = in[i];
    }
    const Wider<T> exact = function.exact(in[i]);
    const bool subnormal = std::abs(exact) < std::numeric_limits<T>::min();
    (subnormal ? finding.subnormal : finding.normal).look_at(ulps(value, exact), in[i]);
  }
}

// SplitMix64: a number for each counter.
std::uint64_t random_bits(std::uint64_t counter) {
  std::uint64_t z = counter * 0x9E3779B97F4A7C15;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return z ^ (z >> 31);
}

// The arguments of a block. In float block b holds every `stride`-th number of all; in double all exponents alike in
// one half, evenly spread over the active range in the other.
void fill(std::uint64_t block, std::uint64_t stride, const Function<float>&, std::vector<float>& in) {
  for (std::size_t i = 0; i < kBlock; ++i) {
    in[i] = std::bit_cast<float>(static_cast<std::uint32_t>((block * kBlock + i) * stride));
  }
}
void fill(std::uint64_t block, std::uint64_t, const Function<double>& function, std::vector<double>& in) {
  for (std::size_t i = 0; i < kBlock; ++i) {
    const std::uint64_t bits = random_bits(block * kBlock + i);
    in[i] = i % 2 == 0
                ? std::bit_cast<double>(bits)
                : function.from + (function.to - function.from) * (static_cast<double>(bits >> 11) * 0x1p-53);
  }
}

template <class T>
bool report(const Function<T>& function, const Finding<T>& finding) {
  const bool good = finding.unequal == 0 && finding.normal.error <= function.bound &&
                    finding.subnormal.error <= function.subnormal_bound;
  std::printf("%-6s %-9s %.3f at %a (bound %g), subnormal %.3f at %a (bound %g); other bits at %llu%s\n",
              sizeof(T) == sizeof(float) ? "float" : "double", function.name.c_str(), finding.normal.error,
              static_cast<double>(finding.normal.at), function.bound, finding.subnormal.error,
              static_cast<double>(finding.subnormal.at), function.subnormal_bound,
              static_cast<unsigned long long>(finding.unequal), good ? "" : "  FAILED");
  if (finding.unequal > 0) std::printf("  other bits at %a\n", static_cast<double>(finding.unequal_at));
  std::fflush(stdout);
  return good;
}

template <class T>
bool examine_all(std::uint64_t stride, std::string_view only) {
  const std::string precision = sizeof(T) == sizeof(float) ? "float " : "double ";
  const std::uint64_t arguments = sizeof(T) == sizeof(float) ? std::uint64_t{1} << 32 : 100'000'000;
  const std::uint64_t blocks = (arguments / stride + kBlock - 1) / kBlock;
  bool good = true;
  for (const Function<T>& function : functions<T>()) {
    if ((precision + function.name).find(only) == std::string::npos) continue;
    std::atomic<std::uint64_t> next = 0;
    std::mutex mutex;
    Finding<T> all;
    const auto work = [&] {
      std::vector<T> in(kBlock);
      std::vector<std::vector<T>> out(function.sets.size(), std::vector<T>(kBlock));
      Finding<T> own;
      for (std::uint64_t block = next++; block < blocks; block = next++) {
        fill(block, stride, function, in);
        examine(function, in, out, own);
        if (block % 512 == 511)
          std::fprintf(stderr, "\r%s%s %llu %%  ", precision.c_str(), function.name.c_str(),
                       static_cast<unsigned long long>(100 * block / blocks));
      }
      const std::lock_guard lock(mutex);
      all.merge(own);
    };
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < std::max(1U, std::thread::hardware_concurrency()); ++i)
      threads.emplace_back(work);
    for (std::thread& thread : threads) thread.join();
    std::fputc('\r', stderr);
    good = report(function, all) && good;
  }
  return good;
}

}  // namespace
}  // namespace gradus::test

int main(int count, char** words) {
  std::uint64_t stride = 1;
  std::string_view only;
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string_view word = words[i];
    if (word == "--stride") stride = std::strtoull(words[i + 1], nullptr, 10);
    if (word == "--only") only = words[i + 1];
  }
  const bool floats = gradus::test::examine_all<float>(stride, only);
  const bool doubles = gradus::test::examine_all<double>(stride, only);
  return floats && doubles ? 0 : 1;
}
