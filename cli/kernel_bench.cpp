#include "cli/kernel_bench.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <memory>

#include "gradus/core/buffer.h"
#include "gradus/core/random.h"
#include "gradus/kernels/kernels.h"
#include "gradus/nn/activation.h"

namespace gradus::cli {

namespace {

struct Shape {
  std::size_t batch, inputs, outputs;
};

// A dense layer with everything that its kernels read and write.
template <class T>
struct Layer {
  explicit Layer(Shape s) : shape(s) {
    Pcg64 random(1);
    for (AlignedBuffer<T>* buffer : {&x, &w, &bias, &dz, &m1, &m2, &bias_m1, &bias_m2}) {
      for (T& value : buffer->span()) value = static_cast<T>(random.uniform() - 0.5);
    }
    for (AlignedBuffer<T>* squares : {&m2, &bias_m2}) {
      for (T& value : squares->span()) value = value * value;
    }
    for (std::size_t b = 0; b < shape.batch; ++b)
      labels.push_back(static_cast<std::int32_t>(b % shape.outputs));
    loss.resize(shape.batch);
  }

  [[nodiscard]] MatrixView<const T> input() const { return {x.data(), shape.batch, shape.inputs}; }
  [[nodiscard]] MatrixView<const T> weight() const { return {w.data(), shape.inputs, shape.outputs}; }
  [[nodiscard]] MatrixView<const T> gradient() const { return {dz.data(), shape.batch, shape.outputs}; }
  [[nodiscard]] MatrixView<T> output() { return {y.data(), shape.batch, shape.outputs}; }

