// The store of runs: <runs>/runs.sqlite and one folder <runs>/<id> per run. docs/store.md writes out the schema.
//
// Several processes, and several threads of one, may use it at once; a process that is killed leaves it sound.
// Every function throws Error(kFile) where the database is locked for more than ten seconds, cannot be written,
// is damaged or is no database, and where the disk is full: then nothing of that call is stored, and everything
// before it is. An object does not survive fork().
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gradus/runs/run_folder.h"
#include "gradus/runs/run_query.h"
#include "gradus/runs/run_record.h"

namespace gradus {

// Where they are that write to a store at the same time; those of several machines wait for each other, and for the disk, more.
enum class Writers { kOneMachine, kSeveralMachines };

// An open store; runs are added, asked for, tagged and deleted through it.
class RunStore {
 public:
  // Made, with its folder, where there is none. Throws Error(kUnsupported) for one of a newer gradus, and Error(kFile) where it
  // is open already and by other writers than before.
  [[nodiscard]] static RunStore open(const std::filesystem::path& runs,
                                     Writers writers = Writers::kOneMachine);
  // Throws Error(kInvalidArgument) where there is none. A store on a read-only disk can be read.
  [[nodiscard]] static RunStore open_existing(const std::filesystem::path& runs);

  RunStore(RunStore&&) noexcept;
  RunStore& operator=(RunStore&&) noexcept;
  ~RunStore();

  [[nodiscard]] const std::filesystem::path& folder() const;  // of all runs

  // A new run with its folder: `running` until finish(), each in one transaction.
  RunFolder begin(const RunHeader& header);
  void finish(std::uint64_t id, const RunOutcome& outcome);
  // `running` again, by this process, without the figures of an end. Throws Error(kInvalidArgument) where the process that runs
  // it is known to be alive, and for a run that has finished or diverged.
  void resume(std::uint64_t id);
  // Both at once, in one transaction. Before it `fill` writes the files of the run into its folder: a process that is
  // killed meanwhile leaves a folder that nobody lists, never a run without its files. What `fill` throws is passed
  // on, and the folder is gone.
  RunFolder add_finished(const RunHeader& header, const RunOutcome& outcome,
                         const std::function<void(const std::filesystem::path&)>& fill = {});

  // The latest finished or diverged run with these hashes.
  [[nodiscard]] std::optional<std::uint64_t> find_finished(std::string_view configuration_hash,
                                                           std::string_view data_hash) const;

  // Throws Error(kInvalidArgument) for a filter, order or series that does not exist, with the nearest that does.
  [[nodiscard]] std::vector<RunRow> list(const RunQuery& query) const;
  [[nodiscard]] std::size_t count() const;  // of all runs
  [[nodiscard]] bool contains(std::uint64_t id) const;

  // These throw Error(kInvalidArgument) for an id that is not there.
  [[nodiscard]] RunRecord record(std::uint64_t id) const;
  [[nodiscard]] std::string configuration(std::uint64_t id) const;  // JSON
  [[nodiscard]] Environment environment(std::uint64_t id) const;
  [[nodiscard]] std::vector<Series> series(std::uint64_t id) const;  // sorted by name
  [[nodiscard]] std::vector<std::pair<std::string, SeriesFigures>> figures(std::uint64_t id) const;
  void tag(std::uint64_t id, const std::string& tag);
  void untag(std::uint64_t id, const std::string& tag);  // a tag that it does not bear is an error too
  void set_note(std::uint64_t id, const std::string& note);
  // The row and the folder with all that is in it. Throws Error(kInvalidArgument) for one that is running.
  void remove(std::uint64_t id);

  // Of all runs, sorted.
  [[nodiscard]] std::vector<std::string> series_names() const;

 private:
  struct State;
  explicit RunStore(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace gradus
