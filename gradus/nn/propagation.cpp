// The plan of a network as stages, and the walk up and down through them.
#include "gradus/nn/propagation.h"

#include <algorithm>
#include <array>
#include <utility>

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

// The columns of a block, padding included, in a matrix with as many rows of padded memory; nothing of nothing.
template <class T>
MatrixView<T> padded_columns_of(MatrixView<T> matrix, const ColumnBlock& block) {
  if (matrix.data == nullptr) return matrix;
  return {matrix.data + block.columns.begin, matrix.rows, block.width, matrix.stride};
}

// A block of a weight.
template <class T>
MatrixView<T> rows_of_block(T* parameters, const ColumnBlock& block, std::size_t rows, std::size_t cols) {
  return {parameters + block.offset, rows, cols, block.stride};
}

}  // namespace

template <class T>
Propagation<T>::Propagation(const NetworkSpec& spec, std::size_t max_rows, const KernelSet<T>& kernels)
    : kernels_(kernels),
      table_(parameter_table(spec)),
      layout_(ParameterLayout::flat(table_)),
      inputs_(spec.inputs),
      max_rows_(max_rows) {
  plan(spec);
  for (Stage& stage : stages_) allocate(stage);
}

template <class T>
Propagation<T>::Propagation(const NetworkSpec& spec, std::size_t max_rows, ParameterLayout layout)
    : kernels_(gradus::kernels<T>()),
      table_(parameter_table(spec)),
      layout_(std::move(layout)),
      inputs_(spec.inputs),
      max_rows_(max_rows) {
  plan(spec);
  for (Stage& stage : stages_) allocate(stage);
}

template <class T>
void Propagation<T>::plan(const NetworkSpec& spec) {
  std::size_t width = inputs_;
  std::size_t tensor = 0;
  const auto offset_of_next = [&] { return layout_.blocks(tensor++).front().offset; };
  stage_of_layer_.resize(spec.layers.size());
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const LayerSpec& layer = spec.layers[i];
    const bool fused = layer.kind == LayerKind::kActivation && layer.activation != Activation::kSoftmax &&
                       i > 0 && spec.layers[i - 1].kind == LayerKind::kDense;
    stage_of_layer_[i] = fused ? stages_.size() - 1 : stages_.size();
    if (fused) {
      stages_.back().activation = layer.activation;
      continue;
    }
    Stage& stage = stages_.emplace_back();
    stage.kind = layer.kind;
    stage.layer = i;
    stage.inputs = width;
    if (layer.kind == LayerKind::kDense) width = layer.outputs;
    stage.outputs = width;
    stage.activation = layer.activation;
    stage.rate = layer.rate;
    if (layer.kind == LayerKind::kDense) stage.weight = layout_.blocks(tensor++);
    if (is_normalization(stage.kind)) stage.scale_offset = offset_of_next();
    stage.bias = is_normalization(stage.kind) || (layer.kind == LayerKind::kDense && layer.bias);
    if (stage.bias) stage.bias_offset = offset_of_next();
    if (layer.kind != LayerKind::kBatchNorm) continue;
    stage.running_mean_offset = offset_of_next();
    stage.running_variance_offset = offset_of_next();
  }
}

template <class T>
void Propagation<T>::allocate(Stage& stage) const {
  stage.stride = padded_row<T>(stage.outputs);
  const std::size_t size = max_rows_ * stage.stride;
  if (stage.kind == LayerKind::kDense && needs_preactivation(stage.activation))
    stage.z = AlignedBuffer<T>(size);
  stage.y = AlignedBuffer<T>(size);
  stage.dz = AlignedBuffer<T>(size);
  if (!is_normalization(stage.kind)) return;
  const bool of_rows = stage.kind == LayerKind::kLayerNorm;
  if (of_rows) stage.dx = AlignedBuffer<T>(size);
  stage.mean = AlignedBuffer<T>(of_rows ? max_rows_ : stage.stride);
  stage.spread = AlignedBuffer<T>(of_rows ? max_rows_ : stage.stride);
  stage.dweight = AlignedBuffer<T>(stage.stride);
  stage.dbias = AlignedBuffer<T>(stage.stride);
}

