// A look into the layers at one step: the batch goes through the network once more beside the training step, which
// knows nothing of it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "gradus/core/buffer.h"
#include "gradus/nn/propagation.h"
#include "gradus/train/batch_source.h"
#include "gradus/train/events.h"
#include "gradus/train/plan.h"

namespace gradus {

// Figures of the finite values; all 0 where there is none.
template <class T>
[[nodiscard]] Distribution distribution(MatrixView<const T> values);

// Not thread-safe; one owner. The plan and the data must outlive it.
template <class T>
class LayerProbe {
 public:
  LayerProbe(const Plan& plan, const Dataset& data, const Transform& transform, std::uint64_t dropout_seed);

  // Before step `step` (from 1) moves the parameters by the batch of these samples, and after it; both in the flat layout.
  void before(std::span<const T> parameters, std::span<const std::uint32_t> samples, std::uint64_t step);
  [[nodiscard]] std::vector<LayerFigures> after(std::span<const T> parameters) const;

 private:
  const Plan& plan_;
  std::uint64_t dropout_seed_;
  BatchSource<T> source_;
  Propagation<T> propagation_;
  LossFunction<T> loss_;
  AlignedBuffer<T> parameters_;
  AlignedBuffer<T> gradients_;
  AlignedBuffer<T> doutput_;
};

extern template class LayerProbe<float>;
extern template class LayerProbe<double>;

}  // namespace gradus
