// The plan of a network as stages, and the walk up and down through them.
#include "gradus/nn/propagation.h"

#include <algorithm>

#include "gradus/core/error.h"

namespace gradus {

namespace {

// The columns of a result that a member computes: whole cache lines, always the same ones.
template <class T>
ColumnRange columns_of(const TeamMember& member, std::size_t columns) {
  const TeamMember::Share share = member.share(columns, kAlignment / sizeof(T));
  return {share.begin, share.end};
}

template <class T>
MatrixView<T> rows_of(MatrixView<T> matrix, TeamMember::Share share) {
  return {matrix.data + share.begin * matrix.stride, share.end - share.begin, matrix.cols, matrix.stride};
}

template <class T>
MatrixView<T> columns_of(MatrixView<T> matrix, ColumnRange range) {
  return {matrix.data + range.begin, matrix.rows, range.end - range.begin, matrix.stride};
}

}  // namespace

template <class T>
Propagation<T>::Propagation(const NetworkSpec& spec, std::size_t max_rows, const KernelSet<T>& kernels)
    : kernels_(kernels), table_(parameter_table(spec)), inputs_(spec.inputs), max_rows_(max_rows) {
  plan(spec);
  for (Stage& stage : stages_) {
    stage.stride = padded_row<T>(stage.outputs);
    const std::size_t size = max_rows_ * stage.stride;
    if (stage.dense && needs_preactivation(stage.activation)) stage.z = AlignedBuffer<T>(size);
    stage.y = AlignedBuffer<T>(size);
    stage.dz = AlignedBuffer<T>(size);
  }
}

template <class T>
void Propagation<T>::plan(const NetworkSpec& spec) {
  std::size_t width = inputs_;
  auto tensor = table_.tensors.begin();
  stage_of_layer_.resize(spec.layers.size());
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const LayerSpec& layer = spec.layers[i];
    if (layer.kind == LayerKind::kDense) {
      Stage& stage = stages_.emplace_back();
      stage.dense = true;
      stage.inputs = width;
      stage.outputs = width = layer.outputs;
      stage.weight_offset = (tensor++)->offset;
      stage.bias = layer.bias;
      if (stage.bias) stage.bias_offset = (tensor++)->offset;
    } else if (i > 0 && spec.layers[i - 1].kind == LayerKind::kDense &&
               layer.activation != Activation::kSoftmax) {
      stages_.back().activation = layer.activation;
    } else {
      Stage& stage = stages_.emplace_back();
      stage.inputs = stage.outputs = width;
      stage.activation = layer.activation;
    }
    stage_of_layer_[i] = stages_.size() - 1;
  }
}

template <class T>
void Propagation<T>::start(MatrixView<const T> x) {
  GRADUS_ASSERT(x.cols == inputs_ && x.rows <= max_rows_, x.rows, x.cols, max_rows_, inputs_);
  x_ = x;
}

template <class T>
MatrixView<const T> Propagation<T>::forward(std::span<const T> parameters, MatrixView<const T> x) {
  start(x);
  return forward(parameters, TeamMember());
}

template <class T>
MatrixView<const T> Propagation<T>::forward(std::span<const T> parameters, const TeamMember& member) {
  GRADUS_ASSERT(parameters.size() == table_.block_size, parameters.size(), table_.block_size);
  for (std::size_t s = 0; s < stages_.size(); ++s) {
    Stage& stage = stages_[s];
    const MatrixView<T> y = view(stage.y, stage);
    const ColumnRange columns = columns_of<T>(member, stage.outputs);
    if (stage.dense) {
      const T* bias = stage.bias ? parameters.data() + stage.bias_offset : nullptr;
      kernels_.dense_forward(input_of(s), weight_of(stage, parameters.data()), bias, stage.activation,
                             view(stage.z, stage), y, columns);
    } else if (stage.activation == Activation::kSoftmax) {
      const TeamMember::Share rows = member.share(x_.rows);
      kernels_.softmax_forward(rows_of(input_of(s), rows), rows_of(y, rows));
    } else {
      kernels_.activation_forward(stage.activation, columns_of(input_of(s), columns), columns_of(y, columns));
    }
    member.meet();
  }
  return output_of(stages_.back());
}

template <class T>
void Propagation<T>::backward(std::span<const T> parameters, MatrixView<const T> doutput,
                              std::span<T> gradients) {
  store_gradients(parameters.data(), doutput, gradients, TeamMember());
}

template <class T>
void Propagation<T>::backward(std::span<const T> parameters, MatrixView<const T> doutput,
                              std::span<T> gradients, MatrixView<T> dx) {
  GRADUS_ASSERT(dx.rows == x_.rows && dx.cols == inputs_, dx.rows, dx.cols, x_.rows, inputs_);
  const MatrixView<const T> dz = store_gradients(parameters.data(), doutput, gradients, TeamMember());
  if (stages_.front().dense) {
    kernels_.dense_input_gradient(dz, weight_of(stages_.front(), parameters.data()),
                                  {Activation::kIdentity, {}, x_}, dx, {0, inputs_});
  } else {
    for (std::size_t b = 0; b < dx.rows; ++b) std::ranges::copy(dz.row(b), dx.row(b).begin());
  }
}

template <class T>
void Propagation<T>::backward(std::span<const T> parameters, MatrixView<const T> doutput,
                              std::span<T> gradients, const TeamMember& member) {
  store_gradients(parameters.data(), doutput, gradients, member);
}

