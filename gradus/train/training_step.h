// One step of training: gather, forward, loss, backward, update. Built once per (network, batch size,
// optimizer); it owns every buffer and allocates nothing afterwards, but for messages to other processes.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "gradus/core/buffer.h"
#include "gradus/core/thread_pool.h"
#include "gradus/dist/process_group.h"
#include "gradus/nn/penalty.h"
#include "gradus/nn/propagation.h"
#include "gradus/optim/optimizer.h"
#include "gradus/train/batch_source.h"
#include "gradus/train/score.h"

namespace gradus {

// What an optimizer remembers, in the flat layout of parameter_table(); empty where its rule has no such state.
template <class T>
struct OptimizerMemory {
  std::uint64_t steps = 0;
  std::vector<T> first;
  std::vector<T> second;
};

struct StepOptions {
  double max_norm = 0;              // every unit's incoming weights are scaled to at most this norm; 0: any
  std::uint64_t dropout_seed = 0;   // of all masks
  bool penalty_over_batch = false;  // the penalty is divided by the batch's rows, or the sum of their weights
  double slope_factor = 1;          // of the loss's gradient, not of its value
  std::size_t gradient_slices = 1;  // gradients are sums over so many slices of the batch, in a fixed tree
  ProcessGroup* group = nullptr;    // which share the slices, at least one each; nullptr: this process alone
};

// Not thread-safe; one owner. The data set, the parameters and the team must outlive it. The bits of a step do
// not depend on the size of the team, nor on the number of processes, all of which take each step with the
// same samples. The parameters are read once; steps work on a copy, in the layout of the team, which processes of
// one machine share, until store_parameters().
template <class T>
class TrainingStep {
 public:
  TrainingStep(const NetworkSpec& network, const LossSpec& loss, const PenaltySpec& penalty,
               const OptimizerSpec& optimizer, const Dataset& data, const Transform& transform,
               std::size_t batch_size, std::span<T> parameters, ThreadPool& team,
               const StepOptions& options = {});
  TrainingStep(const TrainingStep&) = delete;
  TrainingStep& operator=(const TrainingStep&) = delete;

  // One update from the batch of these samples (positions within the part); the features of `next`, the batch
  // after it, are brought in meanwhile. Returns the batch's loss before the update: the mean over its samples
  // (also where the gradient is of the sum), penalty included.
  double run(std::span<const std::uint32_t> samples, double learning_rate,
             std::span<const std::uint32_t> next = {});

  // Brings the parameters that were given up to date.
  void store_parameters();
  // The other way: steps go on from the parameters that were given, as they are now. All processes call it, with
  // the same ones, before the first step.
  void load_parameters();

  // Adds the last batch's figures (before its update, without penalty).
  void add_figures(FigureSum& sum) const;

  // The first tensor of the stored parameters that holds NaN or infinity, "tensor 2.weight of layer 2 (dense, 10 outputs)"; empty where
  // all are finite.
  [[nodiscard]] std::string non_finite_parameter() const;
  // After a loss that is not finite although the parameters are: where it began, "the output of layer 2 (dense, 10 outputs)". The
  // update did not take place then. All processes call it.
  [[nodiscard]] std::string non_finite_value() const;

  // Seconds for which this process has waited for outputs and gradients of others; alone 0.
  [[nodiscard]] double waited() const { return slices_ ? slices_->waited() : 0; }

  [[nodiscard]] Optimizer<T>& optimizer() { return optimizer_; }
  // Of several processes, each may have only its share up to date; process 0 has all of it when all have called
  // gather_optimizer_memory().
  [[nodiscard]] OptimizerMemory<T> optimizer_memory();
  void gather_optimizer_memory() noexcept;
  // Throws Error(kInvalidArgument) for a memory of another size.
  void restore(const OptimizerMemory<T>& memory);

  // Tells `clock` how the time of a step divides; nullptr: nobody.
  void set_clock(StepClock* clock);

 private:
  void work(const TeamMember& member);
  MatrixView<const T> gather_output(MatrixView<const T> own);
  void find_loss();
  [[nodiscard]] PenaltySpec penalty_of_batch() const;
  // Each layer as soon as its gradient is known.
  [[nodiscard]] bool updates_going_down() const { return !slices_ && !optimizer_.needs_all_gradients(); }
  // Each process its share of the parameters, as soon as that share's gradient is known.
  [[nodiscard]] bool updates_by_shares() const;
  [[nodiscard]] MatrixView<const T> own_doutput() const;
  void find_gradients(const TeamMember& member);
  // Where several processes move one copy of the parameters, process 0 alone moves what is not summed over slices.
  [[nodiscard]] bool moves_the_rest() const { return !updates_by_shares() || slices_->writes_the_rest(); }
  [[nodiscard]] std::span<T> working_copy();
  // Of the caller's parameters and the step's own.
  [[nodiscard]] bool works_on_a_copy() const { return working_.data() != parameters_.data(); }
  [[nodiscard]] std::span<T> gradients() {
    return slices_ && gradients_.size() == 0 ? slices_->total() : gradients_.span();
  }
  void update_from_all_gradients();
  void enter(StepPhase phase);

  NetworkSpec network_;
  PenaltySpec penalty_;
  StepOptions options_;
  BatchSource<T> source_;
  Propagation<T> propagation_;
  LossFunction<T> loss_;
  Optimizer<T> optimizer_;
  std::span<T> parameters_;  // of the caller, flat
  ThreadPool& team_;
  const ThreadPool::Task task_;
  std::unique_ptr<SliceSums<T>> slices_;  // nullptr: one
  AlignedBuffer<T> own_parameters_;       // in the team's layout, where that is not flat
  std::span<T> working_;                  // what steps move: the caller's, those, or those of the slices
  AlignedBuffer<T> gradients_;            // only where the optimizer needs all at once
  AlignedBuffer<T> gathered_;             // outputs of all processes
  std::vector<std::size_t> gather_bounds_;
  AlignedBuffer<T> doutput_;
  MatrixView<const T> output_;
  MatrixView<T> doutput_view_;
  Upcoming upcoming_;
  BlockUpdate<T> update_;  // of the step under way
  double learning_rate_ = 0;
  double batch_loss_ = 0;  // mean over the samples, without penalty
  double loss_of_step_ = 0;
  StepClock* clock_ = nullptr;
};

extern template class TrainingStep<float>;
extern template class TrainingStep<double>;

}  // namespace gradus
