#include "gradus/core/archive.h"

#include "gradus/core/error.h"

namespace gradus {

void ArchiveReader::refuse(const char* found) const {
  throw Error(ErrorCode::kBadData, "reading " + what_ + ": byte " + std::to_string(at_) + ": " + found +
                                       "; the file is damaged, or another program's");
}

}  // namespace gradus
