#include "gradus/study/contenders.h"

#include <map>
#include <set>

#include "gradus/core/files.h"
#include "gradus/study/toml_table-inl.h"
#include "gradus/study/vary.h"
#include "gradus/study/work_file.h"

namespace gradus::study::internal {
namespace {

// Fields of a table that may also name a file to begin with; keys of its section are not fields.
void read_fields(const TomlTable& table, const std::filesystem::path& folder, RunConfig& config) {
  if (const toml::node* file = table.find("config"); file != nullptr) {
    const std::filesystem::path path = folder / table.text("config");
    table.at(*file, [&] { read_toml(path, config); });
  }
  for (const auto& [key, node] : table.entries()) {
    if (key != "config" && !table.knows(key))
      gradus::internal::set_field_from(*node, key, table.place(*node), config);
  }
}

// The variants, each built upon the one that it extends.
class Variants {
 public:
  Variants(const TomlTable& top, const std::filesystem::path& folder, const Study& study)
      : tables_(top.tables("variant")), folder_(folder), study_(study) {
    for (std::size_t i = 0; i < tables_.size(); ++i) {
      const std::string name = tables_[i].text("name");
      if (name.empty()) tables_[i].refuse("a variant without a name; expected name = \"...\"");
      if (!places_.emplace(name, i).second)
        tables_[i].refuse(
            fmt::format("two variants are called '{}'; expected a name of its own for each", name));
      names_.push_back(name);
    }
  }

  [[nodiscard]] std::size_t size() const { return tables_.size(); }
  [[nodiscard]] const TomlTable& table(std::size_t i) const { return tables_[i]; }
  [[nodiscard]] const std::string& name(std::size_t i) const { return names_[i]; }

  [[nodiscard]] RunConfig config(std::size_t i) const {
    std::vector<std::size_t> chain = {i};
    while (tables_[chain.back()].find("extends") != nullptr) {
      const std::size_t parent = extended(chain.back());
      const bool cycle = std::ranges::find(chain, parent) != chain.end();
      chain.push_back(parent);
      if (cycle) refuse_cycle(chain);
    }
    RunConfig config = study_.base;
    for (auto link = chain.rbegin(); link != chain.rend(); ++link)
      read_fields(tables_[*link], folder_, config);
    return config;
  }

 private:
  [[nodiscard]] std::size_t extended(std::size_t i) const {
    const std::string name = tables_[i].text("extends");
    const auto found = places_.find(name);
    if (found != places_.end()) {
      const Work work = read_work(tables_[found->second], study_.source);
      if (is_configured(work)) return found->second;
      tables_[i].refuse(*tables_[i].find("extends"),
                        fmt::format("'{}' is {}, which has no configuration; expected a variant that has one",
                                    name, kind_of(work)));
    }
    const std::vector<std::string_view> known(names_.begin(), names_.end());
    tables_[i].refuse(*tables_[i].find("extends"), unknown_name_message("variant", name, known));
  }

  [[noreturn]] void refuse_cycle(const std::vector<std::size_t>& chain) const {
    std::vector<std::string_view> names;
    names.reserve(chain.size());
    for (const std::size_t link : chain) names.push_back(names_[link]);
    const TomlTable& first = tables_[chain.front()];
    first.refuse(
        *first.find("extends"),
        fmt::format("variants extend each other in a circle: {}; expected an end", join(names, " -> ")));
  }

  std::vector<TomlTable> tables_;
  const std::filesystem::path& folder_;
  const Study& study_;
  std::vector<std::string> names_;
  std::map<std::string, std::size_t> places_;
};

// In the order of fields().
std::vector<std::string> texts_of(const RunConfig& config) {
  std::vector<std::string> texts;
  texts.reserve(fields().size());
  for (const Field& field : fields()) texts.push_back(field_text(config, field));
  return texts;
}

std::vector<std::pair<std::string, std::string>> differences(const std::vector<std::string>& base,
                                                             const RunConfig& config) {
  std::vector<std::pair<std::string, std::string>> changes;
  for (std::size_t i = 0; i < base.size(); ++i) {
    const Field& field = fields()[i];
    std::string value = field_text(config, field);
    if (field.name != "seed" && value != base[i]) changes.emplace_back(field.name, std::move(value));
  }
  return changes;
}

class Collector {
 public:
  explicit Collector(Study& study) : study_(study), base_(texts_of(study.base)) {}

  void add(const TomlTable& table, std::string name, std::string text, RunConfig config, Work work = {}) {
    if (!names_.insert(name).second)
      table.refuse(fmt::format("two contenders are called '{}'; expected every value once", name));
    for (const Replicate& replicate : study_.replicates) {
      if (replicate.seed) config.seed = std::max(config.seed, *replicate.seed);
    }
    table.at(table.nodes(), [&] { validate(config); });  // with the largest seed: a generator may know fewer
    const Replicate& first = study_.replicates.front();
    if (first.seed) config.seed = *first.seed;
    auto changes = differences(base_, config);
    if (!trains(work)) changes.insert(changes.begin(), setting_of(work));
    study_.contenders.push_back(
        {std::move(name), std::move(text), std::move(config), std::move(changes), std::move(work)});
  }

 private:
  Study& study_;
  const std::vector<std::string> base_;
  std::set<std::string> names_;
};

}  // namespace

void read_base(const TomlTable& top, const std::filesystem::path& folder, Study& study) {
  const toml::node* node = top.find("base");
  if (node == nullptr) return;
  if (!node->is_table()) top.refuse(*node, "base: expected a table of fields, [base]");
  read_fields(TomlTable(*node->as_table(), "base", study.source), folder, study.base);
  top.at(*node, [&] { validate(study.base); });
}

void read_contenders(const TomlTable& top, const std::filesystem::path& folder, Study& study) {
  const Variants variants(top, folder, study);
  const std::size_t most = kMostRuns / study.replicates.size();
  Collector collector(study);
  if (variants.size() == 0) {
    combine(top, study, study.base, most, [&](Combination combination) {
      std::string name = combination.label.empty() ? "base" : combination.label;
      collector.add(top, std::move(name), "", std::move(combination.config));
    });
  }
  for (std::size_t i = 0; i < variants.size(); ++i) {
    const TomlTable& table = variants.table(i);
    if (const toml::node* seed = table.find("seed"); seed != nullptr && study.replicates.front().seed)
      table.refuse(
          *seed,
          "got a seed beside replicates or seeds, which every contender shares; expected one or the other");
    const Work work = read_work(table, study.source);
    if (top.find("vary") != nullptr && !is_configured(work))
      table.refuse(fmt::format("{} beside [vary]; expected contenders with a configuration, or no [vary]",
                               kind_of(work)));
    combine(top, study, variants.config(i), most / variants.size(), [&](Combination combination) {
      std::string name = variants.name(i) + (combination.fields.empty() ? "" : " " + combination.fields);
      collector.add(table, std::move(name), table.text("text"), std::move(combination.config), work);
    });
  }
  study.varied = varied_fields(top);
}

}  // namespace gradus::study::internal
