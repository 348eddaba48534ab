// What a training run eats: parts of a table with their targets, all made by prepare().
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gradus/core/random.h"
#include "gradus/data/block_shuffle.h"
#include "gradus/data/transform.h"

namespace gradus {

// One part (training, validation, test). Row i of the part is row rows[i] of the shared features.
struct Dataset {
  std::shared_ptr<const Features> features;
  std::vector<std::uint32_t> rows;
  std::vector<std::int32_t> labels;  // classification: class numbers
  std::vector<double> values;  // regression: coded targets, (y - mean) / deviation; (size(), value_columns)
  std::size_t value_columns = 1;
  std::vector<double> weights;  // what each row counts in the loss; empty: all the same

  [[nodiscard]] std::size_t size() const { return rows.size(); }
  [[nodiscard]] bool empty() const { return rows.empty(); }
};

// A share of the rows in (0, 1), a count >= 1, none (0), or the source's own test part / a default.
struct PartSize {
  enum class Kind { kAuto, kNone, kShare, kCount, kOwnTest } kind = Kind::kAuto;
  double share = 0;
  std::size_t count = 0;
};

// Which rows train, validate and test.
struct SplitSpec {
  PartSize validation;
  PartSize test;
  bool shuffle = true;          // false: first n rows train, then validation, then test
  bool stratify = true;         // classification only; the reference experiments turn it off
  std::size_t train_count = 0;  // 0: all that is left; else the first n of the training part ("first-n")
  std::vector<std::uint32_t> permutation;  // given order of all rows instead of a drawn one; empty: none
};

// What is to be predicted from what, and on which rows.
struct PreparationSpec {
  std::string target;  // empty: the table's default, else its last column
  // Empty: text and truth values classify, numbers do where all are whole and there are at most 20 different
  // ones, each with three rows on average (two different ones always classify); other numbers are a
  // regression.
  std::optional<Task> task;
  std::vector<std::string> ignore;  // columns to leave out
  std::vector<std::string> keep;    // columns to keep although they look like a leak
  std::string weights;              // column with what each row counts in the loss; empty: all the same
  // Labels that count as class 1, the others as class 0; the two classes are named by their labels, "5|6|7".
  std::vector<std::string> positive;
  Scaling scaling = Scaling::kFeature;
  double divisor = 1;  // of Scaling::kDivide
  // Bytes of features that may be in memory at once; 0: all. Where they are more, the rows of every part are in the order
  // of the file, and the parts' features stay in it.
  std::size_t window = 0;
  bool fit_on_all = false;  // scaling fitted on all rows, as report 002 does (a leak, said in the notes)
  bool raw_target = false;  // measures as they are; else standardised
  bool ones_column = false;
  bool random_labels = false;      // report 000: labels drawn at random, on every part
  std::size_t random_classes = 0;  // they are drawn from the first so many classes; 0: all
  SplitSpec split;
};

// What prepare() makes of a table.
struct Preparation {
  Transform transform;
  TargetCoding target;
  Dataset train;
  Dataset validation;                  // may be empty
  Dataset test;                        // may be empty
  std::vector<std::string> decisions;  // one line per column: name, type, missing, how encoded
  std::vector<std::string> warnings;   // leaks left out, constant columns, classes with one sample, ...
};

// `split` shuffles rows, `labels` draws random labels; unused generators are not touched.
// With an order perm = split.permutation(n): train is its front, then validation, test at the end (report
// 002's order). Stratified: each class is dealt out in that same order. Automatic sizes: validation 10 %
// (none below 100 rows), test the source's own part, else 20 % (none below 10 rows). With an own part nothing
// of it ever trains: a count or share of the test is taken from its front, and validation comes out of the
// rest. Without shuffling the parts are cut in file order, not stratified. Rows without a target are left
// out, with a warning. Left out too, each with a warning unless `keep` names it: a column that repeats the
// target, an identifier, a column with one value, and one with over 100 categories or more of them than half
// the rows; a column that repeats another is left out with a line in the decisions. `test_table`: a test part
// from another file, encoded with the fitted transform; null: none. Throws Error(kBadConfiguration) (no such
// target, part larger than the data, nothing left to train on), kBadData (one class only, no target cell at
// all).
[[nodiscard]] Preparation prepare(const Table& table, const PreparationSpec& spec, Generator& split,
                                  Generator& labels, const Table* validation_table = nullptr,
                                  const Table* test_table = nullptr);

// All rows of a table for a fitted transform: evaluate (with targets; rows whose target is missing are left
// out, so size() may be less than the table's rows) and predict (without: all rows, labels and values stay
// empty). Throws Error(kBadData) where a label is none of the known classes, or no row has a target.
[[nodiscard]] Dataset apply(const Transform& transform, const TargetCoding& target, const Table& table,
                            bool with_target, std::size_t window = 0);

// Without shuffling 0, 1, ...; with it a fresh 0 .. n-1 is shuffled for each epoch; with replacement each place
// draws integers(0, n).
enum class Order { kAsItStands, kShuffled, kWithReplacement };

// The order of the samples of one epoch.
class BatchOrder {
 public:
  BatchOrder(std::size_t samples, Order kind, Generator& generator);
  // Of a part, which must outlive it: where its features have a window, the order is that of a BlockShuffle, and there is
  // no replacement.
  BatchOrder(const Dataset& part, Order kind, Generator& generator);
  [[nodiscard]] const std::vector<std::uint32_t>& next_epoch();
  // To be told before samples from this place of the order on are used.
  void reach(std::size_t place) {
    if (blocks_) blocks_->reach(place);
  }

 private:
  std::vector<std::uint32_t> order_;
  Order kind_;
  Generator& generator_;
  std::optional<BlockShuffle> blocks_;
};

}  // namespace gradus
