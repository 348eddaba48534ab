// The weight gradient that goes into the parameters tile by tile, straight from registers.
// Included by kernel_set-inl.h, once per set: no include guard.

GRADUS_BEGIN_SET

// Brings in what the update of a tile will touch, a line in each round of its product: all at once would
// wait for room in the processor's queue of misses.
template <class T, std::size_t kRows, std::size_t kVectors>
struct PrefetchParameters {
  const ParameterState<T>& at;
  std::size_t stride;

  HWY_INLINE void operator()(std::size_t k) const {
    if (k >= kRows * kVectors) return;
    const std::size_t offset = k / kVectors * stride + k % kVectors * kLanes<T>;
    __builtin_prefetch(at.w + offset);
    if (at.m1 != nullptr) __builtin_prefetch(at.m1 + offset);
    if (at.m2 != nullptr) __builtin_prefetch(at.m2 + offset);
  }

  HWY_INLINE void all() const {
    for (const T* part :
         {static_cast<const T*>(at.w), static_cast<const T*>(at.m1), static_cast<const T*>(at.m2)}) {
      if (part == nullptr) continue;
      for (std::size_t m = 0; m < kRows; ++m, part += stride) {
        GRADUS_UNROLL
        for (std::size_t v = 0; v < kVectors; ++v) __builtin_prefetch(part + v * kLanes<T>);
      }
    }
  }
};

// Rows of a tile whose update starts from registers.
template <std::size_t kVectors>
inline constexpr std::size_t kUpdateRows = std::min(kNarrowRows,
                                                    (GRADUS_HAS_32_REGISTERS ? 24 : 12) / kVectors);

template <std::size_t kRows, std::size_t kVectors, class T, class V>
struct AdjustTile {
  const T* w;
  std::size_t stride;
  V (&gradients)[kRows][kVectors];

  template <class Adjustment>
  HWY_INLINE void visit(const Adjustment& adjustment) const {
    for (std::size_t m = 0; m < kRows; ++m) {
      GRADUS_UNROLL
      for (std::size_t v = 0; v < kVectors; ++v) {
        const V weight = hn::LoadU(hn::ScalableTag<T>(), w + m * stride + v * kLanes<T>);
        gradients[m][v] = adjustment(weight, gradients[m][v]);
      }
    }
  }
};

// A tile's gradients, still in registers, into its parameters.
template <std::size_t kRows, std::size_t kVectors, class T, class V>
struct UpdateTile {
  const UpdateCoefficients<T>& step;
  const ParameterState<T>& at;
  std::size_t stride;
  V (&gradients)[kRows][kVectors];

  template <UpdateRule kRule>
  HWY_INLINE void visit() const {
    const UpdateCoefficients<T> coefficients = step;  // a copy, which no store can change
    for (std::size_t m = 0; m < kRows; ++m) {
      GRADUS_UNROLL
      for (std::size_t v = 0; v < kVectors; ++v) {
        const std::size_t offset = m * stride + v * kLanes<T>;
        T* m1 = has_first_state(kRule) ? at.m1 + offset : nullptr;
        T* m2 = has_second_state(kRule) ? at.m2 + offset : nullptr;
        Updater<T, kRule>{coefficients}(FullChunk<T>(), gradients[m][v], at.w + offset, m1, m2);
      }
    }
  }
};

template <std::size_t kRows, std::size_t kVectors, class T, class Terms>
HWY_NOINLINE void update_tile(const Product<T>& p, Terms terms, const UpdateCoefficients<T>& step,
                              const ParameterState<T>& at, std::size_t stride, bool adjusts) {
  using V = hn::Vec<hn::ScalableTag<T>>;
  V sums[kRows][kVectors];
  V gradients[kRows]
             [kVectors];  // a copy: what the update reads by address must not keep the sums out of registers
  const PrefetchParameters<T, kRows, kVectors> prefetch{at, stride};
  if (Terms::kListed) prefetch.all();
  start_sums(p, FullChunk<T>(), sums);
  sum_terms(p, FullChunk<T>(), sums, terms, prefetch);
  GRADUS_UNROLL
  for (std::size_t m = 0; m < kRows; ++m) {
    GRADUS_UNROLL
    for (std::size_t v = 0; v < kVectors; ++v) gradients[m][v] = sums[m][v];
  }
  if (adjusts) {
    visit_adjustment(step, AdjustTile<kRows, kVectors, T, V>{at.w, stride, gradients});
  }
  visit_rule(step.rule, UpdateTile<kRows, kVectors, T, V>{step, at, stride, gradients});
}

// Asks for what comes next in equal parts, one before each of `turns` pieces of work.
class UpcomingLines {
 public:
  UpcomingLines(const Upcoming& upcoming, std::size_t turns)
      : upcoming_(upcoming),
        lines_((upcoming.pieces.size() * (upcoming.bytes / kLine + 2) + turns - 1) /
               std::max<std::size_t>(1, turns)) {}

  HWY_INLINE void ask() {
    for (std::size_t i = 0; i < lines_ && piece_ < upcoming_.pieces.size(); ++i) {
      __builtin_prefetch(upcoming_.pieces[piece_] + std::min(at_, upcoming_.bytes - 1));
      at_ += kLine;
      if (at_ >= upcoming_.bytes + kLine) {
        at_ = 0;
        ++piece_;
      }
    }
  }

