// GFLOP/s of the three dense products on one thread: each kernel set of this processor, layers of the sizes
// people train. Each result is held against the plain reference before it is timed.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "gradus/core/buffer.h"
#include "gradus/core/matrix.h"
#include "gradus/core/random.h"
#include "gradus/kernels/kernels.h"

namespace gradus {
namespace {

enum class Product { kForward, kInputGradient, kWeightGradient };

struct Layer {
  std::size_t batch, inputs, outputs;
};

// A dense layer without activation, its buffers filled from one seed.
template <class T>
class DenseProducts {
 public:
  explicit DenseProducts(Layer layer) : layer_(layer) {
    Pcg64 random(1);
    for (AlignedBuffer<T>* buffer : {&x_, &w_, &dy_}) {
      for (T& value : buffer->span()) value = static_cast<T>(random.normal());
    }
  }

  void run(const KernelSet<T>& set, Product product) {
    const auto [B, I, O] = layer_;
    const MatrixView<const T> x(x_.data(), B, I);
    const MatrixView<const T> w(w_.data(), I, O);
    const MatrixView<const T> dy(dy_.data(), B, O);
    switch (product) {
      case Product::kForward: {
        const MatrixView<T> y(y_.data(), B, O);
        return set.dense_forward(x, w, nullptr, Activation::kIdentity, y, y, {0, O});
      }
      case Product::kInputGradient:
        return set.dense_input_gradient(dy, w, {Activation::kIdentity, x, x}, {dx_.data(), B, I}, {0, I},
                                        false);
      case Product::kWeightGradient:
        return set.dense_weight_gradient(x, dy, {dw_.data(), I, O}, nullptr, {0, O});
    }
  }

  // What the last run of this product wrote.
  [[nodiscard]] std::span<const T> result(Product product) const {
    return product == Product::kForward         ? y_.span()
           : product == Product::kInputGradient ? dx_.span()
                                                : dw_.span();
  }

  [[nodiscard]] double flops() const {
    return 2.0 * static_cast<double>(layer_.batch * layer_.inputs * layer_.outputs);
  }

 private:
  Layer layer_;
  AlignedBuffer<T> x_{layer_.batch * layer_.inputs};
  AlignedBuffer<T> w_{layer_.inputs * layer_.outputs};
  AlignedBuffer<T> dy_{layer_.batch * layer_.outputs};
  AlignedBuffer<T> y_{layer_.batch * layer_.outputs};
  AlignedBuffer<T> dx_{layer_.batch * layer_.inputs};
  AlignedBuffer<T> dw_{layer_.inputs * layer_.outputs};
};

// The largest difference from the reference, in units of the largest value.
template <class T>
double worst_error(Layer layer, std::string_view set, Product product) {
  DenseProducts<T> tested(layer);
  DenseProducts<T> reference(layer);
  tested.run(kernels<T>(set), product);
  reference.run(kernels<T>("reference"), product);
  double worst = 0;
  double largest = 0;
  for (std::size_t i = 0; i < tested.result(product).size(); ++i) {
    const auto expected = static_cast<double>(reference.result(product)[i]);
    worst = std::max(worst, std::abs(static_cast<double>(tested.result(product)[i]) - expected));
    largest = std::max(largest, std::abs(expected));
  }
  return worst / largest;
}

template <class T>
void time_product(benchmark::State& state, Layer layer, std::string_view set, Product product) {
  const double bound = sizeof(T) == 4 ? 1e-5 : 1e-14;
  if (const double error = worst_error<T>(layer, set, product); !(error <= bound)) {
    return state.SkipWithError(("relative error " + std::to_string(error)).c_str());
  }
  DenseProducts<T> products(layer);
  const KernelSet<T>& kernel_set = kernels<T>(set);
  for (auto _ : state) {
    products.run(kernel_set, product);
    benchmark::ClobberMemory();
  }
  state.counters["FLOP/s"] =
      benchmark::Counter(products.flops(), benchmark::Counter::kIsIterationInvariantRate);
}

template <class T>
void register_all(std::string_view type) {
  constexpr Layer kLayers[] = {{32, 64, 32}, {32, 256, 256}, {100, 784, 100}};
  constexpr std::pair<Product, std::string_view> kProducts[] = {
      {Product::kForward, "forward"},
      {Product::kInputGradient, "input_gradient"},
      {Product::kWeightGradient, "weight_gradient"}};
  for (const std::string_view set : available_kernel_sets()) {
    for (const auto& [product, product_name] : kProducts) {
      for (const Layer& layer : kLayers) {
        std::string name(product_name);
        name.append("/").append(type).append("/").append(set);
        for (const std::size_t size : {layer.batch, layer.inputs, layer.outputs})
          name += "/" + std::to_string(size);
        benchmark::RegisterBenchmark(name.c_str(), time_product<T>, layer, set, product);
      }
    }
  }
}

}  // namespace
}  // namespace gradus

int main(int argc, char** argv) {
  gradus::register_all<float>("float");
  gradus::register_all<double>("double");
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
