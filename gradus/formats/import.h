// A network of another program as a gradus model: what its file says, and what is assumed of the rest. Internal to
// formats/.
#pragma once

#include <string>
#include <vector>

#include "gradus/data/safetensors.h"
#include "gradus/formats/import_options.h"
#include "gradus/formats/model.h"

namespace gradus {

struct ImportedNetwork {
  NetworkSpec network;
  Safetensors weights;  // named by the network's layers
  // Before the network (x - shift) / scale, one entry per feature or one for all; empty: as it is.
  std::vector<double> shift = {};
  std::vector<double> scale = {};
  double mean = 0;  // behind it value * deviation + mean
  double deviation = 1;
};

// Takes a softmax or sigmoid at the end for what the loss brings along. Features are x0, x1, ..., the target y.
// Throws Error(kBadData), kBadConfiguration (options that do not fit) naming `source`.
[[nodiscard]] Model make_model(ImportedNetwork imported, const ImportOptions& options,
                               const std::string& source, std::vector<std::string>& notes);

// Throws Error(kBadConfiguration) where a file of gradus, which says all of itself, comes with options.
void check_no_options(const ImportOptions& options, const std::string& source);

}  // namespace gradus
