// [vary]: lists and ranges of values, combined. Internal to the room.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "gradus/study/study.h"

namespace gradus::study::internal {

class TomlTable;

struct Combination {
  std::string label = {};   // "64", or with several fields "hidden=64 learning_rate=0.1"
  std::string fields = {};  // "hidden=64 ...", also for one field
  RunConfig config = {};    // with `base` for all else
};

// Gives `take` all combinations upon `base`, in the order of the file, the last field running fastest; of random mode
// `samples` draws, of which the first are the same for more. At most `most`, one after the other: a short file may
// describe many, of which the first is refused. Throws Error(kBadConfiguration).
void combine(const TomlTable& top, const Study& study, const RunConfig& base, std::size_t most,
             const std::function<void(Combination)>& take);

// The fields of [vary], in the order of the file.
[[nodiscard]] std::vector<std::string> varied_fields(const TomlTable& top);

}  // namespace gradus::study::internal
