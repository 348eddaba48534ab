// Requests that wait at the same time are computed together: a product of many rows reads the weights once.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>

#include "gradus/core/matrix.h"
#include "gradus/formats/model_predictor.h"

namespace gradus::server {

// Called from any number of threads. Whoever finds a processor free computes at once and alone; while all compute, callers
// queue, and the first of the queue then computes for all of it. A row's prediction does not depend on its company
// (docs/numerics.md), so the answers are the bits of one call each.
template <class Stored>
class MicroBatcher {
 public:
  // `computed(rows)` is called after each computation, from the thread that did it. The predictor must outlive this.
  MicroBatcher(const ModelPredictor& predictor, std::size_t processors,
               std::function<void(std::size_t rows)> computed);

  // As ModelPredictor::predict.
  void predict(MatrixView<const Stored> rows, MatrixView<double> predictions);
  // Callers in the queue at this moment.
  [[nodiscard]] std::size_t waiting();

 private:
  enum class State { kWaiting, kFirst, kDone };

  // A caller's, on its stack until it is done.
  struct Request {
    MatrixView<const Stored> rows;
    MatrixView<double> predictions;
    State state = State::kWaiting;
    std::exception_ptr error = nullptr;
    Request* next = nullptr;  // in the batch
    std::condition_variable turn = {};
  };

  void wait_for_turn(Request& request);
  void take_batch(Request& first);
  void compute(const Request& first);
  void pass_on();

  const ModelPredictor& predictor_;
  std::size_t processors_;
  std::function<void(std::size_t)> computed_;
  std::mutex mutex_;
  std::deque<Request*> queue_;
  std::size_t computing_ = 0;
};

extern template class MicroBatcher<float>;
extern template class MicroBatcher<double>;

}  // namespace gradus::server
