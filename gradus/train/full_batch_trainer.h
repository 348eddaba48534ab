// The training loop of lbfgs: every iteration sees all rows of the training part, and is told as an epoch.
#pragma once

#include <functional>

#include "gradus/train/trainer.h"

namespace gradus {

// As train(), for a plan whose optimizer is lbfgs. Runs on one thread. Throws Error(kInvalidArgument) where the loss of the
// first weights is not finite.
template <class T>
[[nodiscard]] TrainingResult train_full_batch(const Plan& plan, const Preparation& data, Streams& streams,
                                              Observer& observer, const std::function<bool()>& cancelled,
                                              CheckpointKeeper* keeper);

extern template TrainingResult train_full_batch<float>(const Plan&, const Preparation&, Streams&, Observer&,
                                                       const std::function<bool()>&, CheckpointKeeper*);
extern template TrainingResult train_full_batch<double>(const Plan&, const Preparation&, Streams&, Observer&,
                                                        const std::function<bool()>&, CheckpointKeeper*);

}  // namespace gradus