// A member needs no columns of others, up or down.
template <class T>
bool Propagation<T>::by_columns(const Stage& stage) {
  return stage.kind == LayerKind::kBatchNorm || stage.kind == LayerKind::kDropout ||
         (stage.kind == LayerKind::kActivation && stage.activation != Activation::kSoftmax);
}

// Whether a member that goes on with its own columns needs nothing of what others did at this stage.
template <class T>
bool Propagation<T>::shares_columns(std::size_t stage) const {
  return stages_[stage].kind == LayerKind::kDense || by_columns(stages_[stage]);
}

template <class T>
T Propagation<T>::scale_of(const Stage& dropout) {
  return static_cast<T>(1 / (1 - dropout.rate));
}

template <class T>
void Propagation<T>::start(MatrixView<const T> x) {
  GRADUS_ASSERT(x.cols == inputs_ && x.rows <= max_rows_, x.rows, x.cols, max_rows_, inputs_);
  x_ = x;
  copy_distance_ = 0;
  training_ = false;
}

template <class T>
void Propagation<T>::start(MatrixView<const T> x, const TrainingPass& pass, std::size_t copy_distance) {
  start(x);
  copy_distance_ = copy_distance;
  training_ = true;
  for (Stage& stage : stages_) {
    if (stage.kind != LayerKind::kDropout) continue;
    // Row r of x is row first_row + r of the batch: the keys of rows follow each other.
    const std::uint64_t key = dropout::layer_key(pass.dropout_seed, pass.step, stage.layer);
    stage.mask = {key + pass.first_row * dropout::kStride, dropout::threshold(stage.rate)};
  }
}

template <class T>
MatrixView<const T> Propagation<T>::forward(std::span<const T> parameters, MatrixView<const T> x) {
  start(x);
  return forward(parameters, TeamMember());
}

template <class T>
MatrixView<const T> Propagation<T>::forward(std::span<const T> parameters, MatrixView<const T> x,
                                            const TrainingPass& pass) {
  start(x, pass);
  return forward(parameters, TeamMember());
}

template <class T>
MatrixView<const T> Propagation<T>::forward(std::span<const T> parameters, const TeamMember& member) {
  GRADUS_ASSERT(parameters.size() == layout_.size(), parameters.size(), layout_.size());
  for (std::size_t s = 0; s < stages_.size(); ++s) {
    compute(s, parameters.data(), member);
    if (s + 1 == stages_.size() || !(shares_columns(s) && by_columns(stages_[s + 1]))) member.meet();
  }
  return output_of(stages_.size() - 1);
}

template <class T>
void Propagation<T>::compute(std::size_t s, const T* parameters, const TeamMember& member) {
  Stage& stage = stages_[s];
  const MatrixView<const T> x = input_of(s, member);
  const MatrixView<T> y = view(stage.y, stage);
  const ColumnRange columns = columns_of<T>(member, stage.outputs);
  const T* scale = parameters + stage.scale_offset;
  const T* bias = stage.bias ? parameters + stage.bias_offset : nullptr;
  const TeamMember::Share rows = member.share(x_.rows);
  switch (stage.kind) {
    case LayerKind::kDense: {
      const ColumnBlock own = own_columns(stage, member);
      kernels_.dense_forward(x, rows_of_block(parameters, own, stage.inputs, own.width),
                             bias == nullptr ? nullptr : bias + own.columns.begin, stage.activation,
                             padded_columns_of(view(stage.z, stage), own), padded_columns_of(y, own),
                             {0, own.width});
      break;
    }
    case LayerKind::kActivation:
      if (stage.activation == Activation::kSoftmax) {
        kernels_.softmax_forward(rows_of(x, rows), rows_of(y, rows));
      } else {
        kernels_.activation_forward(stage.activation, columns_of(x, columns), columns_of(y, columns));
      }
      break;
    case LayerKind::kBatchNorm: {
      if (training_) find_moments(stage, x, member);
      const T* mean = training_ ? stage.mean.data() : parameters + stage.running_mean_offset;
      const T* variance = training_ ? stage.spread.data() : parameters + stage.running_variance_offset;
      kernels_.layers.batch_norm_forward(x, mean, variance, scale, bias, y, columns);
      break;
    }
    case LayerKind::kLayerNorm:
      kernels_.layers.layer_norm_forward(x, scale, bias, stage.mean.data(), stage.spread.data(), y,
                                         {rows.begin, rows.end});
      break;
    case LayerKind::kDropout:
      if (training_) kernels_.layers.dropout(x, stage.mask, scale_of(stage), y, columns);
      break;
  }
}

