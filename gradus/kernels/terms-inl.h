// Terms of a product that come to nothing, left out: those whose factor in A is zero in every row of a tile, as at the blank borders of
// pictures, in one-hot columns and in counts of words. A sum has the same bits without them: adding +0 or -0 changes no sum but -0. So a
// tile with a sum of -0 is added up again in full, and all are where B holds an infinity or NaN, which zero times makes NaN.
// Included by kernel_set-inl.h, once per set: no include guard.

GRADUS_BEGIN_SET

template <class T>
using TermIndex = hn::TFromD<hn::RebindToUnsigned<hn::ScalableTag<T>>>;

template <class T>
struct Product;

// Of a product that is not worth a list.
struct AllTerms {
  static constexpr bool kListed = false;

  template <std::size_t kVectors, class T>
  HWY_INLINE void start(const Product<T>&) {}
  template <class T>
  HWY_INLINE AllTerms of(const Product<T>&, std::size_t) const {
    return {};
  }
};

// Of a tile.
template <class T>
struct ListedTerms {
  static constexpr bool kListed = true;

  const TermIndex<T>* k;  // in ascending order; nullptr: all
  std::size_t count;
};

template <class T>
class TermList;

// One lane at a time there is nothing to gain, and little in a narrow panel.
template <std::size_t kVectors>
inline constexpr bool kCanListTerms = GRADUS_HAS_PARTIAL_CHUNKS&& kVectors > 1;

#if GRADUS_HAS_PARTIAL_CHUNKS
// Whether zeros come in runs: three of eight groups of eight or fewer neighbours in A's first row, or in its first column where that
// is what lies side by side, are nothing else. Where A has a few rows, a look at B would cost as much as the product.
template <class T>
HWY_NOINLINE bool has_runs_of_zeros(const Product<T>& p) {
  constexpr std::size_t kFewRows = 7;
  if (p.b_n != 1 || p.rows <= kFewRows || p.depth == 0) return false;
  const hn::CappedTag<T, 8> d;
  constexpr std::size_t kGroup = hn::MaxLanes(d);
  const std::size_t count = p.a_k == 1 ? p.depth : p.a_m == 1 ? p.rows : 0;
  std::size_t zeros = 0;
  std::size_t groups = 0;
  for (std::size_t i = 0; i + kGroup <= count; i += kGroup, ++groups) {
    zeros += hn::AllTrue(d, hn::LoadU(d, p.a + i) == hn::Zero(d));
  }
  return groups > 0 && 8 * zeros >= 3 * groups;
}

// Of rows of B, kVectors vectors of each.
template <std::size_t kVectors, class T>
HWY_NOINLINE bool all_finite(const T* b, std::size_t stride, std::size_t rows) {
  const hn::ScalableTag<T> d;
  hn::Vec<hn::ScalableTag<T>> sums[2][kVectors];
  GRADUS_UNROLL
  for (std::size_t v = 0; v < kVectors; ++v) sums[0][v] = sums[1][v] = hn::Zero(d);
  const auto add = [&](auto& row_sums, const T* row) HWY_ATTR {
    GRADUS_UNROLL
    for (std::size_t v = 0; v < kVectors; ++v) {
      row_sums[v] = hn::MulAdd(hn::LoadU(d, row + v * kLanes<T>), hn::Zero(d), row_sums[v]);
    }
  };
  std::size_t k = 0;
  for (; k + 2 <= rows; k += 2, b += 2 * stride) {
    add(sums[0], b);
    add(sums[1], b + stride);
  }
  if (k < rows) add(sums[0], b);
  auto sum = sums[0][0] + sums[1][0];
  GRADUS_UNROLL
  for (std::size_t v = 1; v < kVectors; ++v) sum = sum + (sums[0][v] + sums[1][v]);
  return hn::AllTrue(d, sum == hn::Zero(d));
}

