// Targets: a store of runs from somebody else, and the points in its rows.
#include <span>

#include "gradus/core/error.h"
#include "gradus/runs/points.h"
#include "gradus/runs/run_store.h"
#include "tests/fuzz/target.h"

namespace gradus::fuzz {
namespace {

std::size_t read_points_input(std::string_view input) {
  const auto series = internal::unpack_points("validation_loss", std::as_bytes(std::span(input)));
  if (!series) return 0;
  (void)internal::figures_of(*series, std::nullopt);
  const std::vector<std::byte> again = internal::pack_points(*series);
  GRADUS_ASSERT(std::ranges::equal(again, std::as_bytes(std::span(input))));
  return 2 * again.size();
}

void remove_companions(const std::filesystem::path& file) {
  for (const char* ending : {"-wal", "-shm", "-journal"}) {
    std::error_code ignored;
    std::filesystem::remove(file.string() + ending, ignored);
  }
}

// Everything that `gradus runs` asks a store for.
std::size_t read_store_input(std::string_view input) {
  const std::filesystem::path file = file_of(input, "runs.sqlite");
  remove_companions(file);
  const RunStore store = RunStore::open_existing(file.parent_path());
  (void)store.series_names();
  (void)store.find_finished("configuration", "data");
  for (const RunRow& row : store.list({})) {
    (void)store.configuration(row.run.id);
    (void)store.environment(row.run.id);
    (void)store.figures(row.run.id);
    (void)store.series(row.run.id);
  }
  return 0;
}

const Register kPoints("points", read_points_input);
const Register kStore("store", read_store_input);

}  // namespace
}  // namespace gradus::fuzz
