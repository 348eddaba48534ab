// What the same bits cost: products and momentum updates of one layer, batch 32, with one chain of fma per output
// (docs/numerics.md) beside the best that may add in any order, taken in turn on one thread. Order-free are two
// and four chains per output, added at the end, and for forward products vectors along k over transposed weights.
// Each is written in tiles of several heights; the fastest counts. All are held against the library's result
// first: those of one chain to the bit.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <utility>
#include <vector>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "bench/order_free.cpp"
#include <hwy/foreach_target.h>  // includes this file once per target
#include <hwy/highway.h>

#ifndef GRADUS_BENCH_ORDER_FREE
#define GRADUS_BENCH_ORDER_FREE
namespace gradus::order_free {

constexpr float kMomentum = 0.9F;
constexpr float kLearningRate = 1e-6F;

// C(m, n) = sum_k A(m, k) B(k, n) as a layer has it: forward (A = x, B = w) or update (A = x^T, B = dz).
struct Product {
  const float* a;  // A(m, k) = a[m * a_m + k * a_k]
  std::size_t a_m, a_k;
  const float* b;             // B(k, n) = b[k * columns + n]
  const float* b_transposed;  // B(k, n) = b_transposed[n * depth + k]
  const float* bias;          // forward
  float* c;                   // forward
  float* w;                   // update
  float* m1;                  // update
  std::size_t rows, depth, columns;
};

struct Variant {
  std::string name;
  int chains;  // 0: vectors along k
  void (*run)(const Product&);
};

}  // namespace gradus::order_free
#endif

#undef GRADUS_UNROLL
#define GRADUS_UNROLL _Pragma("GCC unroll 16")  // as the library's loops have it

HWY_BEFORE_NAMESPACE();
namespace gradus::order_free::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Lanes = hn::ScalableTag<float>;
using V = hn::Vec<Lanes>;

// All lanes of a vector, or the first of them.
struct Full {
  HWY_INLINE V load(const float* from) const { return hn::LoadU(Lanes(), from); }
  HWY_INLINE void store(V v, float* to) const { hn::StoreU(v, Lanes(), to); }
};
struct First {
  hn::Mask<Lanes> mask;
  HWY_INLINE V load(const float* from) const { return hn::MaskedLoad(mask, Lanes(), from); }
  HWY_INLINE void store(V v, float* to) const { hn::BlendedStore(v, mask, Lanes(), to); }
};

// The sums of a tile to where they belong: bias added and stored, or into momentum and weight.
template <bool kUpdate, std::size_t kVectors, class Chunk>
HWY_INLINE void finish(const Product& p, std::size_t m, std::size_t n, Chunk chunk,
                       const V (&sums)[kVectors]) {
  const Lanes d;
  GRADUS_UNROLL
  for (std::size_t v = 0; v < kVectors; ++v) {
    const std::size_t column = n + v * hn::Lanes(d);
    const std::size_t at = m * p.columns + column;
    if constexpr (kUpdate) {
      const V m1 = hn::MulAdd(hn::Set(d, kMomentum), chunk.load(p.m1 + at), sums[v]);
      chunk.store(m1, p.m1 + at);
      const V w = hn::NegMulAdd(hn::Set(d, kLearningRate), m1, chunk.load(p.w + at));
      chunk.store(w, p.w + at);
    } else {
      chunk.store(hn::Add(sums[v], chunk.load(p.bias + column)), p.c + at);
    }
  }
}

template <bool kUpdate, std::size_t kChains, std::size_t kRows, std::size_t kVectors, class Chunk>
HWY_INLINE void tile(const Product& p, std::size_t m, std::size_t n, Chunk chunk) {
  const Lanes d;
  V sums[kChains][kRows][kVectors];
  GRADUS_UNROLL
  for (std::size_t chain = 0; chain < kChains; ++chain) {
    GRADUS_UNROLL
    for (std::size_t r = 0; r < kRows; ++r) {
      GRADUS_UNROLL
      for (std::size_t v = 0; v < kVectors; ++v) sums[chain][r][v] = hn::Zero(d);
    }
  }
  const float* a = p.a + m * p.a_m;
  const float* b = p.b + n;
  for (std::size_t k = 0; k < p.depth; k += kChains) {
    GRADUS_UNROLL
    for (std::size_t chain = 0; chain < kChains; ++chain, a += p.a_k, b += p.columns) {
      V b_row[kVectors];
      GRADUS_UNROLL
      for (std::size_t v = 0; v < kVectors; ++v) {
        b_row[v] = chunk.load(b + v * hn::Lanes(d));
      }
      GRADUS_UNROLL
      for (std::size_t r = 0; r < kRows; ++r) {
        const V factor = hn::Set(d, a[r * p.a_m]);
        GRADUS_UNROLL
        for (std::size_t v = 0; v < kVectors; ++v) {
          sums[chain][r][v] = hn::MulAdd(factor, b_row[v], sums[chain][r][v]);
        }
      }
    }
  }
  GRADUS_UNROLL
  for (std::size_t r = 0; r < kRows; ++r) {
    GRADUS_UNROLL
    for (std::size_t step = 1; step < kChains; step *= 2) {
      GRADUS_UNROLL
      for (std::size_t chain = 0; chain < kChains; chain += 2 * step) {
        GRADUS_UNROLL
        for (std::size_t v = 0; v < kVectors; ++v) {
          sums[chain][r][v] = hn::Add(sums[chain][r][v], sums[chain + step][r][v]);
        }
      }
    }
    finish<kUpdate>(p, m + r, n, chunk, sums[0][r]);
  }
}

