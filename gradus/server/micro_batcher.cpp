#include "gradus/server/micro_batcher.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace gradus::server {
namespace {

constexpr std::size_t kMostRows = 128;  // of one computation; more would leave the cache

}  // namespace

template <class Stored>
MicroBatcher<Stored>::MicroBatcher(const ModelPredictor& predictor, std::size_t processors,
                                   std::function<void(std::size_t)> computed)
    : predictor_(predictor), processors_(processors), computed_(std::move(computed)) {}

template <class Stored>
void MicroBatcher<Stored>::predict(MatrixView<const Stored> rows, MatrixView<double> predictions) {
  if (rows.cols != predictor_.features() || predictions.cols != predictor_.columns() ||
      predictions.rows != rows.rows)
    return predictor_.predict(rows, predictions);  // says what is wrong; others' answers do not suffer
  Request request{rows, predictions};
  wait_for_turn(request);
  if (request.state == State::kFirst) {
    take_batch(request);
    try {
      compute(request);
    } catch (...) {
      request.error = std::current_exception();
    }
    const std::lock_guard lock(mutex_);
    for (Request* other = request.next; other != nullptr;) {
      Request* const next = other->next;
      other->error = request.error;
      other->state = State::kDone;
      other->turn.notify_one();  // under the lock: its caller leaves, and takes it along, only behind it
      other = next;
    }
    pass_on();
  }
  if (request.error) std::rethrow_exception(request.error);
}

template <class Stored>
std::size_t MicroBatcher<Stored>::waiting() {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

// Until it is its to compute, or done by another.
template <class Stored>
void MicroBatcher<Stored>::wait_for_turn(Request& request) {
  std::unique_lock lock(mutex_);
  if (computing_ < processors_ && queue_.empty()) {
    ++computing_;
    request.state = State::kFirst;
    return;
  }
  queue_.push_back(&request);
  request.turn.wait(lock, [&] { return request.state != State::kWaiting; });
}

// Chained, so that nothing can fail here: those who were taken out of the queue wait for an answer.
template <class Stored>
void MicroBatcher<Stored>::take_batch(Request& first) {
  std::size_t rows = first.rows.rows;
  Request* last = &first;
  const std::lock_guard lock(mutex_);
  while (!queue_.empty() && rows + queue_.front()->rows.rows <= kMostRows) {
    last->next = queue_.front();
    last = last->next;
    rows += last->rows.rows;
    queue_.pop_front();
  }
}

template <class Stored>
void MicroBatcher<Stored>::compute(const Request& first) {
  if (first.next == nullptr) {
    predictor_.predict(first.rows, first.predictions);
    computed_(first.rows.rows);
    return;
  }
  std::vector<Stored> rows;
  for (const Request* request = &first; request != nullptr; request = request->next) {
    for (std::size_t r = 0; r < request->rows.rows; ++r)
      rows.insert(rows.end(), request->rows.row(r).begin(), request->rows.row(r).end());
  }
  const std::size_t count = rows.size() / predictor_.features();
  std::vector<double> predictions(count * predictor_.columns());
  predictor_.predict(MatrixView<const Stored>(rows.data(), count, predictor_.features()),
                     MatrixView<double>(predictions.data(), count, predictor_.columns()));
  const double* from = predictions.data();
  for (const Request* request = &first; request != nullptr; request = request->next) {
    for (std::size_t r = 0; r < request->rows.rows; ++r, from += predictor_.columns())
      std::copy_n(from, predictor_.columns(), request->predictions.row(r).begin());
  }
  computed_(count);
}

// The processor goes to the next in the queue, if there is one.
template <class Stored>
void MicroBatcher<Stored>::pass_on() {
  if (queue_.empty()) {
    --computing_;
    return;
  }
  Request* next = queue_.front();
  queue_.pop_front();
  next->state = State::kFirst;
  next->turn.notify_one();
}

template class MicroBatcher<float>;
template class MicroBatcher<double>;

}  // namespace gradus::server
