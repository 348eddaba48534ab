#include "gradus/data/column_file.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstring>
#include <deque>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "gradus/core/checksum.h"
#include "gradus/core/error.h"
#include "gradus/core/files.h"
#include "gradus/data/csv_stream.h"
#include "gradus/data/json_tree-inl.h"

namespace gradus {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::string_view kMagic = "gradcol1";
constexpr std::size_t kHashDigits = 64;
constexpr std::size_t kDescriptionAt = kMagic.size() + sizeof(std::uint64_t) + kHashDigits;
constexpr std::size_t kAlignment = 64;
constexpr std::array<std::string_view, 3> kKinds = {"number", "boolean", "category"};
constexpr std::string_view kOtherTexts = "(other texts)";

// Which file it was made of, as it stood.
struct Origin {
  std::string path;  // its SHA-256: a path need not be UTF-8
  std::uint64_t size = 0;
  std::int64_t modified = 0;  // nanoseconds

  friend bool operator==(const Origin&, const Origin&) = default;
};

struct Description {
  Origin origin;
  std::size_t rows = 0;
  std::vector<Column> columns;  // without cells
  std::vector<std::string> notes;
};

std::string hash_of(std::string_view text) {
  Sha256 hash;
  hash.add(text);
  return hash.hex();
}

Origin origin_of(const fs::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return {};  // opening it tells why
  constexpr std::int64_t kNanoseconds = 1'000'000'000;
  return {hash_of(fs::absolute(path).lexically_normal().string()), static_cast<std::uint64_t>(status.st_size),
          // Not of the last write, which tools put back.
          status.st_ctim.tv_sec * kNanoseconds + status.st_ctim.tv_nsec};
}

fs::path cache_path(const Origin& origin, const fs::path& cache) {
  return cache / (origin.path.substr(0, 16) + ".columns");
}

// Where columns lie behind a description of that length.
class Places {
 public:
  Places(std::size_t description_bytes, std::size_t rows)
      : at_(kDescriptionAt + description_bytes), rows_(rows) {}
  // The next column's place.
  std::size_t next(ColumnKind kind) {
    const std::size_t begin = (at_ + kAlignment - 1) / kAlignment * kAlignment;
    at_ = begin + rows_ * (kind == ColumnKind::kCategory ? sizeof(std::int32_t) : sizeof(double));
    return begin;
  }
  [[nodiscard]] std::size_t end() const { return at_; }

 private:
  std::size_t at_;
  std::size_t rows_;
};

std::string to_text(const Description& description) {
  Json columns = Json::array();
  for (const Column& column : description.columns) {
    columns.push_back({{"name", column.name},
                       {"kind", kKinds[static_cast<std::size_t>(column.kind)]},
                       {"categories", column.categories},
                       {"missing", column.missing}});
  }
  const Origin& origin = description.origin;
  return Json{{"path", origin.path},      {"size", origin.size}, {"modified", origin.modified},
              {"rows", description.rows}, {"columns", columns},  {"notes", description.notes}}
      .dump(-1, ' ', false, Json::error_handler_t::replace);
}

// Nothing where it is no description.
std::optional<Description> from_text(std::string_view text) {
  try {
    const Json json = Json::parse(text);
    Description description;
    description.origin = {json.at("path").get<std::string>(),
                          internal::whole_number<std::uint64_t>(json.at("size")),
                          internal::whole_number<std::int64_t>(json.at("modified"))};
    description.rows = internal::whole_number<std::size_t>(json.at("rows"));
    description.notes = json.at("notes").get<std::vector<std::string>>();
    for (const Json& entry : json.at("columns")) {
      Column& column = description.columns.emplace_back();
      column.name = entry.at("name").get<std::string>();
      const auto kind = std::ranges::find(kKinds, entry.at("kind").get<std::string>());
      if (kind == kKinds.end()) return std::nullopt;
      column.kind = static_cast<ColumnKind>(kind - kKinds.begin());
      column.categories = entry.at("categories").get<std::vector<std::string>>();
      column.missing = internal::whole_number<std::size_t>(entry.at("missing"));
    }
    return description;
  } catch (const Json::exception&) {
    return std::nullopt;
  } catch (const Error&) {
    return std::nullopt;
  }
}

// The description of a file that is whole; nothing of any other.
std::optional<Description> read_description(std::string_view bytes, std::size_t& length) {
  if (bytes.size() < kDescriptionAt || !bytes.starts_with(kMagic)) return std::nullopt;
  std::uint64_t claimed = 0;
  std::memcpy(&claimed, bytes.data() + kMagic.size(), sizeof(claimed));
  if (claimed > bytes.size() - kDescriptionAt) return std::nullopt;
  length = claimed;
  const std::string_view text = bytes.substr(kDescriptionAt, length);
  if (hash_of(text) != bytes.substr(kDescriptionAt - kHashDigits, kHashDigits)) return std::nullopt;
  std::optional<Description> description = from_text(text);
  // More rows than bytes cannot be, and larger counts would wrap round below.
  if (!description || description->rows > bytes.size()) return std::nullopt;
  Places places(length, description->rows);
  for (const Column& column : description->columns) (void)places.next(column.kind);
  if (places.end() != bytes.size()) return std::nullopt;
  return description;
}

// Whether every code names a category: the cells have no checksum of their own.
bool codes_are_sound(const Column& column) {
  const auto count = static_cast<std::int32_t>(column.categories.size());
  return std::ranges::all_of(column.codes, [count](std::int32_t code) { return code >= -1 && code < count; });
}

// The table in the cache, where it is there, whole, and of this file as it stands.
std::optional<Table> open_cached(const fs::path& cached, const fs::path& csv, const Origin& origin) {
  std::error_code ignored;
  if (!fs::exists(cached, ignored)) return std::nullopt;
  const auto file = std::make_shared<const MappedFile>(cached);
  std::size_t length = 0;
  std::optional<Description> description = read_description(file->bytes(), length);
  if (!description || description->origin != origin) return std::nullopt;
  Table table;
  table.source = csv.string();
  table.rows = description->rows;
  table.notes = std::move(description->notes);
  table.columns_file = file;
  Places places(length, table.rows);
  for (Column& column : description->columns) {
    const char* data = file->bytes().data() + places.next(column.kind);
    if (column.kind == ColumnKind::kCategory) {
      column.codes = {file, std::span(reinterpret_cast<const std::int32_t*>(data), table.rows)};
      if (!codes_are_sound(column)) return std::nullopt;
      file->release();
    } else {
      column.numbers = {file, std::span(reinterpret_cast<const double*>(data), table.rows)};
    }
    table.columns.push_back(std::move(column));
  }
  return table;
}

// The texts of one column over all parts of the file.
class Texts {
 public:
  // The number of a text, in the order of their first cells; beyond the most all have the same.
  std::int32_t number(std::string_view text) {
    const auto known = numbers_.find(text);
    if (known != numbers_.end()) return known->second;
    if (others_) return *others_;
    if (list_.size() >= kMostTextsOnDisk || text.size() > kMostTextBytesOnDisk - bytes_) {
      const auto same = numbers_.find(kOtherTexts);
      return *(others_ = same != numbers_.end() ? same->second : add(kOtherTexts));
    }
    return add(text);
  }
  [[nodiscard]] const std::deque<std::string>& list() const { return list_; }
  [[nodiscard]] bool overflowed() const { return others_.has_value(); }