template <bool kUpdate, std::size_t kChains, std::size_t kRows, std::size_t kVectors, class Chunk>
HWY_INLINE void panel(const Product& p, std::size_t n, Chunk chunk) {
  std::size_t m = 0;
  for (; m + kRows <= p.rows; m += kRows) tile<kUpdate, kChains, kRows, kVectors>(p, m, n, chunk);
  for (; m + 2 <= p.rows; m += 2) tile<kUpdate, kChains, 2, kVectors>(p, m, n, chunk);
  for (; m < p.rows; ++m) tile<kUpdate, kChains, 1, kVectors>(p, m, n, chunk);
}

// Vectors across the outputs.
template <bool kUpdate, std::size_t kChains, std::size_t kRows, std::size_t kVectors>
void across(const Product& p) {
  const Lanes d;
  std::size_t n = 0;
  for (; n + kVectors * hn::Lanes(d) <= p.columns; n += kVectors * hn::Lanes(d)) {
    panel<kUpdate, kChains, kRows, kVectors>(p, n, Full());
  }
  for (; n < p.columns; n += hn::Lanes(d)) {
    panel<kUpdate, kChains, kRows, 1>(p, n, First{hn::FirstN(d, std::min(p.columns - n, hn::Lanes(d)))});
  }
}

// Vectors along k, for forward products; the lanes of each sum are added at its end.
template <std::size_t kRows, std::size_t kColumns>
HWY_INLINE void tile_along(const Product& p, std::size_t m, std::size_t n) {
  const Lanes d;
  V sums[kRows][kColumns];
  GRADUS_UNROLL
  for (std::size_t r = 0; r < kRows; ++r) {
    GRADUS_UNROLL
    for (std::size_t c = 0; c < kColumns; ++c) sums[r][c] = hn::Zero(d);
  }
  for (std::size_t k = 0; k < p.depth; k += hn::Lanes(d)) {
    V b[kColumns];
    GRADUS_UNROLL
    for (std::size_t c = 0; c < kColumns; ++c) b[c] = hn::LoadU(d, p.b_transposed + (n + c) * p.depth + k);
    GRADUS_UNROLL
    for (std::size_t r = 0; r < kRows; ++r) {
      const V a = hn::LoadU(d, p.a + (m + r) * p.a_m + k);
      GRADUS_UNROLL
      for (std::size_t c = 0; c < kColumns; ++c) sums[r][c] = hn::MulAdd(a, b[c], sums[r][c]);
    }
  }
  GRADUS_UNROLL
  for (std::size_t r = 0; r < kRows; ++r) {
    GRADUS_UNROLL
    for (std::size_t c = 0; c < kColumns; ++c) {
      p.c[(m + r) * p.columns + n + c] = hn::GetLane(hn::SumOfLanes(d, sums[r][c])) + p.bias[n + c];
    }
  }
}

template <std::size_t kRows, std::size_t kColumns>
void along(const Product& p) {
  for (std::size_t m = 0; m < p.rows; m += kRows) {
    std::size_t n = 0;
    for (; n + kColumns <= p.columns; n += kColumns) tile_along<kRows, kColumns>(p, m, n);
    for (; n < p.columns; ++n) tile_along<kRows, 1>(p, m, n);
  }
}

template <bool kUpdate, std::size_t kChains, std::size_t kRows, std::size_t kVectors>
Variant across_variant() {
  const std::string tile = std::to_string(kRows) + " x " + std::to_string(kVectors);
  return {std::to_string(kChains) + (kChains == 1 ? " chain, tile " : " chains, tile ") + tile, kChains,
          across<kUpdate, kChains, kRows, kVectors>};
}