// Mean and variance of the batch's columns.
template <class T>
void Propagation<T>::find_moments(Stage& stage, MatrixView<const T> x, const TeamMember& member) {
  const ColumnRange columns = columns_of<T>(member, stage.outputs);
  T* const mean = stage.mean.data();
  T* const variance = stage.spread.data();
  if (slices_ == nullptr) {
    kernels_.layers.column_moments(x, mean, variance, columns);
    return;
  }
  const T rows = static_cast<T>(slices_->batch_rows());
  slices_->template sum_columns<1>(columns, {mean}, member, [&](SliceRange slice, std::array<T*, 1> sums) {
    kernels_.layers.column_sums(rows_of(x, {slice.begin, slice.end}), sums[0], columns);
  });
  for (std::size_t c = columns.begin; c < columns.end; ++c) mean[c] /= rows;
  slices_->template sum_columns<1>(
      columns, {variance}, member, [&](SliceRange slice, std::array<T*, 1> squares) {
        kernels_.layers.column_squares(rows_of(x, {slice.begin, slice.end}), mean, squares[0], columns);
      });
  for (std::size_t c = columns.begin; c < columns.end; ++c) variance[c] /= rows;
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
  if (stages_.front().kind == LayerKind::kDense) {
    input_gradient(stages_.front(), parameters.data(), dz, {Activation::kIdentity, {}, x_}, dx, {0, inputs_});
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
  GRADUS_ASSERT(gradients.size() == layout_.size(), gradients.size(), layout_.size());
  return walk_down(
      parameters, doutput, member, [&](const Stage& stage, MatrixView<const T> x, MatrixView<const T> dz) {
        T* db = stage.bias ? gradients.data() + stage.bias_offset : nullptr;
        if (stage.kind == LayerKind::kDense) {
          const ColumnBlock own = own_columns(stage, member);
          kernels_.dense_weight_gradient(x, padded_columns_of(dz, own),
                                         rows_of_block(gradients.data(), own, stage.inputs, own.width),
                                         db == nullptr ? nullptr : db + own.columns.begin, {0, own.width});
          return;
        }
        const ColumnRange columns = columns_of<T>(member, stage.outputs);
        std::copy(stage.dweight.data() + columns.begin, stage.dweight.data() + columns.end,
                  gradients.data() + stage.scale_offset + columns.begin);
        std::copy(stage.dbias.data() + columns.begin, stage.dbias.data() + columns.end, db + columns.begin);
      });
}

template <class T>
void Propagation<T>::backward_over_slices(const T* parameters, MatrixView<const T> doutput,
                                          const TeamMember& member) {
  walk_down(parameters, doutput, member,
            [&](const Stage& stage, MatrixView<const T> x, MatrixView<const T> dz) {
              if (stage.kind != LayerKind::kDense) return;  // back_through() has its sums
              const ColumnBlock own = own_columns(stage, member);
              GradientPlace place{own.offset, own.stride, {}};
              if (stage.bias) place.bias = stage.bias_offset + own.columns.begin;
              slices_->weight_gradient(kernels_, x, columns_of(dz, own.columns), place, member);
              const std::size_t begin = stage.weight.front().offset;
              const std::size_t end = stage.bias ? stage.bias_offset + stage.outputs
                                                 : begin + stage.inputs * stage.weight.front().stride;
              slices_->share(begin, end, member);
            });
  slices_->finish(member);
}

template <class T>
void Propagation<T>::backward_by_slices(std::span<const T> parameters, MatrixView<const T> doutput,
                                        std::span<T> gradients, const TeamMember& member) {
  backward_over_slices(parameters.data(), doutput, member);
  const std::span<const T> sums = slices_->total();
  if (sums.data() != gradients.data()) {
    const TeamMember::Share own = member.share(sums.size());
    std::ranges::copy(sums.subspan(own.begin, own.end - own.begin), gradients.subspan(own.begin).begin());
    member.meet();
  }
  for (const Stage& stage : stages_) {
    if (!is_normalization(stage.kind)) continue;
    const ColumnRange columns = columns_of<T>(member, stage.outputs);
    std::copy(stage.dweight.data() + columns.begin, stage.dweight.data() + columns.end,
              gradients.data() + stage.scale_offset + columns.begin);
    std::copy(stage.dbias.data() + columns.begin, stage.dbias.data() + columns.end,
              gradients.data() + stage.bias_offset + columns.begin);
  }
  member.meet();
}

template <class T>
void Propagation<T>::backward_and_update_by_slices(const BlockUpdate<T>& update, MatrixView<const T> doutput,
                                                   const TeamMember& member) {
  backward_over_slices(update.block.w, doutput, member);
  const auto normalizes = [](const Stage& stage) { return is_normalization(stage.kind); };
  if (update.max_norm <= 0 && std::ranges::none_of(stages_, normalizes)) return;
  if (slices_->writes_the_rest()) {
    for (const Stage& stage : stages_) {
      if (normalizes(stage)) update_normalization(stage, update, member);
    }
    limit_norms(update, member);
  }
  slices_->meet_processes(member);
}

template <class T>
void Propagation<T>::update_share(const BlockUpdate<T>& update, std::size_t begin,
                                  std::span<const T> gradients) const {
  const auto move = [&](const UpdateCoefficients<T>& step, std::size_t offset, std::size_t count) {
    const std::size_t from = std::max(offset, begin);
    const std::size_t to = std::min(offset + count, begin + gradients.size());
    if (from < to)
      kernels_.update(step, update.block.from(from), gradients.data() + (from - begin), to - from);
  };
  for (const Stage& stage : stages_) {
    if (stage.kind != LayerKind::kDense) continue;
    move(update.weights, stage.weight.front().offset, stage.inputs * stage.outputs);
    if (stage.bias) move(update.others, stage.bias_offset, stage.outputs);
  }
}

template <class T>
void Propagation<T>::update_normalization(const Stage& stage, const BlockUpdate<T>& update,
                                          const TeamMember& member) const {
  const ColumnRange columns = columns_of<T>(member, stage.outputs);
  const std::size_t count = columns.end - columns.begin;
  kernels_.update(update.others, update.block.from(stage.scale_offset + columns.begin),
                  stage.dweight.data() + columns.begin, count);
  kernels_.update(update.others, update.block.from(stage.bias_offset + columns.begin),
                  stage.dbias.data() + columns.begin, count);
}

template <class T>
void Propagation<T>::update(const BlockUpdate<T>& update, std::span<const T> gradients,
                            const TeamMember& member) const {
  const auto move = [&](const UpdateCoefficients<T>& step, std::size_t offset, std::size_t count) {
    const TeamMember::Share own = member.share(count, kAlignment / sizeof(T));
    const std::size_t at = offset + own.begin;
    kernels_.update(step, update.block.from(at), gradients.data() + at, own.end - own.begin);
  };
  for (const Stage& stage : stages_) {
    if (stage.kind == LayerKind::kDense)
      move(update.weights, stage.weight.front().offset, stage.inputs * stage.outputs);
    if (is_normalization(stage.kind)) move(update.others, stage.scale_offset, stage.outputs);
    if (stage.bias) move(update.others, stage.bias_offset, stage.outputs);
  }
  if (update.max_norm > 0) member.meet();
  limit_norms(update, member);
}

template <class T>
void Propagation<T>::limit_norms(const BlockUpdate<T>& update, const TeamMember& member) const {
  if (update.max_norm <= 0) return;
  for (const Stage& stage : stages_) {
    if (stage.kind == LayerKind::kDense)
      limit_norms(stage, update.block.w, update.max_norm, own_columns(stage, member));
  }
}

template <class T>
void Propagation<T>::backward_and_update(const BlockUpdate<T>& update, MatrixView<const T> doutput,
                                         const TeamMember& member, const Upcoming& upcoming) {
  walk_down(update.block.w, doutput, member,
            [&](const Stage& stage, MatrixView<const T> x, MatrixView<const T> dz) {
              if (stage.kind == LayerKind::kDense) {
                const ColumnBlock own = own_columns(stage, member);
                const ParameterState<T> bias = stage.bias
                                                   ? update.block.from(stage.bias_offset + own.columns.begin)
                                                   : ParameterState<T>{};
                kernels_.dense_weight_update(
                    x, padded_columns_of(dz, own),
                    {update.weights, update.others, update.block.from(own.offset), own.stride, bias},
                    {0, own.width}, &stage == &stages_.front() ? upcoming : Upcoming{});
                if (update.max_norm > 0) limit_norms(stage, update.block.w, update.max_norm, own);
                return;
              }
              update_normalization(stage, update, member);
            });
}

template <class T>
template <class AtParameters>
MatrixView<const T> Propagation<T>::walk_down(const T* parameters, MatrixView<const T> doutput,
                                              const TeamMember& member, const AtParameters& at_parameters) {
  GRADUS_ASSERT(doutput.rows == x_.rows && doutput.cols == stages_.back().outputs, doutput.rows, doutput.cols,
                x_.rows, stages_.back().outputs);
  enter(StepPhase::kBackward, member);
  MatrixView<const T> dz = back_through(stages_.size() - 1, parameters, doutput, member);
  for (std::size_t s = stages_.size(); s-- > 0;) {
    const Stage& stage = stages_[s];
    const MatrixView<const T> dz_below = s > 0 ? to_stage_below(s, parameters, dz, member) : dz;
    if (stage.kind == LayerKind::kDense || is_normalization(stage.kind)) {
      enter(StepPhase::kUpdate, member);
      at_parameters(stage, input_of(s, member), dz);
      enter(StepPhase::kBackward, member);
    }
    dz = dz_below;
  }
  member.meet();
  return dz;
}

template <class T>
MatrixView<const T> Propagation<T>::layer_output(std::size_t index) const {
  return output_of(stage_of_layer_.at(index));
}

template <class T>
MatrixView<T> Propagation<T>::view(AlignedBuffer<T>& buffer, const Stage& stage) const {
  return {buffer.data(), x_.rows, stage.outputs, stage.stride};
}

template <class T>
MatrixView<const T> Propagation<T>::output_of(std::size_t stage) const {
  const Stage& s = stages_[stage];
  if (s.kind == LayerKind::kDropout && !training_) return input_of(stage);
  return {s.y.data(), x_.rows, s.outputs, s.stride};
}

template <class T>
MatrixView<const T> Propagation<T>::input_of(std::size_t stage) const {
  return stage == 0 ? x_ : output_of(stage - 1);
}

// Of the network's input a member's own copy; the others may not have filled theirs yet.
template <class T>
MatrixView<const T> Propagation<T>::input_of(std::size_t stage, const TeamMember& member) const {
  if (stage > 0) return input_of(stage);
  return {x_.data + member.index() * copy_distance_, x_.rows, x_.cols, x_.stride};
}

// The columns of a dense stage that a member computes and updates.
template <class T>
ColumnBlock Propagation<T>::own_columns(const Stage& stage, const TeamMember& member) {
  if (stage.weight.size() > 1 || member.count() == 1) return stage.weight[member.index()];
  ColumnBlock block = stage.weight.front();
  block.columns = columns_of<T>(member, stage.outputs);
  block.width = block.columns.end - block.columns.begin;
  block.offset += block.columns.begin;
  return block;
}

template <class T>
ActivationState<T> Propagation<T>::state_of(std::size_t stage) const {
  const Stage& s = stages_[stage];
  const MatrixView<const T> kept(s.z.data(), x_.rows, s.outputs, s.stride);
  return {s.activation, s.kind == LayerKind::kDense ? kept : input_of(stage), output_of(stage)};
}

template <class T>
void Propagation<T>::enter(StepPhase phase, const TeamMember& member) const {
  if (clock_ != nullptr && member.index() == 0) clock_->enter(phase);
}

// From dy, the gradient with respect to a stage's output, to that with respect to its preactivation, which is
// the input of all stages but dense ones. Finds the gradients of a normalization's own parameters as well.
template <class T>
MatrixView<const T> Propagation<T>::back_through(std::size_t stage, const T* parameters,
                                                 MatrixView<const T> dy, const TeamMember& member) {
  Stage& s = stages_[stage];
  if (!s.changes_gradient()) return dy;
  const MatrixView<T> dz = view(s.kind == LayerKind::kLayerNorm ? s.dx : s.dz, s);
  const ColumnRange columns = columns_of<T>(member, s.outputs);
  const TeamMember::Share rows = member.share(x_.rows);
  if (s.kind == LayerKind::kBatchNorm) {
    batch_norm_backward(stage, parameters + s.scale_offset, dy, dz, member);
  } else if (s.kind == LayerKind::kLayerNorm) {
    layer_norm_backward(stage, parameters + s.scale_offset, dy, dz, member);
  } else if (s.kind == LayerKind::kDropout) {
    kernels_.layers.dropout(dy, s.mask, scale_of(s), dz, columns);
  } else if (s.activation == Activation::kSoftmax) {
    kernels_.softmax_backward(rows_of(output_of(stage), rows), rows_of(dy, rows), rows_of(dz, rows));
  } else {
    ActivationState<T> state = state_of(stage);
    if (state.z.data != nullptr) state.z = columns_of(state.z, columns);
    state.y = columns_of(state.y, columns);
    kernels_.activation_backward(state, columns_of(dy, columns), columns_of(dz, columns));
  }
  if (stage == 0 || !(by_columns(s) && by_columns(stages_[stage - 1]))) member.meet();
  return dz;
}

template <class T>
void Propagation<T>::batch_norm_backward(std::size_t stage, const T* gamma, MatrixView<const T> dy,
                                         MatrixView<T> dz, const TeamMember& member) {
  Stage& s = stages_[stage];
  const MatrixView<const T> x = input_of(stage);
  const ColumnRange columns = columns_of<T>(member, s.outputs);
  const T* mean = s.mean.data();
  const T* variance = s.spread.data();
  T* const dgamma = s.dweight.data();
  T* const dbeta = s.dbias.data();
  if (slices_ == nullptr) {
    kernels_.layers.batch_norm_backward(x, mean, variance, gamma, dy, dgamma, dbeta, dz, columns);
    return;
  }
  slices_->template sum_columns<2>(
      columns, {dgamma, dbeta}, member, [&](SliceRange slice, std::array<T*, 2> sums) {
        const TeamMember::Share rows{slice.begin, slice.end};
        kernels_.layers.batch_norm_parameter_gradient(rows_of(x, rows), mean, variance, rows_of(dy, rows),
                                                      sums[0], sums[1], columns);
      });
  kernels_.layers.batch_norm_input_gradient(x, mean, variance, gamma, dgamma, dbeta, batch_rows(), dy, dz,
                                            columns);
}

template <class T>
void Propagation<T>::layer_norm_backward(std::size_t stage, const T* gamma, MatrixView<const T> dy,
                                         MatrixView<T> dz, const TeamMember& member) {
  Stage& s = stages_[stage];
  const MatrixView<const T> x = input_of(stage);
  const ColumnRange columns = columns_of<T>(member, s.outputs);
  const auto parameter_gradient = [&](TeamMember::Share rows, T* dgamma, T* dbeta) {
    kernels_.layers.layer_norm_parameter_gradient(rows_of(x, rows), s.mean.data() + rows.begin,
                                                  s.spread.data() + rows.begin, rows_of(dy, rows), dgamma,
                                                  dbeta, columns);
  };
  if (slices_ == nullptr) {
    parameter_gradient({0, x.rows}, s.dweight.data(), s.dbias.data());
  } else {
    slices_->template sum_columns<2>(columns, {s.dweight.data(), s.dbias.data()}, member,
                                     [&](SliceRange slice, std::array<T*, 2> sums) {
                                       parameter_gradient({slice.begin, slice.end}, sums[0], sums[1]);
                                     });
  }
  const TeamMember::Share rows = member.share(x_.rows);
  kernels_.layers.layer_norm_backward(x, s.mean.data(), s.spread.data(), gamma, dy, dz,
                                      {rows.begin, rows.end});
}

// From the gradient with respect to a stage's preactivation to that of the stage below; one fused call where
// the stage is dense and the activation below works element by element.
template <class T>
MatrixView<const T> Propagation<T>::to_stage_below(std::size_t stage, const T* parameters,
                                                   MatrixView<const T> dz, const TeamMember& member) {
  const Stage& s = stages_[stage];
  if (s.kind != LayerKind::kDense) return back_through(stage - 1, parameters, dz, member);
  Stage& below = stages_[stage - 1];
  const bool fused = (below.kind == LayerKind::kDense || below.kind == LayerKind::kActivation) &&
                     below.activation != Activation::kSoftmax;
  const MatrixView<T> dz_below = view(below.dz, below);
  const ActivationState<T> state =
      fused ? state_of(stage - 1) : ActivationState<T>{Activation::kIdentity, {}, input_of(stage)};
  input_gradient(s, parameters, dz, state, dz_below, columns_of<T>(member, s.inputs));
  member.meet();
  return fused ? MatrixView<const T>(dz_below) : back_through(stage - 1, parameters, dz_below, member);
}

// Block by block of the weight: the chains are over all outputs.
template <class T>
void Propagation<T>::input_gradient(const Stage& stage, const T* parameters, MatrixView<const T> dz,
                                    const ActivationState<T>& below, MatrixView<T> dz_below,
                                    ColumnRange inputs) const {
  for (const ColumnBlock& block : stage.weight) {
    const std::size_t columns = block.columns.end - block.columns.begin;
    if (columns == 0) continue;
    const bool last = block.columns.end == stage.outputs;
    kernels_.dense_input_gradient(columns_of(dz, block.columns),
                                  rows_of_block(parameters, block, stage.inputs, columns),
                                  last ? below : ActivationState<T>{Activation::kIdentity, {}, below.y},
                                  dz_below, inputs, block.columns.begin > 0);
  }
}

template <class T>
void Propagation<T>::track_statistics(std::span<T> parameters, const TeamMember& member) const {
  constexpr T kMomentum = static_cast<T>(0.1);  // PyTorch's
  constexpr T kRest = static_cast<T>(1 - 0.1);
  const auto rows = static_cast<double>(batch_rows());
  const T unbiased = static_cast<T>(batch_rows() > 1 ? rows / (rows - 1) : 1);
  for (const Stage& stage : stages_) {
    if (stage.kind != LayerKind::kBatchNorm) continue;
    T* mean = parameters.data() + stage.running_mean_offset;
    T* variance = parameters.data() + stage.running_variance_offset;
    const ColumnRange columns = columns_of<T>(member, stage.outputs);
    for (std::size_t c = columns.begin; c < columns.end; ++c) {
      mean[c] = kRest * mean[c] + kMomentum * stage.mean[c];
      variance[c] = kRest * variance[c] + kMomentum * (stage.spread[c] * unbiased);
    }
  }
}

template <class T>
void Propagation<T>::limit_norms(std::span<T> parameters, double max_norm) const {
  for (const Stage& stage : stages_) {
    if (stage.kind != LayerKind::kDense) continue;
    for (const ColumnBlock& block : stage.weight) limit_norms(stage, parameters.data(), max_norm, block);
  }
}

template <class T>
void Propagation<T>::limit_norms(const Stage& stage, T* parameters, double max_norm,
                                 const ColumnBlock& block) const {
  const std::size_t columns = block.columns.end - block.columns.begin;
  kernels_.layers.limit_column_norms(rows_of_block(parameters, block, stage.inputs, columns), max_norm,
                                     {0, columns});
}

template class Propagation<float>;
template class Propagation<double>;

}  // namespace gradus
