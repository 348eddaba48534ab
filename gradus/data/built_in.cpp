// The list of built-in sets.
#include "gradus/data/built_in.h"

#include <array>

#include "gradus/core/error.h"
#include "gradus/data/generated.h"
#include "gradus/data/idx.h"

namespace gradus {
namespace {

constexpr std::array<BuiltIn, 8> kSets = {{
    {"digits", "1,797 pictures of 8x8 handwritten digits, 10 classes; inside the program"},
    {"mnist", "70,000 pictures of 28x28 handwritten digits, 10 classes; `gradus data fetch mnist` brings it"},
    {"synth", "70,000 points inside and outside an ellipse, 2 classes; drawn"},
    {"xor", "400 points around the corners of a square, 2 classes; drawn"},
    {"spirals", "600 points on two spiral arms, 2 classes; drawn"},
    {"moons", "500 points on two interleaving half circles, 2 classes; drawn"},
    {"circles", "500 points on two circles, one inside the other, 2 classes; drawn"},
    {"blobs", "600 points around three centres, 3 classes; drawn"},
}};

Table load_mnist(const SourceOptions& options) {
  const std::filesystem::path folder =
      (options.data_folder.empty() ? default_data_folder() : options.data_folder) / "mnist";
  if (!std::filesystem::is_directory(folder)) {
    throw Error(ErrorCode::kNotFound,
                "loading mnist: there is no folder " + folder.string() +
                    "; `gradus data fetch mnist` downloads it, --data-dir names another data folder");
  }
  return read_idx_folder(folder, options.window);
}

}  // namespace

std::span<const BuiltIn> built_in_sets() {
  return kSets;
}

Table internal::load_built_in(std::string_view name, const SourceOptions& options) {
  if (options.samples != 0 && (name == "digits" || name == "mnist")) {
    throw Error(ErrorCode::kBadConfiguration,
                "loading " + std::string(name) + ": samples is " + std::to_string(options.samples) +
                    ", but the set is not generated; leave it out, or use train_count");
  }
  if (name == "digits") return built_in_digits();
  if (name == "mnist") return load_mnist(options);
  std::optional<Table> table = generate(name, options.samples, options.seed);
  GRADUS_ASSERT(table.has_value(), name);
  return std::move(*table);
}

}  // namespace gradus