template <bool kUpdate>
std::vector<Variant> across_variants() {
  return {across_variant<kUpdate, 1, 6, 4>(),  across_variant<kUpdate, 1, 4, 4>(),
          across_variant<kUpdate, 1, 8, 2>(),  across_variant<kUpdate, 1, 12, 2>(),
          across_variant<kUpdate, 1, 8, 1>(),  across_variant<kUpdate, 1, 12, 1>(),
          across_variant<kUpdate, 1, 16, 1>(), across_variant<kUpdate, 2, 3, 4>(),
          across_variant<kUpdate, 2, 6, 2>(),  across_variant<kUpdate, 2, 4, 2>(),
          across_variant<kUpdate, 2, 8, 1>(),  across_variant<kUpdate, 2, 12, 1>(),
          across_variant<kUpdate, 2, 4, 1>(),  across_variant<kUpdate, 4, 3, 2>(),
          across_variant<kUpdate, 4, 2, 2>(),  across_variant<kUpdate, 4, 1, 4>(),
          across_variant<kUpdate, 4, 4, 1>(),  across_variant<kUpdate, 4, 6, 1>()};
}

std::vector<Variant> updates() {
  return across_variants<true>();
}
std::vector<Variant> forwards() {
  std::vector<Variant> all = across_variants<false>();
  all.push_back({"vectors along k, tile 4 x 5", 0, along<4, 5>});
  all.push_back({"vectors along k, tile 2 x 10", 0, along<2, 10>});
  all.push_back({"vectors along k, tile 4 x 4", 0, along<4, 4>});
  return all;
}

}  // namespace gradus::order_free::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "gradus/core/buffer.h"
#include "gradus/core/random.h"
#include "gradus/core/thread_pool.h"
#include "gradus/kernels/kernels.h"

namespace gradus::order_free {
namespace {

HWY_EXPORT(forwards);
HWY_EXPORT(updates);

constexpr std::size_t kBatch = 32;
constexpr double kPieceSeconds = 3e-4;

// A dense layer and everything that the two products of it touch.
class Layer {
 public:
  Layer(std::size_t inputs, std::size_t outputs) : inputs_(inputs), outputs_(outputs) {
    Pcg64 random(1);
    for (AlignedBuffer<float>* buffer : {&x_, &w_, &dz_, &bias_}) {
      for (float& value : buffer->span()) value = static_cast<float>(random.normal());
    }
    for (std::size_t i = 0; i < inputs; ++i) {
      for (std::size_t o = 0; o < outputs; ++o)
        transposed_.data()[o * inputs + i] = w_.data()[i * outputs + o];
    }
  }

  [[nodiscard]] Product product(bool update) {
    Product p{};
    p.columns = outputs_;
    if (update) {
      p.a = x_.data(), p.a_m = 1, p.a_k = inputs_, p.b = dz_.data();
      p.w = w_.data(), p.m1 = m1_.data(), p.rows = inputs_, p.depth = kBatch;
    } else {
      p.a = x_.data(), p.a_m = inputs_, p.a_k = 1, p.b = w_.data(), p.b_transposed = transposed_.data();
      p.bias = bias_.data(), p.c = y_.data(), p.rows = kBatch, p.depth = inputs_;
    }
    return p;
  }

  void run_library(bool update) {
    const MatrixView<const float> x(x_.data(), kBatch, inputs_);
    if (update) {
      UpdateCoefficients<float> step;
      step.rule = UpdateRule::kMomentum;
      step.momentum = kMomentum;
      step.learning_rate = kLearningRate;
      kernels<float>().dense_weight_update(x, {dz_.data(), kBatch, outputs_},
                                           {step, step, {w_.data(), m1_.data()}, outputs_, {}}, {0, outputs_},
                                           {});
    } else {
      const MatrixView<float> y(y_.data(), kBatch, outputs_);
      kernels<float>().dense_forward(x, {w_.data(), inputs_, outputs_}, bias_.data(), Activation::kIdentity,
                                     y, y, {0, outputs_});
    }
  }

  [[nodiscard]] std::span<const float> result(bool update) const { return update ? w_.span() : y_.span(); }

 private:
  std::size_t inputs_;
  std::size_t outputs_;
  AlignedBuffer<float> x_{kBatch * inputs_};
  AlignedBuffer<float> w_{inputs_ * outputs_};
  AlignedBuffer<float> transposed_{inputs_ * outputs_};
  AlignedBuffer<float> m1_{inputs_ * outputs_};
  AlignedBuffer<float> dz_{kBatch * outputs_};
  AlignedBuffer<float> bias_{outputs_};
  AlignedBuffer<float> y_{kBatch * outputs_};
};

struct Work {
  bool update;
  std::size_t inputs, outputs;
};

// Throws the program out where a variant computes something else than the library.
void verify(const Work& work, const Variant& variant) {
  Layer ours(work.inputs, work.outputs);
  Layer theirs(work.inputs, work.outputs);
  ours.run_library(work.update);
  variant.run(theirs.product(work.update));
  const std::span<const float> expected = ours.result(work.update);
  const std::span<const float> got = theirs.result(work.update);
  bool right = true;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    right &= variant.chains == 1 ? expected[i] == got[i] : std::abs(expected[i] - got[i]) <= 1e-3F;
  }
  if (right) return;
  std::fprintf(stderr, "%s: another result than the library's\n", variant.name.c_str());
  std::exit(1);
}

template <class F>
double seconds_of(const F& run, std::size_t calls) {
  const auto begin = std::chrono::steady_clock::now();
  for (std::size_t call = 0; call < calls; ++call) run();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count() /
         static_cast<double>(calls);
}

double quantile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1) + 0.5)];
}

