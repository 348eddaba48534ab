#include "gradus/runs/run_identity.h"

#include <fmt/format.h>
#include <sys/utsname.h>

#if __has_include(<gnu/libc-version.h>)
#include <gnu/libc-version.h>
#endif

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <span>

#include "gradus/core/checksum.h"
#include "gradus/core/error.h"
#include "gradus/core/files.h"
#include "gradus/core/processors.h"
#include "gradus/core/thread_pool.h"
#include "gradus/kernels/kernels.h"
#include "gradus/kernels/numerics_version.h"
#include "gradus/runs/build_info.h"
#include "gradus/train/json_text.h"
#include "gradus/train/thread_choice.h"

namespace gradus {

namespace {

constexpr std::size_t kBlock = std::size_t{1} << 20;  // bytes that one thread hashes in a go
constexpr std::size_t kMostBlocks = 256;              // of larger features evenly spaced ones
constexpr std::size_t kBlocksWorthThreads = 4;        // below that starting threads takes longer

template <class T>
void add_values(Sha256& hash, std::span<const T> values) {
  hash.add(std::as_bytes(values));
}

void add_number(Sha256& hash, std::uint64_t value) {
  add_values(hash, std::span<const std::uint64_t>(&value, 1));
}

// Of many bytes: the hash of the hashes of their blocks.
std::string hash_of_blocks(std::span<const std::byte> bytes, const FileWindow& window = {}) {
  const std::size_t all = (bytes.size() + kBlock - 1) / kBlock;
  const std::size_t taken = std::min(all, kMostBlocks);
  std::vector<std::string> hashes(taken);
  const auto hash_block = [&](std::size_t i) {
    // The first and the last block are always among them.
    const std::size_t block = taken < 2 ? 0 : i * (all - 1) / (taken - 1);
    const std::size_t begin = block * kBlock;
    Sha256 hash;
    hash.add(bytes.subspan(begin, std::min(kBlock, bytes.size() - begin)));
    hashes[i] = hash.hex();
    if (window.active()) window.file->release();
  };
  ThreadPool pool(taken < kBlocksWorthThreads ? 1 : 0);
  pool.run([&](const TeamMember& member) {
    const TeamMember::Share share = member.share(taken);
    for (std::size_t i = share.begin; i < share.end; ++i) hash_block(i);
  });
  Sha256 hash;
  for (const std::string& block : hashes) hash.add(block);
  return hash.hex();
}

std::string hash_of(const Features& features) {
  Sha256 hash;
  add_number(hash, features.rows);
  add_number(hash, features.cols);
  if (features.block == nullptr) {
    hash.add("double" + hash_of_blocks(std::as_bytes(std::span(features.values))));
    return hash.hex();
  }
  std::visit(
      [&](const auto& values) {
        hash.add(fmt::format("block of {} bytes a value ", sizeof(*values.data())));
        hash.add(hash_of_blocks(std::as_bytes(std::span(values.data(), values.size())), features.window()));
      },
      features.block->values);
  return hash.hex();
}

// Features are shared by the runs of a process, and by the parts of a run: each is looked at once.
std::string remembered_hash(const std::shared_ptr<const Features>& features) {
  struct Remembered {
    std::weak_ptr<const Features> features;
    std::string hash;
  };
  static std::mutex mutex;
  static std::map<const Features*, Remembered> known;
  const std::scoped_lock lock(mutex);
  std::erase_if(known, [](const auto& item) { return item.second.features.expired(); });
  auto found = known.find(features.get());
  if (found == known.end()) {
    found = known.emplace(features.get(), Remembered{features, hash_of(*features)}).first;
  }
  return found->second.hash;
}

void add_part(Sha256& hash, const Dataset& part) {
  add_number(hash, part.size());
  if (part.empty()) return;
  hash.add(remembered_hash(part.features));
  add_values(hash, std::span(part.rows));
  add_values(hash, std::span(part.labels));
  add_values(hash, std::span(part.values));
  add_values(hash, std::span(part.weights));
}

std::string c_library() {
#ifdef __GLIBC__
  return std::string("glibc ") + gnu_get_libc_version();
#else
  return "";
#endif
}

// "64-128-10"
std::string network_text(const NetworkSpec& network) {
  std::string text = std::to_string(network.inputs);
  for (const LayerSpec& layer : network.layers) {
    if (layer.kind == LayerKind::kDense) text += "-" + std::to_string(layer.outputs);
  }
  return text;
}

// As the training itself will choose; what it times is remembered.
std::size_t threads_of(const Plan& plan) {
  if (plan.config.threads) return static_cast<std::size_t>(*plan.config.threads);
  const auto batch = static_cast<std::size_t>(plan.config.batch_size.value_or(1));
  if (plan.config.precision == "double") {
    return choose_threads<double>(plan.network, plan.loss, plan.optimizer, batch);
  }
  return choose_threads<float>(plan.network, plan.loss, plan.optimizer, batch);
}

std::uint64_t steps_per_epoch(const RunConfig& config, std::size_t rows) {
  const auto batch = static_cast<std::uint64_t>(config.batch_size.value_or(1));
  return config.drop_last ? rows / batch : (rows + batch - 1) / batch;
}

}  // namespace

std::string configuration_hash(const RunConfig& config) {
  RunConfig deciding = config;
  deciding.threads.reset();
  deciding.data.clear();
  deciding.split_order.clear();  // the data's hash tells the rows of each part
  if (!config.initial_weights.empty()) {
    Sha256 file;
    file.add(read_file(config.initial_weights));
    deciding.initial_weights = file.hex();
  }
  Sha256 hash;
  hash.add(to_json(deciding));
  hash.add(fmt::format(" numerics version {}", kNumericsVersion));
  return hash.hex();
}

std::string data_hash(const Preparation& data) {
  Sha256 hash;
  for (const Dataset* part : {&data.train, &data.validation, &data.test}) add_part(hash, *part);
  return hash.hex();
}

Environment this_environment(std::int64_t threads) {
  static const std::string processor = processor_name();
  utsname names{};
  const bool known = uname(&names) == 0;
  return {.processor = processor,
          .kernels = std::string(kernels<float>().name),
          .threads = threads,
          .version = internal::library_version(),
          .numerics_version = kNumericsVersion,
          .compiler = internal::compiler_name(),
          .source = internal::source_state(),
          .system = known ? fmt::format("{} {} {}", names.sysname, names.release, names.machine) : "",
          .c_library = c_library()};
}

RunHeader header_of(const Experiment& experiment) {
  const RunConfig& config = experiment.plan.config;
  RunHeader header;
  header.seed = config.seed;
  header.data = config.data;
  header.network = network_text(experiment.plan.network);
  header.parameters = parameter_table(experiment.plan.network).count;
  header.steps_per_epoch = steps_per_epoch(config, experiment.data.train.size());
  header.configuration = to_json(config);
  header.configuration_hash = configuration_hash(config);
  header.data_hash = data_hash(experiment.data);
  header.environment = this_environment(static_cast<std::int64_t>(threads_of(experiment.plan)));
  return header;
}

// An object of JSON is a table of TOML but for its braces: each value is written the same in both.
RunConfig config_from_json(std::string_view text, const std::string& source) {
  const nlohmann::json object = nlohmann::json::parse(text, nullptr, false);
  if (!object.is_object()) {
    throw Error(ErrorCode::kBadData,
                fmt::format("reading the configuration of {}: it is no JSON object; expected one with the "
                            "fields of a configuration",
                            source));
  }
  std::string toml;
  for (const auto& [key, value] : object.items()) {
    toml += fmt::format("{} = {}\n", toml_of_json(nlohmann::json(key).dump()), toml_of_json(value.dump()));
  }
  RunConfig config;
  try {
    parse_toml(toml, "the configuration of " + source, config);
    validate(config);
  } catch (const Error& error) {
    throw Error(ErrorCode::kBadData, error.what());
  }
  return config;
}

}  // namespace gradus
