// Rows that stay in their file, of which no more than a window may be in the process's memory at once.
#pragma once

#include <cstddef>
#include <memory>

#include "gradus/core/mapped_file.h"

namespace gradus {

// Where mapped rows lie, and how many bytes of them may be in memory; no file: there is no such bound.
struct FileWindow {
  std::shared_ptr<const MappedFile> file;
  std::size_t bytes = 0;

  [[nodiscard]] bool active() const { return file != nullptr; }
};

// A walk over rows in the order of their file: what lies behind is given back, so that a quarter of the window is
// enough for it; nothing of the file is in memory before and after it. Without a window it does nothing.
class RowSweep {
 public:
  // The window must outlive the sweep.
  RowSweep(const FileWindow& window, std::size_t row_bytes)
      : file_(window.file.get()), row_bytes_(row_bytes), most_(window.bytes / 4) {
    release();
  }
  ~RowSweep() { release(); }
  RowSweep(const RowSweep&) = delete;
  RowSweep& operator=(const RowSweep&) = delete;

  // Rows below `row` are done with; it never falls.
  void reach(std::size_t row) {
    if (file_ == nullptr || (row - begin_) * row_bytes_ < most_) return;
    release();
    begin_ = row;
  }

 private:
  void release() const {
    if (file_ != nullptr) file_->release();
  }

  const MappedFile* file_;
  std::size_t row_bytes_;
  std::size_t most_;
  std::size_t begin_ = 0;
};

}  // namespace gradus
