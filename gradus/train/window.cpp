#include "gradus/train/window.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "gradus/core/byte_size.h"
#include "gradus/core/error.h"

namespace gradus {

namespace {

[[noreturn]] void refuse_window(const std::string& what) {
  throw Error(ErrorCode::kBadConfiguration, "setting memory: " + what);
}

}  // namespace

std::size_t window_of(const RunConfig& config) {
  return parse_bytes(config.memory).value_or(0);
}

void decide_window(Plan& plan, const Preparation& data) {
  const Features& features = *data.train.features;
  if (!features.window().active()) return;
  const std::size_t window = features.window().bytes;
  const std::size_t row = features.row_bytes();
  const RunConfig& config = plan.config;
  const BlockShape shape = block_shape(window, row);
  if (shape.blocks < kLeastBlocks) {
    refuse_window(
        fmt::format("half a window of {} bytes holds fewer than {} rows of {} bytes, too few to shuffle; "
                    "expected {} bytes at least",
                    window, kLeastBlocks, row, 2 * kLeastBlocks * row));
  }
  if (config.optimizer == kLbfgs) {
    refuse_window(
        "lbfgs takes all rows at once, which are more than the window; choose another optimizer, or leave "
        "memory out");
  }
  if (config.replacement) {
    refuse_window(
        "rows drawn with replacement come from everywhere, which a window does not hold; set replacement = "
        "false, or leave memory out");
  }
  const std::size_t batch = static_cast<std::size_t>(*config.batch_size) * row;
  if (batch > window / 2) {
    refuse_window(fmt::format(
        "a batch of {} rows is {} bytes, more than half the window of {}; choose a smaller batch, "
        "or a window of {} bytes at least",
        *config.batch_size, batch, window, 2 * batch));
  }
  plan.choices.push_back(
      fmt::format("the rows stay on the disk: blocks of {} in a new order each epoch, shuffled {} "
                  "together",
                  shape.rows, std::min(shape.rows * shape.blocks, features.rows)));
}

}  // namespace gradus