  Shape shape;
  AlignedBuffer<T> x{shape.batch * shape.inputs};
  AlignedBuffer<T> w{shape.inputs * shape.outputs};
  AlignedBuffer<T> bias{shape.outputs};
  AlignedBuffer<T> dz{shape.batch * shape.outputs};
  AlignedBuffer<T> m1{shape.inputs * shape.outputs};
  AlignedBuffer<T> m2{shape.inputs * shape.outputs};
  AlignedBuffer<T> bias_m1{shape.outputs};
  AlignedBuffer<T> bias_m2{shape.outputs};
  AlignedBuffer<T> y{shape.batch * shape.outputs};
  AlignedBuffer<T> dx{shape.batch * shape.inputs};
  std::vector<std::int32_t> labels;
  std::vector<double> loss;
};

template <class T>
UpdateCoefficients<T> coefficients(UpdateRule rule) {
  UpdateCoefficients<T> c;
  c.rule = rule;
  c.learning_rate = static_cast<T>(1e-6);
  c.momentum = static_cast<T>(0.9);
  c.beta1 = static_cast<T>(0.9);
  c.one_minus_beta1 = static_cast<T>(0.1);
  c.beta2 = static_cast<T>(0.999);
  c.one_minus_beta2 = static_cast<T>(0.001);
  c.epsilon = static_cast<T>(1e-8);
  c.step_size = static_cast<T>(1e-6);
  return c;
}

// What a kernel does to a layer, and the buffer that holds its result.
template <class T>
struct Operation {
  std::string name;
  double products;  // multiply-adds per entry of batch x inputs x outputs
  std::function<void(const KernelSet<T>&, Layer<T>&)> run;
  AlignedBuffer<T> Layer<T>::*result;
};

template <class T>
std::vector<Operation<T>> operations() {
  std::vector<Operation<T>> list;
  for (const Activation f : {Activation::kIdentity, Activation::kSigmoid, Activation::kRelu}) {
    list.push_back(
        {fmt::format("dense_forward {}", name_of(f)), 1,
         [f](const KernelSet<T>& set, Layer<T>& l) {
           set.dense_forward(l.input(), l.weight(), l.bias.data(), f, {}, l.output(), {0, l.shape.outputs});
         },
         &Layer<T>::y});
  }
  list.push_back({"dense_input_gradient", 1,
                  [](const KernelSet<T>& set, Layer<T>& l) {
                    set.dense_input_gradient(l.gradient(), l.weight(), {Activation::kIdentity, {}, l.input()},
                                             {l.dx.data(), l.shape.batch, l.shape.inputs},
                                             {0, l.shape.inputs}, false);
                  },
                  &Layer<T>::dx});
  for (const auto& [rule, name] :
       {std::pair{UpdateRule::kMomentum, "momentum"}, {UpdateRule::kAdam, "adam"}}) {
    list.push_back({fmt::format("dense_weight_update {}", name), 1,
                    [step = coefficients<T>(rule)](const KernelSet<T>& set, Layer<T>& l) {
                      set.dense_weight_update(l.input(), l.gradient(),
                                              {step,
                                               step,
                                               {l.w.data(), l.m1.data(), l.m2.data()},
                                               l.shape.outputs,
                                               {l.bias.data(), l.bias_m1.data(), l.bias_m2.data()}},
                                              {0, l.shape.outputs}, {});
                    },
                    &Layer<T>::w});
  }
  for (const Activation f : {Activation::kSigmoid, Activation::kTanh, Activation::kGelu}) {
    list.push_back(
        {fmt::format("activation {}", name_of(f)), 0,
         [f](const KernelSet<T>& set, Layer<T>& l) { set.activation_forward(f, l.gradient(), l.output()); },
         &Layer<T>::y});
  }
  list.push_back({"softmax_cross_entropy", 0,
                  [](const KernelSet<T>& set, Layer<T>& l) {
                    set.softmax_cross_entropy(l.gradient(), l.labels.data(), nullptr, 0,
                                              static_cast<T>(1) / static_cast<T>(l.shape.batch),
                                              l.loss.data(), l.output());
                  },
                  &Layer<T>::y});
  return list;
}

template <class T>
double error_of(const Operation<T>& operation, Shape shape) {
  Layer<T> tested(shape);
  Layer<T> exact(shape);
  operation.run(kernels<T>(), tested);
  operation.run(kernels<T>("reference"), exact);
  const AlignedBuffer<T>& actual = tested.*operation.result;
  const AlignedBuffer<T>& expected = exact.*operation.result;
  double worst = 0;
  double largest = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double difference = std::abs(static_cast<double>(actual[i]) - static_cast<double>(expected[i]));
    worst = difference <= worst ? worst : difference;  // NaN stays
    largest = std::max(largest, std::abs(static_cast<double>(expected[i])));
  }
  return worst / largest;
}

template <class T>
KernelBench bench(const Operation<T>& operation, Shape shape) {
  KernelBench result;
  result.name = operation.name;
  result.shape = operation.products > 0
                     ? fmt::format("{} x {} x {}", shape.batch, shape.inputs, shape.outputs)
                     : fmt::format("{} x {}", shape.batch, shape.outputs);
  result.flops = 2 * operation.products * static_cast<double>(shape.batch * shape.inputs * shape.outputs);
  result.error = error_of(operation, shape);
  result.bound = sizeof(T) == sizeof(float) ? 1e-5 : 1e-14;
  result.time = [operation, layer = std::make_shared<Layer<T>>(shape)](std::size_t calls) {
    const auto begin = std::chrono::steady_clock::now();
    for (std::size_t call = 0; call < calls; ++call) operation.run(kernels<T>(), *layer);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  };
  return result;
}

}  // namespace

template <class T>
std::vector<KernelBench> kernel_benches() {
  constexpr Shape kProducts[] = {{32, 784, 64}, {32, 64, 64}, {64, 784, 300}, {128, 512, 512}};
  constexpr Shape kRows[] = {{32, 1, 64}, {128, 1, 512}};
  std::vector<KernelBench> benches;
  for (const Operation<T>& operation : operations<T>()) {
    if (operation.products > 0) {
      for (const Shape shape : kProducts) benches.push_back(bench(operation, shape));
    } else {
      for (const Shape shape : kRows) benches.push_back(bench(operation, shape));
    }
  }
  return benches;
}

template std::vector<KernelBench> kernel_benches<float>();
template std::vector<KernelBench> kernel_benches<double>();

}  // namespace gradus::cli