template <class T>
MatrixView<const T> Propagation<T>::store_gradients(const T* parameters, MatrixView<const T> doutput,
                                                    std::span<T> gradients, const TeamMember& member) {
  GRADUS_ASSERT(gradients.size() == table_.block_size, gradients.size(), table_.block_size);
  return walk_down(
      parameters, doutput, member,
      [&](const Stage& stage, MatrixView<const T> x, MatrixView<const T> dz, ColumnRange columns) {
        const MatrixView<T> dw(gradients.data() + stage.weight_offset, stage.inputs, stage.outputs);
        T* db = stage.bias ? gradients.data() + stage.bias_offset : nullptr;
        kernels_.dense_weight_gradient(x, dz, dw, db, columns);
      });
}

template <class T>
void Propagation<T>::backward_and_update(const BlockUpdate<T>& update, MatrixView<const T> doutput,
                                         const TeamMember& member) {
  walk_down(update.block.w, doutput, member,
            [&](const Stage& stage, MatrixView<const T> x, MatrixView<const T> dz, ColumnRange columns) {
              const ParameterState<T> bias =
                  stage.bias ? update.block.from(stage.bias_offset) : ParameterState<T>{};
              kernels_.dense_weight_update(x, dz, update.weights, update.block.from(stage.weight_offset),
                                           update.others, bias, columns);
            });
}

template <class T>
template <class AtDense>
MatrixView<const T> Propagation<T>::walk_down(const T* parameters, MatrixView<const T> doutput,
                                              const TeamMember& member, const AtDense& at_dense) {
  GRADUS_ASSERT(doutput.rows == x_.rows && doutput.cols == stages_.back().outputs, doutput.rows, doutput.cols,
                x_.rows, stages_.back().outputs);
  enter(StepPhase::kBackward, member);
  MatrixView<const T> dz = through_activation(stages_.size() - 1, doutput, member);
  for (std::size_t s = stages_.size(); s-- > 0;) {
    const Stage& stage = stages_[s];
    const MatrixView<const T> dz_below = s > 0 ? to_stage_below(s, parameters, dz, member) : dz;
    if (stage.dense) {
      enter(StepPhase::kUpdate, member);
      at_dense(stage, input_of(s), dz, columns_of<T>(member, stage.outputs));
      enter(StepPhase::kBackward, member);
    }
    dz = dz_below;
  }
  member.meet();
  return dz;
}

template <class T>
MatrixView<const T> Propagation<T>::layer_output(std::size_t index) const {
  return output_of(stages_[stage_of_layer_.at(index)]);
}

template <class T>
MatrixView<T> Propagation<T>::view(AlignedBuffer<T>& buffer, const Stage& stage) const {
  return {buffer.data(), x_.rows, stage.outputs, stage.stride};
}

template <class T>
MatrixView<const T> Propagation<T>::output_of(const Stage& stage) const {
  return {stage.y.data(), x_.rows, stage.outputs, stage.stride};
}

template <class T>
MatrixView<const T> Propagation<T>::input_of(std::size_t stage) const {
  return stage == 0 ? x_ : output_of(stages_[stage - 1]);
}

template <class T>
MatrixView<const T> Propagation<T>::weight_of(const Stage& stage, const T* parameters) const {
  return {parameters + stage.weight_offset, stage.inputs, stage.outputs};
}

template <class T>
ActivationState<T> Propagation<T>::state_of(std::size_t stage) const {
  const Stage& s = stages_[stage];
  const MatrixView<const T> kept(s.z.data(), x_.rows, s.outputs, s.stride);
  return {s.activation, s.dense ? kept : input_of(stage), output_of(s)};
}

template <class T>
void Propagation<T>::enter(StepPhase phase, const TeamMember& member) const {
  if (clock_ != nullptr && member.index() == 0) clock_->enter(phase);
}

// From dy, the gradient with respect to a stage's output, to that with respect to its preactivation.
template <class T>
MatrixView<const T> Propagation<T>::through_activation(std::size_t stage, MatrixView<const T> dy,
                                                       const TeamMember& member) {
  Stage& s = stages_[stage];
  if (s.activation == Activation::kIdentity) return dy;
  const MatrixView<T> dz = view(s.dz, s);
  if (s.activation == Activation::kSoftmax) {
    const TeamMember::Share rows = member.share(x_.rows);
    kernels_.softmax_backward(rows_of(output_of(s), rows), rows_of(dy, rows), rows_of(dz, rows));
  } else {
    const ColumnRange columns = columns_of<T>(member, s.outputs);
    ActivationState<T> state = state_of(stage);
    if (state.z.data != nullptr) state.z = columns_of(state.z, columns);
    state.y = columns_of(state.y, columns);
    kernels_.activation_backward(state, columns_of(dy, columns), columns_of(dz, columns));
  }
  member.meet();
  return dz;
}

// From the gradient with respect to a stage's preactivation to that of the stage below; one fused call where
// the stage is dense and the activation below works element by element.
template <class T>
MatrixView<const T> Propagation<T>::to_stage_below(std::size_t stage, const T* parameters,
                                                   MatrixView<const T> dz, const TeamMember& member) {
  const Stage& s = stages_[stage];
  if (!s.dense) return through_activation(stage - 1, dz, member);
  Stage& below = stages_[stage - 1];
  const bool fused = below.activation != Activation::kSoftmax;
  const MatrixView<T> dz_below = view(below.dz, below);
  const ActivationState<T> state =
      fused ? state_of(stage - 1) : ActivationState<T>{Activation::kIdentity, {}, input_of(stage)};
  kernels_.dense_input_gradient(dz, weight_of(s, parameters), state, dz_below,
                                columns_of<T>(member, s.inputs));
  member.meet();
  return fused ? MatrixView<const T>(dz_below) : through_activation(stage - 1, dz_below, member);
}

template class Propagation<float>;
template class Propagation<double>;

}  // namespace gradus
