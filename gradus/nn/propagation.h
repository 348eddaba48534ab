// Forward and backward through a network for batches up to a fixed size: the plan and every buffer are made
// once. A dense layer and the activation behind it are one fused call of the kernels. A team of threads may
// share the work: each member computes some columns of every result and meets the others between two layers.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "gradus/core/buffer.h"
#include "gradus/core/matrix.h"
#include "gradus/core/thread_pool.h"
#include "gradus/kernels/kernels.h"
#include "gradus/nn/network_spec.h"
#include "gradus/nn/step_clock.h"

namespace gradus {

// One step of an optimizer over a block of parameters.
template <class T>
struct BlockUpdate {
  ParameterState<T> block;
  UpdateCoefficients<T> weights;  // of weight tensors, which penalties change
  UpdateCoefficients<T> others;
};

// Not thread-safe but for the members of one team; one owner. Parameters and gradients are flat blocks in the
// layout of parameter_table(spec).
template <class T>
class Propagation {
 public:
  // `kernels` defaults to the set in use; the oracle or a forced set may be given.
  Propagation(const NetworkSpec& spec, std::size_t max_rows,
              const KernelSet<T>& kernels = gradus::kernels<T>());

  // x (B, inputs), B <= max_rows. The result (B, outputs) is valid until the next call. Keeps what backward
  // needs; x must live until backward has run.
  MatrixView<const T> forward(std::span<const T> parameters, MatrixView<const T> x);

  // doutput (B, outputs): gradient of the loss with respect to forward's result. Overwrites `gradients`
  // (whole block; padding stays zero). No dx is computed for the network's own input.
  void backward(std::span<const T> parameters, MatrixView<const T> doutput, std::span<T> gradients);
  // The same, and the gradient with respect to x (B, inputs) as well.
  void backward(std::span<const T> parameters, MatrixView<const T> doutput, std::span<T> gradients,
                MatrixView<T> dx);

  // The same for a team: start() on one thread, then each member calls forward and one of the others, which
  // meet inside and at the end. backward_and_update() moves the parameters by their gradients without storing
  // these.
  void start(MatrixView<const T> x);
  MatrixView<const T> forward(std::span<const T> parameters, const TeamMember& member);
  void backward(std::span<const T> parameters, MatrixView<const T> doutput, std::span<T> gradients,
                const TeamMember& member);
  void backward_and_update(const BlockUpdate<T>& update, MatrixView<const T> doutput,
                           const TeamMember& member);

  // Output of layer `index` of the spec after forward, (B, outputs of that layer); a dense layer whose
  // activation is fused gives what the activation layer gives. For diagnosis.
  [[nodiscard]] MatrixView<const T> layer_output(std::size_t index) const;

  [[nodiscard]] const ParameterTable& parameters() const { return table_; }

  // Tells `clock` when backward and update begin, as member 0 does them; nullptr: nobody.
  void set_clock(StepClock* clock) { clock_ = clock; }

 private:
  struct Stage {  // dense + activation, or a standalone activation
    bool dense = false;
    std::size_t inputs = 0;
    std::size_t outputs = 0;
    Activation activation = Activation::kIdentity;
    std::size_t weight_offset = 0;
    std::size_t bias_offset = 0;
    bool bias = false;
    std::size_t stride = 0;  // of the buffers' rows
    AlignedBuffer<T> z;      // only where needs_preactivation
    AlignedBuffer<T> y;      // (max_rows, outputs)
    AlignedBuffer<T> dz;     // (max_rows, outputs)
  };

  void plan(const NetworkSpec& spec);
  MatrixView<T> view(AlignedBuffer<T>& buffer, const Stage& stage) const;
  MatrixView<const T> output_of(const Stage& stage) const;
  MatrixView<const T> input_of(std::size_t stage) const;
  ActivationState<T> state_of(std::size_t stage) const;
  MatrixView<const T> weight_of(const Stage& stage, const T* parameters) const;
  void enter(StepPhase phase, const TeamMember& member) const;
  MatrixView<const T> through_activation(std::size_t stage, MatrixView<const T> dy, const TeamMember& member);
  MatrixView<const T> to_stage_below(std::size_t stage, const T* parameters, MatrixView<const T> dz,
                                     const TeamMember& member);
  // From the top down; at_dense(stage, x, dz, columns) for each dense stage once nobody needs its weights any
  // more. Returns the gradient with respect to the first stage's preactivation.
  template <class AtDense>
  MatrixView<const T> walk_down(const T* parameters, MatrixView<const T> doutput, const TeamMember& member,
                                const AtDense& at_dense);
  MatrixView<const T> store_gradients(const T* parameters, MatrixView<const T> doutput,
                                      std::span<T> gradients, const TeamMember& member);

  const KernelSet<T>& kernels_;
  ParameterTable table_;
  std::size_t inputs_;
  std::size_t max_rows_;
  std::vector<Stage> stages_;
  std::vector<std::size_t> stage_of_layer_;
  MatrixView<const T> x_;
  StepClock* clock_ = nullptr;
};

extern template class Propagation<float>;
extern template class Propagation<double>;

}  // namespace gradus