 private:
  std::int32_t add(std::string_view text) {
    bytes_ += text.size();
    const auto number = static_cast<std::int32_t>(list_.size());
    return numbers_.emplace(list_.emplace_back(text), number).first->second;
  }

  std::deque<std::string> list_;  // which never moves them
  std::unordered_map<std::string_view, std::int32_t> numbers_;
  std::size_t bytes_ = 0;
  std::optional<std::int32_t> others_;
};

// A CSV file on its way into a file of columns.
class Conversion {
 public:
  explicit Conversion(const fs::path& path) : path_(path) { made_.origin = origin_of(path); }

  void write_to(const fs::path& cached) {
    look_through();
    const std::string text = to_text(made_);
    AtomicFile file(cached);
    file.write(kMagic);
    const std::uint64_t length = text.size();
    file.write(std::as_bytes(std::span(&length, 1)));
    file.write(hash_of(text));
    file.write(text);
    Places places(text.size(), made_.rows);
    for (const Column& column : made_.columns) places_.push_back(places.next(column.kind));
    write_cells(file);
    file.commit();
  }

 private:
  // Calls at(part) for the tables that the file is read in.
  template <class At>
  void each_part(const At& at) const {
    InputFile file(path_);
    CsvStream stream(file, CsvStream::kPartBytes, true);
    Table part;
    while (stream.next(part)) at(part);
  }

  // The first reading: rows, kinds and all texts.
  void look_through() {
    each_part([this](const Table& part) {
      if (made_.columns.empty()) {
        made_.columns.resize(part.columns.size());
        texts_.resize(part.columns.size());
      }
      made_.rows += part.rows;
      for (const std::string& note : part.notes) {
        if (std::ranges::find(made_.notes, note) == made_.notes.end()) made_.notes.push_back(note);
      }
      for (std::size_t c = 0; c < part.columns.size(); ++c) add(part.columns[c], c);
    });
    for (std::size_t c = 0; c < made_.columns.size(); ++c) decide(c);
  }

  void add(const Column& cells, std::size_t c) {
    Column& column = made_.columns[c];
    column.name = cells.name;
    column.missing += cells.missing;
    if (cells.kind != ColumnKind::kCategory) return;
    column.kind = ColumnKind::kCategory;
    for (const std::string& text : cells.categories) (void)texts_[c].number(text);
  }