 private:
  static constexpr std::size_t kLine = 64;
  const Upcoming& upcoming_;
  std::size_t lines_;
  std::size_t piece_ = 0;
  std::size_t at_ = 0;
};

// Weights and their gradient C(i, o) = sum_b x(b, i) dz(b, o), tile by tile.
template <class T>
struct UpdatedProduct {
  const Product<T>& p;  // without c
  const UpdateCoefficients<T>& step;
  const ParameterState<T>& weight;
  std::size_t stride;
  bool adjusts;
  UpcomingLines& upcoming;

  template <std::size_t kVectors, class Chunk>
  HWY_INLINE void panel(std::size_t begin, Chunk chunk) const {
    if constexpr (kCanListTerms<kVectors>) {
      if (has_runs_of_zeros(p)) return update_listed<kVectors>(begin, chunk);
    }
    AllTerms all;
    update_panel<kVectors>(begin, chunk, all);
  }

 private:
  static constexpr std::size_t kLowTile = 4;

  template <std::size_t kVectors, class Chunk>
  HWY_NOINLINE void update_listed(std::size_t begin, Chunk chunk) const {
    TermList<T> terms;
    update_panel<kVectors>(begin, chunk, terms);
  }

  template <std::size_t kVectors, class Chunk, class Terms>
  HWY_INLINE void update_panel(std::size_t begin, Chunk chunk, Terms& terms) const {
    Product<T> tile = p;
    tile.b = p.b + begin;
    terms.template start<kVectors>(tile);
    std::size_t m = 0;
    if constexpr (std::is_same_v<Chunk, FullChunk<T>>) {
      m = tiles<kUpdateRows<kVectors>, kVectors>(tile, terms, begin, m);
      m = tiles<kLowTile, kVectors>(tile, terms, begin, m);
    }
    if (m < p.rows) update_rest<kVectors>(tile, begin, m, chunk);
  }

  // As many tiles as fit from row m on; returns the row behind them.
  template <std::size_t kRows, std::size_t kVectors, class Terms>
  HWY_INLINE std::size_t tiles(Product<T>& tile, Terms& terms, std::size_t begin, std::size_t m) const {
    for (; m + kRows <= p.rows; m += kRows) {
      upcoming.ask();
      tile.a = p.a + m * p.a_m;
      update_tile<kRows, kVectors>(tile, terms.of(tile, kRows), step, weight.from(m * stride + begin), stride,
                                   adjusts);
    }
    return m;
  }

  static constexpr std::size_t kBufferedRows = 48;

  // From row m on, by way of a buffer.
  template <std::size_t kVectors, class Chunk>
  HWY_INLINE void update_rest(Product<T> tile, std::size_t begin, std::size_t m, Chunk chunk) const {
    const std::size_t count = (kVectors - 1) * kLanes<T> + chunk.size();
    alignas(64) T gradients[kBufferedRows * kVectors * kLanes<T>];
    tile.c_m = count;
    while (m < p.rows) {
      const std::size_t rows = std::min(kBufferedRows, p.rows - m);
      for (std::size_t row = 0; row < rows; row += tile.rows) {
        tile.rows = tile_height<kVectors>(rows - row);
        tile.a = p.a + (m + row) * p.a_m;
        tile.c = gradients + row * count;
        compute_rows<kVectors>(tile, chunk);
      }
      const ParameterState<T> at = weight.from(m * stride + begin);
      if (count == stride) {
        update(step, at, gradients, rows * count);
      } else {
        update_rows(step, at, stride, gradients, count, rows, count);
      }
      m += rows;
    }
  }
};

template <class T>
struct UpdateBias {
  MatrixView<const T> dz;
  const UpdateCoefficients<T>& step;
  const ParameterState<T>& bias;

  template <std::size_t kVectors, class Chunk>
  HWY_INLINE void panel(std::size_t begin, Chunk chunk) const {
    alignas(64) T sums[kVectors * kLanes<T>];
    const T one = 1;
    compute_rows<kVectors>(Product<T>{&one, 0, 0, dz.data + begin, dz.stride, 1, sums, 0, 1, dz.rows}, chunk);
    update(step, bias.from(begin), sums, (kVectors - 1) * kLanes<T> + chunk.size());
  }
};

template <class T>
void dense_weight_update(MatrixView<const T> x, MatrixView<const T> dz, const DenseUpdate<T>& to,
                         ColumnRange outputs, const Upcoming& upcoming) {
  const Product<T> product{x.data, 1, x.stride, dz.data, dz.stride, 1, nullptr, 0, x.cols, x.rows};
  const std::size_t panels = (outputs.end - outputs.begin) / (kTileVectors * kLanes<T>);
  UpcomingLines lines(upcoming, panels * (x.cols / kTileRows));
  for_each_panel<T>(outputs, UpdatedProduct<T>{product, to.weight_step, to.weight, to.weight_stride,
                                               adjusts_gradient(to.weight_step), lines});
  if (to.bias.w != nullptr) for_each_panel<T>(outputs, UpdateBias<T>{dz, to.bias_step, to.bias});
}

GRADUS_END_SET
