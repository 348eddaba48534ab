// The plan of a network as stages, and the walk up and down through them.
#include "gradus/nn/propagation.h"

#include <algorithm>

#include "gradus/core/error.h"

namespace gradus {

template <class T>
Propagation<T>::Propagation(const NetworkSpec& spec, std::size_t max_rows, const KernelSet<T>& kernels)
    : kernels_(kernels), table_(parameter_table(spec)), inputs_(spec.inputs), max_rows_(max_rows) {
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
  for (Stage& stage : stages_) {
    const std::size_t size = max_rows_ * stage.outputs;
    if (stage.dense && needs_preactivation(stage.activation)) stage.z = AlignedBuffer<T>(size);
    stage.y = AlignedBuffer<T>(size);
    stage.dz = AlignedBuffer<T>(size);
  }
}

template <class T>
MatrixView<const T> Propagation<T>::forward(std::span<const T> parameters, MatrixView<const T> x) {
  GRADUS_ASSERT(parameters.size() == table_.block_size, parameters.size(), table_.block_size);
  GRADUS_ASSERT(x.cols == inputs_ && x.rows <= max_rows_, x.rows, x.cols, max_rows_, inputs_);
  x_ = x;
  for (std::size_t s = 0; s < stages_.size(); ++s) {
    Stage& stage = stages_[s];
    const MatrixView<T> y(stage.y.data(), x.rows, stage.outputs);
    if (stage.dense) {
      const T* bias = stage.bias ? parameters.data() + stage.bias_offset : nullptr;
      const MatrixView<T> z(stage.z.data(), x.rows, stage.outputs);
      kernels_.dense_forward(input_of(s), weight_of(stage, parameters), bias, stage.activation, z, y,
                             {0, stage.outputs});
    } else if (stage.activation == Activation::kSoftmax) {
      kernels_.softmax_forward(input_of(s), y);
    } else {
      kernels_.activation_forward(stage.activation, input_of(s), y);
    }
  }
  return output_of(stages_.back());
}

template <class T>
void Propagation<T>::backward(std::span<const T> parameters, MatrixView<const T> doutput,
                              std::span<T> gradients) {
  backward(parameters, doutput, gradients, {});
}

template <class T>
void Propagation<T>::backward(std::span<const T> parameters, MatrixView<const T> doutput,
                              std::span<T> gradients, MatrixView<T> dx) {
  GRADUS_ASSERT(gradients.size() == table_.block_size, gradients.size(), table_.block_size);
  GRADUS_ASSERT(doutput.rows == x_.rows && doutput.cols == stages_.back().outputs, doutput.rows, doutput.cols,
                x_.rows, stages_.back().outputs);
  MatrixView<const T> dz = through_activation(stages_.size() - 1, doutput);
  for (std::size_t s = stages_.size(); s-- > 0;) {
    const Stage& stage = stages_[s];
    if (stage.dense) {
      const MatrixView<T> dw(gradients.data() + stage.weight_offset, stage.inputs, stage.outputs);
      T* db = stage.bias ? gradients.data() + stage.bias_offset : nullptr;
      kernels_.dense_weight_gradient(input_of(s), dz, dw, db, {0, stage.outputs});
    }
    if (s > 0) dz = to_stage_below(s, parameters, dz);
  }
  if (dx.data == nullptr) return;
  GRADUS_ASSERT(dx.rows == x_.rows && dx.cols == inputs_, dx.rows, dx.cols, x_.rows, inputs_);
  if (stages_.front().dense) {
    kernels_.dense_input_gradient(dz, weight_of(stages_.front(), parameters), {Activation::kIdentity, {}, x_},
                                  dx, {0, inputs_});
  } else {
    for (std::size_t b = 0; b < dx.rows; ++b) std::ranges::copy(dz.row(b), dx.row(b).begin());
  }
}

template <class T>
MatrixView<const T> Propagation<T>::layer_output(std::size_t index) const {
  return output_of(stages_[stage_of_layer_.at(index)]);
}

template <class T>
MatrixView<const T> Propagation<T>::output_of(const Stage& stage) const {
  return {stage.y.data(), x_.rows, stage.outputs};
}

template <class T>
MatrixView<const T> Propagation<T>::input_of(std::size_t stage) const {
  return stage == 0 ? x_ : output_of(stages_[stage - 1]);
}

template <class T>
MatrixView<const T> Propagation<T>::weight_of(const Stage& stage, std::span<const T> parameters) const {
  return {parameters.data() + stage.weight_offset, stage.inputs, stage.outputs};
}

template <class T>
ActivationState<T> Propagation<T>::state_of(std::size_t stage) const {
  const Stage& s = stages_[stage];
  const MatrixView<const T> kept(s.z.data(), x_.rows, s.outputs);
  return {s.activation, s.dense ? kept : input_of(stage), output_of(s)};
}

// From dy, the gradient with respect to a stage's output, to that with respect to its preactivation.
template <class T>
MatrixView<const T> Propagation<T>::through_activation(std::size_t stage, MatrixView<const T> dy) {
  Stage& s = stages_[stage];
  if (s.activation == Activation::kIdentity) return dy;
  const MatrixView<T> dz(s.dz.data(), x_.rows, s.outputs);
  if (s.activation == Activation::kSoftmax) {
    kernels_.softmax_backward(output_of(s), dy, dz);
  } else {
    kernels_.activation_backward(state_of(stage), dy, dz);
  }
  return dz;
}

// From the gradient with respect to a stage's preactivation to that of the stage below; one fused call where
// the stage is dense and the activation below works element by element.
template <class T>
MatrixView<const T> Propagation<T>::to_stage_below(std::size_t stage, std::span<const T> parameters,
                                                   MatrixView<const T> dz) {
  const Stage& s = stages_[stage];
  if (!s.dense) return through_activation(stage - 1, dz);
  Stage& below = stages_[stage - 1];
  const bool fused = below.activation != Activation::kSoftmax;
  const MatrixView<T> dz_below(below.dz.data(), x_.rows, below.outputs);
  const ActivationState<T> state =
      fused ? state_of(stage - 1) : ActivationState<T>{Activation::kIdentity, {}, input_of(stage)};
  kernels_.dense_input_gradient(dz, weight_of(s, parameters), state, dz_below, {0, s.inputs});
  return fused ? MatrixView<const T>(dz_below) : through_activation(stage - 1, dz_below);
}

template class Propagation<float>;
template class Propagation<double>;

}  // namespace gradus