  void decide(std::size_t c) {
    Column& column = made_.columns[c];
    // A part says so of its own cells.
    if (column.missing < made_.rows)
      std::erase(made_.notes, "column " + column.name + ": every cell is missing");
    codings_.emplace_back();
    if (column.kind != ColumnKind::kCategory) return;
    const std::vector<std::string_view> texts(texts_[c].list().begin(), texts_[c].list().end());
    codings_[c] = code_texts(texts);
    column.kind = codings_[c].kind;
    column.categories = std::move(codings_[c].categories);
    if (texts_[c].overflowed()) {
      made_.notes.push_back(fmt::format(
          "column {}: more than {} different texts, or {} MB of them; the others count as one, '{}'",
          column.name, kMostTextsOnDisk, kMostTextBytesOnDisk / 1'000'000, kOtherTexts));
    }
  }

  // The second reading: all cells to their places.
  void write_cells(AtomicFile& file) {
    std::size_t row = 0;
    each_part([&](const Table& part) {
      if (row + part.rows > made_.rows || part.columns.size() != made_.columns.size()) changed();
      for (std::size_t c = 0; c < part.columns.size(); ++c) {
        if (made_.columns[c].kind == ColumnKind::kCategory) {
          const std::vector<std::int32_t> codes = coded<std::int32_t>(part, c, -1);
          file.write_at(places_[c] + row * sizeof(codes[0]), std::as_bytes(std::span(codes)));
        } else if (part.columns[c].kind == ColumnKind::kNumber && texts_[c].list().empty()) {
          const std::span<const double> numbers(part.columns[c].numbers);
          file.write_at(places_[c] + row * sizeof(numbers[0]), std::as_bytes(numbers));
        } else {
          const std::vector<double> numbers =
              coded<double>(part, c, std::numeric_limits<double>::quiet_NaN());
          file.write_at(places_[c] + row * sizeof(numbers[0]), std::as_bytes(std::span(numbers)));
        }
      }
      row += part.rows;
    });
    if (row != made_.rows || origin_of(path_) != made_.origin) changed();
  }

  // The cells of a column of texts; a part that holds missing ones only may take it for numbers.
  template <class T>
  std::vector<T> coded(const Table& part, std::size_t c, T missing) {
    const Column& cells = part.columns[c];
    std::vector<T> values(part.rows, missing);
    if (cells.kind != ColumnKind::kCategory) return values;
    std::vector<T> value_of;
    for (const std::string& text : cells.categories) {
      const auto number = static_cast<std::size_t>(texts_[c].number(text));
      if (number >= codings_[c].values.size()) changed();
      value_of.push_back(static_cast<T>(codings_[c].values[number]));
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (cells.codes[i] >= 0) values[i] = value_of[static_cast<std::size_t>(cells.codes[i])];
    }
    return values;
  }

  [[noreturn]] void changed() const {
    throw Error(ErrorCode::kBadData, "reading " + path_.string() +
                                         ": it changed while it was read; run again when it stays as it is");
  }

  fs::path path_;
  Description made_;
  std::vector<Texts> texts_;         // of each column
  std::vector<TextCoding> codings_;  // of each column; empty for numbers
  std::vector<std::size_t> places_;  // of each column in the file
};

// Whether a name is that of a temporary file of AtomicFile's whose process is not there.
bool has_no_writer(std::string_view name) {
  constexpr std::string_view kBegin = ".gradus-";
  if (!name.starts_with(kBegin) || !name.ends_with(".tmp")) return false;
  name.remove_prefix(kBegin.size());
  pid_t process = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), process);
  return error == std::errc() && *end == '-' && process > 0 && ::kill(process, 0) < 0 && errno == ESRCH;
}

// What killed conversions left, which may be as large as all of the data. A process of another machine or container is not
// to be seen from here; it would write to its file within the hour.
void remove_left_behind(const fs::path& cache) {
  const auto old = fs::file_time_type::clock::now() - std::chrono::hours(1);
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(cache, ignored)) {
    const fs::file_time_type written = entry.last_write_time(ignored);
    if (!ignored && written < old && has_no_writer(entry.path().filename().string()))
      fs::remove(entry.path(), ignored);
  }
}

}  // namespace

Table read_csv_on_disk(const fs::path& path, const fs::path& cache) {
  const Origin origin = origin_of(path);
  const fs::path cached = cache_path(origin, cache);
  if (std::optional<Table> table = open_cached(cached, path, origin)) return std::move(*table);
  make_folder(cache);
  // The file may be its owner's alone. Where the folder cannot be closed, as on some file systems, it is another's already.
  std::error_code ignored;
  fs::permissions(cache, fs::perms::owner_all, ignored);
  remove_left_behind(cache);
  Conversion(path).write_to(cached);
  std::optional<Table> table = open_cached(cached, path, origin_of(path));
  if (!table) {
    throw Error(ErrorCode::kFile,
                "reading " + cached.string() +
                    ": what has just been written there is not what comes back; check the disk");
  }
  return std::move(*table);
}

}  // namespace gradus