// Times of two runs in pairs; whoever goes first alternates.
struct Pairs {
  std::vector<double> ours, theirs, ratios;
};
template <class Ours, class Theirs>
Pairs time_pairs(const Ours& ours, const Theirs& theirs, int count) {
  const double once = std::min(seconds_of(ours, 10), seconds_of(ours, 10));
  const auto calls = static_cast<std::size_t>(kPieceSeconds / once) + 1;
  seconds_of(theirs, calls);
  Pairs pairs;
  for (int pair = 0; pair < count; ++pair) {
    const double first = pair % 2 == 0 ? seconds_of(ours, calls) : 0;
    pairs.theirs.push_back(seconds_of(theirs, calls));
    pairs.ours.push_back(pair % 2 == 0 ? first : seconds_of(ours, calls));
    pairs.ratios.push_back(pairs.ours.back() / pairs.theirs.back());
  }
  return pairs;
}

void print_row(const std::string& name, const Pairs& pairs) {
  std::printf("  %-34s %8.2f us   library %8.2f us   %+6.1f %%   (%+.1f .. %+.1f)\n", name.c_str(),
              quantile(pairs.theirs, 0.5) * 1e6, quantile(pairs.ours, 0.5) * 1e6,
              100 * (quantile(pairs.ratios, 0.5) - 1), 100 * (quantile(pairs.ratios, 0.25) - 1),
              100 * (quantile(pairs.ratios, 0.75) - 1));
  std::fflush(stdout);
}

// Seconds of one call: the library, the best with one chain per output, the best of the others.
struct Times {
  double library = 0, one_chain = 0, order_free = 0;
};

// Of the tiles of each number of chains the fastest, then that one at length.
Times bench(const Work& work, const std::vector<Variant>& variants, int pairs) {
  std::printf("%s, %zu inputs, %zu outputs\n",
              work.update ? "gradient and momentum update" : "forward product", work.inputs, work.outputs);
  Layer layer(work.inputs, work.outputs);
  Layer other(work.inputs, work.outputs);
  const auto library = [&] { layer.run_library(work.update); };
  const Product product = other.product(work.update);
  Times times{0, INFINITY, INFINITY};
  for (const int chains : {1, 2, 4, 0}) {
    double fastest = 0;  // as a ratio of the library's time to its own
    const Variant* best = nullptr;
    for (const Variant& variant : variants) {
      if (variant.chains != chains) continue;
      verify(work, variant);
      const Pairs tried = time_pairs(
          library, [&] { variant.run(product); }, pairs / 5);
      const double ratio = quantile(tried.ratios, 0.5);
      if (ratio > fastest) fastest = ratio, best = &variant;
    }
    if (best == nullptr) continue;
    const Pairs found = time_pairs(
        library, [&] { best->run(product); }, pairs);
    print_row(best->name, found);
    double& kept = chains == 1 ? times.one_chain : times.order_free;
    kept = std::min(kept, quantile(found.theirs, 0.5));
    times.library =
        times.library == 0 ? quantile(found.ours, 0.5) : std::min(times.library, quantile(found.ours, 0.5));
  }
  return times;
}

}  // namespace
}  // namespace gradus::order_free

int main() {
  using namespace gradus;
  using namespace gradus::order_free;
  constexpr int kPairs = 301;
  const FloatingPointScope rounding;
  std::printf(
      "kernels %s, float, batch %zu, one thread; what the library takes more than each, in %%: median of %d "
      "pairs "
      "(quartiles)\n",
      std::string(kernels<float>().name).c_str(), kBatch, kPairs);
  Times all;
  for (const auto& [inputs, outputs] : {std::pair<std::size_t, std::size_t>{784, 64}, {64, 10}}) {
    for (const bool update : {false, true}) {
      const Times times =
          bench({update, inputs, outputs},
                update ? HWY_DYNAMIC_DISPATCH(updates)() : HWY_DYNAMIC_DISPATCH(forwards)(), kPairs);
      all.library += times.library;
      all.one_chain += times.one_chain;
      all.order_free += times.order_free;
    }
  }
  std::printf(
      "the four together: library %.1f us, one chain %.1f us, order-free %.1f us: the order costs %+.1f %%\n",
      all.library * 1e6, all.one_chain * 1e6, all.order_free * 1e6, 100 * (all.library / all.order_free - 1));
  return 0;
}
#endif
