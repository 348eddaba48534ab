#include "gradus/train/training_step.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "gradus/core/error.h"

namespace gradus {

namespace {

template <class T>
bool all_finite(std::span<const T> values) {
  return std::ranges::all_of(values, [](T value) { return std::isfinite(value); });
}

template <class T>
bool all_finite(MatrixView<const T> values) {
  for (std::size_t r = 0; r < values.rows; ++r) {
    if (!all_finite(std::span<const T>(values.row(r)))) return false;
  }
  return true;
}

// A step that needs all gradients in a row, or adds up all weights, needs them flat.
template <class T>
ParameterLayout layout_for(const NetworkSpec& network, const PenaltySpec& penalty,
                           const OptimizerSpec& optimizer, std::size_t slices, std::size_t members) {
  const ParameterTable table = parameter_table(network);
  const bool flat = penalty.active() || optimizer.clip_norm > 0 || slices > 1;
  return flat ? ParameterLayout::flat(table) : ParameterLayout::of_team<T>(table, members);
}

ProcessGroup& group_of(const StepOptions& options) {
  return options.group == nullptr ? alone() : *options.group;
}

template <class T>
std::unique_ptr<SliceSums<T>> slices_for(const ParameterTable& table, const NetworkSpec& network,
                                         const StepOptions& options, std::size_t members) {
  if (options.gradient_slices == 1) return nullptr;
  std::size_t width = network.inputs;
  std::size_t tallest = width;
  std::size_t normalized = 0;
  for (const LayerSpec& layer : network.layers) {
    if (layer.kind == LayerKind::kDense) tallest = std::max(tallest, width = layer.outputs);
    if (is_normalization(layer.kind)) normalized = std::max(normalized, width);
  }
  return std::make_unique<SliceSums<T>>(group_of(options), options.gradient_slices, table.block_size, tallest,
                                        normalized, members);
}

std::string layer_name(const NetworkSpec& network, std::size_t index) {
  const LayerSpec& layer = network.layers[index];
  if (layer.kind != LayerKind::kDense) return fmt::format("layer {} ({})", index, name_of(layer));
  return fmt::format("layer {} (dense, {} outputs)", index, layer.outputs);
}

}  // namespace

template <class T>
TrainingStep<T>::TrainingStep(const NetworkSpec& network, const LossSpec& loss, const PenaltySpec& penalty,
                              const OptimizerSpec& optimizer, const Dataset& data, const Transform& transform,
                              std::size_t batch_size, std::span<T> parameters, ThreadPool& team,
                              const StepOptions& options)
    : network_(network),
      penalty_(penalty),
      options_(options),
      source_(data, transform, batch_size, team.size()),
      propagation_(network, batch_size,
                   layout_for<T>(network, penalty, optimizer, options.gradient_slices, team.size())),
      loss_(loss, network.outputs(), batch_size),
      optimizer_(optimizer, propagation_.layout().trained_size()),
      parameters_(parameters),
      team_(team),
      task_([this](const TeamMember& member) { work(member); }),
      slices_(slices_for<T>(propagation_.parameters(), network, options, team.size())),
      own_parameters_(propagation_.layout().is_flat() ? 0 : propagation_.layout().size()),
      working_(working_copy()),
      gradients_(optimizer_.needs_all_gradients() && (!slices_ || slices_->is_common()) ? parameters.size()
                                                                                        : 0),
      gathered_(group_of(options).is_alone() ? 0 : batch_size * padded_row<T>(network.outputs())),
      gather_bounds_(group_of(options).size() + 1),
      doutput_(batch_size * padded_row<T>(network.outputs())) {
  propagation_.set_slices(slices_.get());
  if (updates_by_shares()) {
    slices_->share_update([this](std::size_t begin, std::span<const T> gradients) {
      propagation_.update_share(update_, begin, gradients);
    });
  }
  load_parameters();
}

template <class T>
std::span<T> TrainingStep<T>::working_copy() {
  if (updates_by_shares()) return slices_->total();
  return own_parameters_.size() > 0 ? own_parameters_.span() : parameters_;
}

template <class T>
void TrainingStep<T>::load_parameters() {
  if (!works_on_a_copy()) return;
  if (moves_the_rest()) to_layout<T>(propagation_.parameters(), propagation_.layout(), parameters_, working_);
  if (slices_) slices_->meet_processes(TeamMember());
}

template <class T>
void TrainingStep<T>::store_parameters() {
  if (works_on_a_copy())
    from_layout<T>(propagation_.parameters(), propagation_.layout(), working_, parameters_);
}

template <class T>
double TrainingStep<T>::run(std::span<const std::uint32_t> samples, double learning_rate,
                            std::span<const std::uint32_t> next) {
  enter(StepPhase::kGather);
  learning_rate_ = learning_rate;
  SliceRange own{0, samples.size()};
  if (slices_) {
    slices_->start(samples.size());
    own = slices_->own_rows();
  }
  source_.start(samples, {own.begin, own.end});
  if (updates_going_down()) upcoming_ = source_.look_up(next);
  propagation_.start(
      source_.x(),
      {.dropout_seed = options_.dropout_seed, .step = optimizer_.steps(), .first_row = own.begin},
      source_.copy_distance());
  team_.run(task_);
  enter(StepPhase::kOther);
  return loss_of_step_;
}

// A member's part of the step. Member 0 alone does what is short: the loss, and an update that needs all
// gradients.
template <class T>
void TrainingStep<T>::work(const TeamMember& member) {
  const bool leads = member.index() == 0;
  source_.fill(member);
  if (leads) enter(StepPhase::kForward);
  const MatrixView<const T> output = propagation_.forward(working_, member);
  if (leads) {
    enter(StepPhase::kLoss);
    output_ = gathered_.size() == 0 ? output : gather_output(output);
    find_loss();
  }
  member.meet();
  if (!std::isfinite(loss_of_step_)) return;  // the parameters stay as they were, for non_finite_value()
  if (moves_the_rest()) propagation_.track_statistics(working_, member);
  if (updates_going_down()) {
    propagation_.backward_and_update(update_, doutput_view_, member, upcoming_);
    return;
  }
  if (updates_by_shares()) {
    propagation_.backward_and_update_by_slices(update_, own_doutput(), member);
    return;
  }
  find_gradients(member);
  if (optimizer_.needs_all_gradients()) {
    if (leads) update_from_all_gradients();
  } else {
    if (leads) enter(StepPhase::kUpdate);
    propagation_.update(update_, gradients(), member);
  }
}

// The outputs for the whole batch, which every process needs for its loss.
template <class T>
MatrixView<const T> TrainingStep<T>::gather_output(MatrixView<const T> own) {
  const SliceTree& tree = slices_->tree();
  const std::size_t rows = slices_->batch_rows();
  const MatrixView<T> all(gathered_.data(), rows, own.cols, padded_row<T>(own.cols));
  const std::size_t first = slices_->own_rows().begin;
  for (std::size_t b = 0; b < own.rows; ++b) std::ranges::copy(own.row(b), all.row(first + b).begin());
  for (std::size_t process = 0; process + 1 < gather_bounds_.size(); ++process)
    gather_bounds_[process + 1] = tree.rows_of_process(process, rows).end * all.stride * sizeof(T);
  slices_->gather(std::as_writable_bytes(gathered_.span()), gather_bounds_);
  return all;
}

template <class T>
bool TrainingStep<T>::updates_by_shares() const {
  return slices_ && !group_of(options_).is_alone() && !optimizer_.needs_all_gradients();
}

// The rows of this process.
template <class T>
MatrixView<const T> TrainingStep<T>::own_doutput() const {
  const SliceRange own = slices_->own_rows();
  return {doutput_view_.data + own.begin * doutput_view_.stride, own.size(), doutput_view_.cols,
          doutput_view_.stride};
}

template <class T>
void TrainingStep<T>::find_gradients(const TeamMember& member) {
  if (slices_) {
    propagation_.backward_by_slices(working_, own_doutput(), gradients(), member);
  } else {
    propagation_.backward(working_, doutput_view_, gradients(), member);
  }
}

template <class T>
void TrainingStep<T>::update_from_all_gradients() {
  enter(StepPhase::kUpdate);
  const std::size_t trained = propagation_.parameters().trained_size;
  if (penalty_.active())
    add_penalty_gradient<T>(penalty_of_batch(), propagation_.parameters(), parameters_, gradients());
  optimizer_.step(parameters_.first(trained), gradients().first(trained), learning_rate_);
  if (options_.max_norm > 0) propagation_.limit_norms(parameters_, options_.max_norm);
}

// The loss of the batch, its gradient, and the coefficients of the update by it.
template <class T>
void TrainingStep<T>::find_loss() {
  doutput_view_ = {doutput_.data(), output_.rows, output_.cols, padded_row<T>(output_.cols)};
  (void)loss_(output_, source_.targets(), doutput_view_);
  if (options_.slope_factor != 1) {
    for (T& slope : doutput_.span()) slope *= static_cast<T>(options_.slope_factor);
  }
  batch_loss_ = loss_.mean();
  loss_of_step_ = batch_loss_;
  const PenaltySpec penalized = penalty_of_batch();
  if (penalty_.active()) loss_of_step_ += penalty<T>(penalized, propagation_.parameters(), working_);
  if (!std::isfinite(loss_of_step_) || optimizer_.needs_all_gradients()) return;
  update_.block = optimizer_.state(working_);
  update_.others = update_.weights = optimizer_.begin_step(learning_rate_);
  update_.weights.l1 = static_cast<T>(penalized.l1);
  update_.weights.l2 = static_cast<T>(penalized.l2);
  update_.max_norm = options_.max_norm;
}

template <class T>
OptimizerMemory<T> TrainingStep<T>::optimizer_memory() {
  const auto flat = [&](std::span<const T> state) {
    std::vector<T> values;
    if (state.empty()) return values;
    std::vector<T> whole(propagation_.layout().size());  // with the buffers, which have no state
    std::ranges::copy(state, whole.begin());
    values.resize(propagation_.parameters().block_size);
    from_layout<T>(propagation_.parameters(), propagation_.layout(), whole, values);
    return values;
  };
  return {optimizer_.steps(), flat(optimizer_.first_state()), flat(optimizer_.second_state())};
}

template <class T>
void TrainingStep<T>::gather_optimizer_memory() noexcept {
  if (!updates_by_shares()) return;
  for (const std::span<T> state : {optimizer_.first_state(), optimizer_.second_state()}) {
    if (!state.empty()) slices_->gather_shares(state);
  }
}

template <class T>
void TrainingStep<T>::restore(const OptimizerMemory<T>& memory) {
  const auto put = [&](const std::vector<T>& values, std::span<T> state) {
    const std::size_t expected = state.empty() ? 0 : propagation_.parameters().block_size;
    if (values.size() != expected) {
      throw Error(ErrorCode::kBadData,
                  fmt::format("reading the state of the optimizer: {} values; expected {} of {}",
                              values.size(), expected, name_of(optimizer_.spec().rule)));
    }
    if (state.empty()) return;
    std::vector<T> whole(propagation_.layout().size());
    to_layout<T>(propagation_.parameters(), propagation_.layout(), values, whole);
    std::copy_n(whole.begin(), state.size(), state.begin());
  };
  put(memory.first, optimizer_.first_state());
  put(memory.second, optimizer_.second_state());
  optimizer_.set_steps(memory.steps);
}

template <class T>
PenaltySpec TrainingStep<T>::penalty_of_batch() const {
  if (!options_.penalty_over_batch || loss_.total_weight() == 0) return penalty_;
  return {penalty_.l1 / loss_.total_weight(), penalty_.l2 / loss_.total_weight()};
}

template <class T>
void TrainingStep<T>::set_clock(StepClock* clock) {
  clock_ = clock;
  propagation_.set_clock(clock);
}

template <class T>
void TrainingStep<T>::enter(StepPhase phase) {
  if (clock_ != nullptr) clock_->enter(phase);
}

template <class T>
void TrainingStep<T>::add_figures(FigureSum& sum) const {
  sum.add(output_, source_.targets(), loss_.terms(), loss_.total_weight(), batch_loss_);
}

template <class T>
std::string TrainingStep<T>::non_finite_parameter() const {
  for (const ParameterInfo& tensor : propagation_.parameters().tensors) {
    if (!all_finite(std::span<const T>(parameters_.subspan(tensor.offset, tensor.size())))) {
      return fmt::format("tensor {} of {}", tensor.name, layer_name(network_, tensor.layer));
    }
  }
  return "";
}

template <class T>
std::string TrainingStep<T>::non_finite_value() const {
  const auto found_in = [&](MatrixView<const T> own_rows) {
    return group_of(options_).any(!all_finite(own_rows));
  };
  if (found_in(source_.x())) return "the inputs of the batch";
  for (std::size_t i = 0; i < network_.layers.size(); ++i) {
    if (found_in(propagation_.layer_output(i))) return "the output of " + layer_name(network_, i);
  }
  return "the loss itself";
}

template class TrainingStep<float>;
template class TrainingStep<double>;

}  // namespace gradus
