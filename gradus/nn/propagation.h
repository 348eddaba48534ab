// Forward and backward through a network for batches up to a fixed size: the plan and every buffer are made
// once. A dense layer and the activation behind it are one fused call of the kernels. A team of threads may
// share the work: each member computes some columns of every result (rows of softmax and layer normalization)
// and meets the others where a layer reads what they wrote.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "gradus/core/buffer.h"
#include "gradus/core/matrix.h"
#include "gradus/core/thread_pool.h"
#include "gradus/kernels/kernels.h"
#include "gradus/nn/network_spec.h"
#include "gradus/nn/parameter_layout.h"
#include "gradus/nn/slice_sums.h"
#include "gradus/nn/step_clock.h"

namespace gradus {

// One step of an optimizer over a block of parameters.
template <class T>
struct BlockUpdate {
  ParameterState<T> block;
  UpdateCoefficients<T> weights;  // of weight tensors, which penalties change
  UpdateCoefficients<T> others;
  double max_norm = 0;  // of every unit's incoming weights after the update; 0: any
};

// What tells training from evaluation: batches are normalized by their own moments, and dropout's masks are
// those of this seed and step.
struct TrainingPass {
  std::uint64_t dropout_seed = 0;
  std::uint64_t step = 0;
  std::size_t first_row = 0;  // of the batch; the ones before it are other processes'
};

// Not thread-safe but for the members of one team; one owner. Parameters and gradients are blocks in one
// layout.
template <class T>
class Propagation {
 public:
  // In the flat layout of parameter_table(spec). `kernels` defaults to the set in use; the oracle or a forced
  // set may be given.
  Propagation(const NetworkSpec& spec, std::size_t max_rows,
              const KernelSet<T>& kernels = gradus::kernels<T>());
  // In another layout of that table; one with a block for each member is for teams of so many.
  Propagation(const NetworkSpec& spec, std::size_t max_rows, ParameterLayout layout);

  // In evaluation: running statistics, no dropout. x (B, inputs), B <= max_rows. The result (B, outputs) is
  // valid until the next call. Keeps what backward needs where training does not differ; x must live until
  // backward has run.
  MatrixView<const T> forward(std::span<const T> parameters, MatrixView<const T> x);
  // The same in training; whatever the layers, backward may follow.
  MatrixView<const T> forward(std::span<const T> parameters, MatrixView<const T> x, const TrainingPass& pass);

  // doutput (B, outputs): gradient of the loss with respect to forward's result. Overwrites `gradients`
  // (whole block; padding stays zero). No dx is computed for the network's own input.
  void backward(std::span<const T> parameters, MatrixView<const T> doutput, std::span<T> gradients);
  // The same, and the gradient with respect to x (B, inputs) as well.
  void backward(std::span<const T> parameters, MatrixView<const T> doutput, std::span<T> gradients,
                MatrixView<T> dx);

  // The same for a team: start() on one thread, then each member calls forward and one of the others, which
  // meet inside and at the end. backward_and_update() moves the parameters by their gradients without storing
  // these.
  void start(MatrixView<const T> x);  // in evaluation
  // In training. Where copy_distance is not 0, each member reads its own copy of x, so many elements behind that of the
  // member before. doutput and x may have rows padded with zeros to whole cache lines, and must where the layout is not flat.
  void start(MatrixView<const T> x, const TrainingPass& pass, std::size_t copy_distance = 0);
  MatrixView<const T> forward(std::span<const T> parameters, const TeamMember& member);
  void backward(std::span<const T> parameters, MatrixView<const T> doutput, std::span<T> gradients,
                const TeamMember& member);
  void backward_and_update(const BlockUpdate<T>& update, MatrixView<const T> doutput,
                           const TeamMember& member, const Upcoming& upcoming = {});

  // From here on sums over the batch are those over its slices, which must outlive this; the layout must be flat. Each batch is given
  // to `sums` first, then x and doutput hold the rows of this process.
  void set_slices(SliceSums<T>* sums) { slices_ = sums; }
  // With slices. Called by all members of a team; `gradients` may be sums.total(), unless that is common.
  void backward_by_slices(std::span<const T> parameters, MatrixView<const T> doutput, std::span<T> gradients,
                          const TeamMember& member);
  // With slices whose update the processes share: moves the parameters, which are sums.total(), and leaves no gradients.
  void backward_and_update_by_slices(const BlockUpdate<T>& update, MatrixView<const T> doutput,
                                     const TeamMember& member);
  // The update by stored gradients, in the flat layout; members do their own share.
  void update(const BlockUpdate<T>& update, std::span<const T> gradients, const TeamMember& member) const;
  // Of the parameters from `begin` on, dense layers' only, by as many gradients; max_norm aside.
  void update_share(const BlockUpdate<T>& update, std::size_t begin, std::span<const T> gradients) const;

  // Moves the running statistics towards the moments of the batch that forward saw in training: PyTorch's
  // momentum of 0.1, the variance unbiased. Members do their own columns and do not meet.
  void track_statistics(std::span<T> parameters, const TeamMember& member) const;
  // Scales the incoming weights of every unit to at most this Euclidean norm.
  void limit_norms(std::span<T> parameters, double max_norm) const;