template <std::size_t kRows, std::size_t kVectors, class D>
HWY_INLINE bool has_negative_zero(D d, const hn::Vec<D> (&sums)[kRows][kVectors]) {
  const hn::RebindToSigned<D> bits;
  constexpr auto kNegativeZero = std::numeric_limits<hn::TFromD<decltype(bits)>>::min();
  auto least = hn::BitCast(bits, sums[0][0]);
  GRADUS_UNROLL
  for (std::size_t m = 0; m < kRows; ++m) {
    GRADUS_UNROLL
    for (std::size_t v = 0; v < kVectors; ++v) least = hn::Min(least, hn::BitCast(bits, sums[m][v]));
  }
  return !hn::AllFalse(bits, least == hn::Set(bits, kNegativeZero));
}

// The terms that a tile needs.
template <class T>
class TermList {
 public:
  static constexpr std::size_t kMaxDepth = 512;

  // Before the tiles that share rows of B.
  template <std::size_t kVectors>
  void start(const Product<T>& p) {
    usable_ = pays_ && p.depth <= kMaxDepth && all_finite<kVectors>(p.b, p.b_k, p.depth);
  }

  // Those that the first `rows` rows of a tile need, until the next call.
  HWY_INLINE ListedTerms<T> of(const Product<T>& tile, std::size_t rows) {
    constexpr ListedTerms<T> kAll{nullptr, 0};
    if (!usable_ || !pays_) return kAll;
    std::size_t count = 0;
    if (tile.a_k == 1) {
      count = along(tile, rows);
    } else if (tile.a_m == 1 && rows * sizeof(T) >= sizeof(Word)) {
      count = across(tile, rows);
    } else {
      return kAll;
    }
    // Listing costs as much as a sixth of the terms.
    const auto left_out = static_cast<std::ptrdiff_t>(tile.depth - count);
    const auto depth = static_cast<std::ptrdiff_t>(tile.depth);
    gain_ += 6 * left_out - depth;
    pays_ = gain_ > -8 * depth;
    return 8 * left_out >= depth ? ListedTerms<T>{terms_, count} : kAll;
  }

 private:
  using Word = std::uint64_t;

  // A's rows lie along the terms.
  HWY_INLINE std::size_t along(const Product<T>& tile, std::size_t rows) {
    const hn::ScalableTag<T> d;
    const hn::RebindToUnsigned<decltype(d)> indices;
    std::size_t count = 0;
    auto k = hn::Iota(indices, 0);
    sweep<T>(0, tile.depth, [&](auto chunk, std::size_t i) HWY_ATTR {
      auto any = hn::Zero(d);
      for (std::size_t m = 0; m < rows; ++m) any = hn::Or(any, chunk.load(tile.a + m * tile.a_m + i));
      // As numbers, bits of several could be a NaN, which is neither zero nor another number.
      const auto all_but_sign = hn::ShiftLeft<1>(hn::BitCast(indices, any));
      count += hn::CompressStore(k, all_but_sign != hn::Zero(indices), indices, terms_ + count);
      k = k + hn::Set(indices, kLanes<T>);
    });
    return count;
  }

  // A term's factors lie side by side: looked at in words, the last of which may overlap.
  HWY_INLINE std::size_t across(const Product<T>& tile, std::size_t rows) {
    constexpr std::size_t kStep = sizeof(Word) / sizeof(T);
    constexpr Word kAllButSigns = sizeof(T) == sizeof(float) ? 0x7FFFFFFF7FFFFFFF : 0x7FFFFFFFFFFFFFFF;
    std::size_t count = 0;
    const T* a = tile.a;
    for (std::size_t k = 0; k < tile.depth; ++k, a += tile.a_k) {
      Word any = word_at(a + rows - kStep);
      for (std::size_t m = 0; m + kStep < rows; m += kStep) any |= word_at(a + m);
      terms_[count] = static_cast<TermIndex<T>>(k);
      count += (any & kAllButSigns) != 0;
    }
    return count;
  }

  static HWY_INLINE Word word_at(const T* values) {
    Word word;
    __builtin_memcpy(&word, values, sizeof(word));
    return word;
  }

  bool pays_ = true;
  bool usable_ = false;
  std::ptrdiff_t gain_ = 0;
  alignas(64) TermIndex<T> terms_[kMaxDepth + kLanes<T>];
};
#endif

GRADUS_END_SET
