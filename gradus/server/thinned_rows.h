// The points of a curve that may become very long: beyond a few thousand every second is let go, and of those to come
// only every second, then every fourth, is taken.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace gradus::server {

// Not thread-safe; one owner.
class ThinnedRows {
 public:
  explicit ThinnedRows(std::size_t most = 2000) : most_(most) {}

  // Asked of every point in turn: whether it is to be added.
  [[nodiscard]] bool takes_next() { return count_++ % stride_ == 0; }
  void add(std::string row) {
    rows_.push_back(std::move(row));
    if (rows_.size() < most_) return;
    for (std::size_t i = 1; 2 * i < rows_.size(); ++i) rows_[i] = std::move(rows_[2 * i]);
    rows_.resize((rows_.size() + 1) / 2);
    stride_ *= 2;
  }
  [[nodiscard]] const std::vector<std::string>& rows() const { return rows_; }

 private:
  std::size_t most_;
  std::uint64_t count_ = 0;
  std::uint64_t stride_ = 1;
  std::vector<std::string> rows_;
};

}  // namespace gradus::server