  // Output of layer `index` of the spec after forward, (B, outputs of that layer); a dense layer whose
  // activation is fused gives what the activation layer gives. For diagnosis.
  [[nodiscard]] MatrixView<const T> layer_output(std::size_t index) const;

  [[nodiscard]] const ParameterTable& parameters() const { return table_; }
  [[nodiscard]] const ParameterLayout& layout() const { return layout_; }

  // Tells `clock` when backward and update begin, as member 0 does them; nullptr: nobody.
  void set_clock(StepClock* clock) { clock_ = clock; }

 private:
  struct Stage {  // dense + activation, or a layer of another kind
    LayerKind kind = LayerKind::kDense;
    std::size_t layer = 0;  // in the spec, the first of them
    std::size_t inputs = 0;
    std::size_t outputs = 0;
    Activation activation = Activation::kIdentity;
    std::vector<ColumnBlock> weight;  // dense: one block, or one for each member
    std::size_t scale_offset = 0;     // of a normalization
    std::size_t bias_offset = 0;      // also of its shift
    std::size_t running_mean_offset = 0;
    std::size_t running_variance_offset = 0;
    bool bias = false;
    double rate = 0;
    DropoutMask mask;
    std::size_t stride = 0;    // of the buffers' rows
    AlignedBuffer<T> z;        // only where needs_preactivation
    AlignedBuffer<T> y;        // (max_rows, outputs)
    AlignedBuffer<T> dz;       // (max_rows, outputs)
    AlignedBuffer<T> dx;       // layer normalization: others may still read dz
    AlignedBuffer<T> mean;     // of a normalization's columns or rows
    AlignedBuffer<T> spread;   // variances of columns, inverse deviations of rows
    AlignedBuffer<T> dweight;  // of a normalization's scale and shift
    AlignedBuffer<T> dbias;

    [[nodiscard]] bool changes_gradient() const {
      const bool identity = kind == LayerKind::kDense || kind == LayerKind::kActivation;
      return !identity || activation != Activation::kIdentity;
    }
  };

  void plan(const NetworkSpec& spec);
  void allocate(Stage& stage) const;
  static bool by_columns(const Stage& stage);
  static T scale_of(const Stage& dropout);
  bool shares_columns(std::size_t stage) const;
  MatrixView<T> view(AlignedBuffer<T>& buffer, const Stage& stage) const;
  MatrixView<const T> output_of(std::size_t stage) const;
  MatrixView<const T> input_of(std::size_t stage) const;
  ActivationState<T> state_of(std::size_t stage) const;
  MatrixView<const T> input_of(std::size_t stage, const TeamMember& member) const;
  static ColumnBlock own_columns(const Stage& stage, const TeamMember& member);
  void enter(StepPhase phase, const TeamMember& member) const;
  void compute(std::size_t stage, const T* parameters, const TeamMember& member);
  void find_moments(Stage& stage, MatrixView<const T> x, const TeamMember& member);
  [[nodiscard]] std::size_t batch_rows() const {
    return slices_ == nullptr ? x_.rows : slices_->batch_rows();
  }
  MatrixView<const T> back_through(std::size_t stage, const T* parameters, MatrixView<const T> dy,
                                   const TeamMember& member);
  void batch_norm_backward(std::size_t stage, const T* gamma, MatrixView<const T> dy, MatrixView<T> dz,
                           const TeamMember& member);
  void layer_norm_backward(std::size_t stage, const T* gamma, MatrixView<const T> dy, MatrixView<T> dz,
                           const TeamMember& member);
  MatrixView<const T> to_stage_below(std::size_t stage, const T* parameters, MatrixView<const T> dz,
                                     const TeamMember& member);
  void input_gradient(const Stage& stage, const T* parameters, MatrixView<const T> dz,
                      const ActivationState<T>& below, MatrixView<T> dz_below, ColumnRange inputs) const;
  // From the top down; at_parameters(stage, x, dz) for each stage that has some, once nobody needs
  // them any more. Returns the gradient with respect to the first stage's preactivation.
  template <class AtParameters>
  MatrixView<const T> walk_down(const T* parameters, MatrixView<const T> doutput, const TeamMember& member,
                                const AtParameters& at_parameters);
  MatrixView<const T> store_gradients(const T* parameters, MatrixView<const T> doutput,
                                      std::span<T> gradients, const TeamMember& member);
  void backward_over_slices(const T* parameters, MatrixView<const T> doutput, const TeamMember& member);
  void update_normalization(const Stage& stage, const BlockUpdate<T>& update, const TeamMember& member) const;
  void limit_norms(const BlockUpdate<T>& update, const TeamMember& member) const;
  void limit_norms(const Stage& stage, T* parameters, double max_norm, const ColumnBlock& block) const;

  const KernelSet<T>& kernels_;
  ParameterTable table_;
  ParameterLayout layout_;
  std::size_t inputs_;
  std::size_t max_rows_;
  std::vector<Stage> stages_;
  std::vector<std::size_t> stage_of_layer_;
  MatrixView<const T> x_;
  std::size_t copy_distance_ = 0;
  bool training_ = false;
  SliceSums<T>* slices_ = nullptr;
  StepClock* clock_ = nullptr;
};

extern template class Propagation<float>;
extern template class Propagation<double>;

}  // namespace gradus
