// The three products of a dense layer from one register tile: C(m, n) = sum_k A(m, k) B(k, n). Every output is
// one chain acc = fma(A(m, k), B(k, n), acc) from +0 over ascending k; vectors run along n.
//
// Columns are taken in panels as wide as the accumulators allow. Within a panel B is read row by row where its
// rows are consecutive, else (the transposed weights of the input gradient) from a packed copy; the panel's
// part of B stays in the cache while the tiles walk down the rows of A, which are broadcast from where they
// lie. Included by kernel_set-inl.h, once per set: no include guard.

GRADUS_BEGIN_SET

template <class T>
struct Product {
  const T* a;  // A(m, k) = a[m * a_m + k * a_k]
  std::size_t a_m;
  std::size_t a_k;
  const T* b;  // B(k, n) = b[k * b_k + n * b_n]; one of them is 1
  std::size_t b_k;
  std::size_t b_n;
  T* c;  // C(m, n) = c[m * c_m + n]
  std::size_t c_m;
  std::size_t rows;
  std::size_t depth;
  const T* bias = nullptr;  // added to complete sums, C(m, n) + bias[n]; nullptr: none
  bool resume = false;      // the sums go on from those that C holds
  // ReLU while complete sums are in registers, in place of a pass over C: of activations, or of gradients, whose
  // activations are rectified[m * rectified_m + n].
  bool rectify = false;
  const T* rectified = nullptr;
  std::size_t rectified_m = 0;
};

// Accumulators, one row of B and a broadcast must fit the registers: 32 of them or 16.
inline constexpr std::size_t kTileVectors = GRADUS_HAS_32_REGISTERS ? 4 : 2;
inline constexpr std::size_t kTileRows = 6;
// Of a tile one vector wide: enough independent chains to hide the latency of an fma.
inline constexpr std::size_t kNarrowRows = 12;
inline constexpr std::size_t kPackedDepth = 128;  // rows of B that the stack buffer holds
inline constexpr std::size_t kBlockDepth = 512;   // rows of B that share the second-level cache with the rest
inline constexpr std::size_t kLongRow = 256;      // of A: many of them are not in the first-level cache

struct NoPrefetch {
  HWY_INLINE void operator()(std::size_t) const {}
};

// Asks for the rows of A of the next tile, a line of each, while those of this one are read along.
template <std::size_t kRows, class T>
struct PrefetchRows {
  const T* next;
  std::size_t stride;

  HWY_INLINE void operator()(std::size_t k) const {
    constexpr std::size_t kLine = 64 / sizeof(T);
    if (k % kLine != 0) return;
    GRADUS_UNROLL
    for (std::size_t m = 0; m < kRows; ++m) __builtin_prefetch(next + m * stride + k);
  }
};

// sums += the products of one row of B and a column of A, which start at b and a.
template <std::size_t kRows, std::size_t kVectors, class Chunk, class T, class V>
HWY_INLINE void add_term(const Product<T>& p, const T* a, const T* b, Chunk chunk,
                         V (&sums)[kRows][kVectors]) {
  const hn::ScalableTag<T> d;
  V b_row[kVectors];
  GRADUS_UNROLL
  for (std::size_t v = 0; v < kVectors; ++v) b_row[v] = chunk.load(b + v * kLanes<T>);
  GRADUS_UNROLL
  for (std::size_t m = 0; m < kRows; ++m) {
    const V factor = hn::Set(d, a[m * p.a_m]);
    GRADUS_UNROLL
    for (std::size_t v = 0; v < kVectors; ++v) sums[m][v] = hn::MulAdd(factor, b_row[v], sums[m][v]);
  }
}

// sums += the part of a tile: kRows x kVectors vectors of C. A partial chunk is one vector wide.
template <std::size_t kRows, std::size_t kVectors, class Chunk, class T, class V, class Prefetch>
HWY_INLINE void accumulate(const Product<T>& p, Chunk chunk, V (&sums)[kRows][kVectors],
                           const Prefetch& prefetch) {
  const T* a = p.a;
  const T* b = p.b;
  for (std::size_t k = 0; k < p.depth; ++k, a += p.a_k, b += p.b_k) {
    prefetch(k);
    add_term(p, a, b, chunk, sums);
  }
}

// The same, of the terms that are listed.
template <std::size_t kRows, std::size_t kVectors, class Chunk, class T, class V>
HWY_INLINE void accumulate(const Product<T>& p, Chunk chunk, V (&sums)[kRows][kVectors],
                           const ListedTerms<T>& terms) {
  for (std::size_t i = 0; i < terms.count; ++i) {
    const T* a = p.a + terms.k[i] * p.a_k;
    const T* b = p.b + terms.k[i] * p.b_k;
    add_term(p, a, b, chunk, sums);
  }
}

// What a tile's sums start from.
template <std::size_t kRows, std::size_t kVectors, class Chunk, class T, class V>
HWY_INLINE void start_sums(const Product<T>& p, Chunk chunk, V (&sums)[kRows][kVectors]) {
  GRADUS_UNROLL
  for (std::size_t m = 0; m < kRows; ++m) {
    GRADUS_UNROLL
    for (std::size_t v = 0; v < kVectors; ++v) {
      sums[m][v] = p.resume ? chunk.load(p.c + m * p.c_m + v * kLanes<T>) : hn::Zero(hn::ScalableTag<T>());
    }
  }
}

// Sums of all terms: of those alone that are listed where this gives the same bits. They have been started.
template <std::size_t kRows, std::size_t kVectors, class Chunk, class T, class V, class Terms, class Prefetch>
HWY_INLINE void sum_terms(const Product<T>& p, Chunk chunk, V (&sums)[kRows][kVectors], const Terms& terms,
                          const Prefetch& prefetch) {
  if constexpr (Terms::kListed) {
    if (terms.k != nullptr) {
      accumulate(p, chunk, sums, terms);
      if (!has_negative_zero(hn::ScalableTag<T>(), sums)) return;
      start_sums(p, chunk, sums);
    }
  }
  accumulate(p, chunk, sums, prefetch);
}

// ReLU's part in complete sums.
template <std::size_t kRows, std::size_t kVectors, class Chunk, class T, class V>
HWY_INLINE void rectify_sums(const Product<T>& p, Chunk chunk, V (&sums)[kRows][kVectors]) {
  const hn::ScalableTag<T> d;
  if (p.rectify) {
    GRADUS_UNROLL
    for (std::size_t m = 0; m < kRows; ++m) {
      GRADUS_UNROLL
      for (std::size_t v = 0; v < kVectors; ++v) sums[m][v] = positive_part(d, sums[m][v]);
    }
  }
  if (p.rectified != nullptr) {
    GRADUS_UNROLL
    for (std::size_t m = 0; m < kRows; ++m) {
      GRADUS_UNROLL
      for (std::size_t v = 0; v < kVectors; ++v) {
        const auto y = chunk.load(p.rectified + m * p.rectified_m + v * kLanes<T>);
        sums[m][v] = unless_negligible(d, sums[m][v] * ActivationFunction<Activation::kRelu>::slope(d, y, y));
      }
    }
  }
}

// One tile into memory.
template <std::size_t kRows, std::size_t kVectors, class Chunk, class T, class Terms>
HWY_INLINE void compute_tile(const Product<T>& p, Chunk chunk, const Terms& terms) {
  hn::Vec<hn::ScalableTag<T>> sums[kRows][kVectors];
  start_sums(p, chunk, sums);
  if (p.a_k == 1 && p.depth >= kLongRow) {
    sum_terms(p, chunk, sums, terms, PrefetchRows<kRows, T>{p.a + kRows * p.a_m, p.a_m});
  } else {
    sum_terms(p, chunk, sums, terms, NoPrefetch());
  }
  if (p.bias != nullptr) {
    GRADUS_UNROLL
    for (std::size_t v = 0; v < kVectors; ++v) {
      const auto bias = chunk.load(p.bias + v * kLanes<T>);
      GRADUS_UNROLL
      for (std::size_t m = 0; m < kRows; ++m) sums[m][v] = sums[m][v] + bias;
    }
  }
  rectify_sums(p, chunk, sums);
  GRADUS_UNROLL
  for (std::size_t m = 0; m < kRows; ++m) {
    GRADUS_UNROLL
    for (std::size_t v = 0; v < kVectors; ++v) chunk.store(sums[m][v], p.c + m * p.c_m + v * kLanes<T>);
  }
}

// p.rows is one that tile_height() gives.
template <std::size_t kVectors, class Chunk, class T, class Terms = AllTerms>
HWY_NOINLINE void compute_rows(const Product<T>& p, Chunk chunk, Terms terms = {}) {
  static_assert(kTileRows == 6 && kNarrowRows == 12);
  constexpr bool kNarrow = kVectors == 1;
  switch (p.rows) {
    case 1:
      return compute_tile<1, kVectors>(p, chunk, terms);
    case 2:
      return compute_tile<2, kVectors>(p, chunk, terms);
    case 3:
      return compute_tile<3, kVectors>(p, chunk, terms);
    case 4:
      return compute_tile<4, kVectors>(p, chunk, terms);
    case 5:
      return compute_tile<5, kVectors>(p, chunk, terms);
    case 6:
      return compute_tile<6, kVectors>(p, chunk, terms);
    case 7:
      return compute_tile<(kNarrow ? 7 : 6), kVectors>(p, chunk, terms);
    case 8:
      return compute_tile<(kNarrow ? 8 : 6), kVectors>(p, chunk, terms);
    case 9:
      return compute_tile<(kNarrow ? 9 : 6), kVectors>(p, chunk, terms);
    case 10:
      return compute_tile<(kNarrow ? 10 : 6), kVectors>(p, chunk, terms);
    case 11:
      return compute_tile<(kNarrow ? 11 : 6), kVectors>(p, chunk, terms);
    default:
      return compute_tile<(kNarrow ? 12 : 6), kVectors>(p, chunk, terms);
  }
}

// Tiles of about equal height: a low last tile would wait for its own sums.
template <std::size_t kVectors>
HWY_INLINE std::size_t tile_height(std::size_t rows) {
  constexpr std::size_t kHighest = kVectors == 1 ? kNarrowRows : kTileRows;
  const std::size_t tiles = (rows + kHighest - 1) / kHighest;
  return (rows + tiles - 1) / tiles;
}

#if GRADUS_HAS_PARTIAL_CHUNKS
// Vectors whose 16-byte blocks come from rows of a matrix: from, from + stride, ...
template <class D>
HWY_INLINE hn::Vec<D> load_blocks(D d, const hn::TFromD<D>* from, std::size_t stride) {
  constexpr std::size_t kBlocks = hn::MaxLanes(d) * sizeof(hn::TFromD<D>) / 16;
  if constexpr (kBlocks == 1) {
    return hn::LoadU(d, from);
  } else {
    const hn::Half<D> half;
    return hn::Combine(d, load_blocks(half, from + kBlocks / 2 * stride, stride),
                       load_blocks(half, from, stride));
  }
}

// to[k * to_stride + lane] = from[lane * stride + k] for a vector of lanes and the 16 / sizeof(T) values of k
// that fill a block; returns how many.
template <class T>
HWY_INLINE std::size_t transpose_block(const T* from, std::size_t stride, T* to, std::size_t to_stride) {
  const hn::ScalableTag<T> d;
  if constexpr (sizeof(T) == sizeof(float)) {
    const hn::RepartitionToWide<decltype(d)> pairs;
    const auto row0 = load_blocks(d, from, 4 * stride);
    const auto row1 = load_blocks(d, from + stride, 4 * stride);
    const auto row2 = load_blocks(d, from + 2 * stride, 4 * stride);
    const auto row3 = load_blocks(d, from + 3 * stride, 4 * stride);
    const auto low01 = hn::BitCast(pairs, hn::InterleaveLower(d, row0, row1));
    const auto low23 = hn::BitCast(pairs, hn::InterleaveLower(d, row2, row3));
    const auto high01 = hn::BitCast(pairs, hn::InterleaveUpper(d, row0, row1));
    const auto high23 = hn::BitCast(pairs, hn::InterleaveUpper(d, row2, row3));
    hn::StoreU(hn::BitCast(d, hn::InterleaveLower(pairs, low01, low23)), d, to);
    hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(pairs, low01, low23)), d, to + to_stride);
    hn::StoreU(hn::BitCast(d, hn::InterleaveLower(pairs, high01, high23)), d, to + 2 * to_stride);
    hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(pairs, high01, high23)), d, to + 3 * to_stride);
    return 4;
  } else {
    const auto row0 = load_blocks(d, from, 2 * stride);
    const auto row1 = load_blocks(d, from + stride, 2 * stride);
    hn::StoreU(hn::InterleaveLower(d, row0, row1), d, to);
    hn::StoreU(hn::InterleaveUpper(d, row0, row1), d, to + to_stride);
    return 2;
  }
}
#endif

// packed[k][j] = b[j * stride + k], j < count, k < depth.
template <class T>
HWY_NOINLINE void pack_transposed(const T* b, std::size_t stride, std::size_t depth, std::size_t count,
                                  T* packed, std::size_t packed_stride) {
  std::size_t j = 0;
#if GRADUS_HAS_PARTIAL_CHUNKS
  constexpr std::size_t kStep = 16 / sizeof(T);
  for (; j + kLanes<T> <= count; j += kLanes<T>) {
    const T* from = b + j * stride;
    std::size_t k = 0;
    while (k + kStep <= depth)
      k += transpose_block(from + k, stride, packed + k * packed_stride + j, packed_stride);
    for (; k < depth; ++k) {
      for (std::size_t lane = 0; lane < kLanes<T>; ++lane)
        packed[k * packed_stride + j + lane] = from[lane * stride + k];
    }
  }
#endif
  for (; j < count; ++j) {
    for (std::size_t k = 0; k < depth; ++k) packed[k * packed_stride + j] = b[j * stride + k];
  }
}

// All rows of one panel: the columns [begin, begin + count), kVectors full vectors or one partial one.
// finish(m, rows, columns) after each tile whose sums are complete.
template <std::size_t kVectors, class Chunk, class T, class Terms, class Finish>
HWY_INLINE void compute_panel(const Product<T>& p, std::size_t begin, std::size_t count, Chunk chunk,
                              Terms& terms, const Finish& finish) {
  constexpr std::size_t kWidth = kVectors * kLanes<T>;
  const bool direct = p.b_n == 1;
  alignas(64) T packed[kPackedDepth * kWidth];
  const std::size_t block_depth = direct ? kBlockDepth : kPackedDepth;
  std::size_t k = 0;
  do {
    Product<T> tile = p;
    tile.depth = std::min(block_depth, p.depth - k);
    tile.b = p.b + k * p.b_k + begin * p.b_n;
    if (!direct) {
      pack_transposed(tile.b, p.b_n, tile.depth, count, packed, kWidth);
      tile.b = packed;
      tile.b_k = kWidth;
    }
    const bool last = k + tile.depth == p.depth;
    tile.resume = p.resume || k > 0;
    tile.bias = last && p.bias != nullptr ? p.bias + begin : nullptr;
    tile.rectify = last && p.rectify;
    tile.rectified = nullptr;
    terms.template start<kVectors>(tile);
    for (std::size_t m = 0; m < p.rows; m += tile.rows) {
      tile.rows = tile_height<kVectors>(p.rows - m);
      tile.a = p.a + k * p.a_k + m * p.a_m;
      tile.c = p.c + m * p.c_m + begin;
      if (last && p.rectified != nullptr) tile.rectified = p.rectified + m * p.rectified_m + begin;
      compute_rows<kVectors>(tile, chunk, terms.of(tile, tile.rows));
      if (last) finish(m, tile.rows, ColumnRange{begin, begin + count});
    }
    k += tile.depth;
  } while (k < p.depth);
}

// Calls work.panel<kVectors>(begin, chunk) for panels that cover the range.
template <class T, class Work>
HWY_INLINE void for_each_panel(ColumnRange range, const Work& work) {
  static_assert(kTileVectors == 2 || kTileVectors == 4);
  const FullChunk<T> full;
  std::size_t vectors = (range.end - range.begin) / kLanes<T>;
  std::size_t n = range.begin;
  while (vectors > 0) {
    const std::size_t panels = (vectors + kTileVectors - 1) / kTileVectors;
    const std::size_t width = (vectors + panels - 1) / panels;
    switch (width) {
      case 1:
        work.template panel<1>(n, full);
        break;
      case 2:
        work.template panel<2>(n, full);
        break;
      case 3:
        work.template panel<kTileVectors == 4 ? 3 : 1>(n, full);
        break;
      default:
        work.template panel<kTileVectors>(n, full);
        break;
    }
    n += width * kLanes<T>;
    vectors -= width;
  }
#if GRADUS_HAS_PARTIAL_CHUNKS
  if (n < range.end) work.template panel<1>(n, PartialChunk<T>{range.end - n});
#endif
}

template <class T, class Finish>
struct StoredProduct {
  const Product<T>& p;
  const Finish& finish;

  template <std::size_t kVectors, class Chunk>
  HWY_INLINE void panel(std::size_t begin, Chunk chunk) const {
    const std::size_t count = (kVectors - 1) * kLanes<T> + chunk.size();
    if constexpr (kCanListTerms<kVectors>) {
      if (has_runs_of_zeros(p)) return compute_listed<kVectors>(begin, count, chunk);
    }
    AllTerms all;
    compute_panel<kVectors>(p, begin, count, chunk, all, finish);
  }

  template <std::size_t kVectors, class Chunk>
  HWY_NOINLINE void compute_listed(std::size_t begin, std::size_t count, Chunk chunk) const {
    TermList<T> terms;
    compute_panel<kVectors>(p, begin, count, chunk, terms, finish);
  }
};

template <class T, class Finish>
void compute_product(const Product<T>& p, ColumnRange range, const Finish& finish) {
  for_each_panel<T>(range, StoredProduct<T, Finish>{p, finish});
}

struct FinishNothing {
  HWY_INLINE void operator()(std::size_t, std::size_t, ColumnRange) const {}
};

// y = f(z) over a tile; z may be y.
template <class T>
struct ForwardTile {
  MatrixView<T> z;
  MatrixView<T> y;
  std::size_t first;
  std::size_t rows;
  ColumnRange columns;

  template <class F>
  HWY_INLINE void visit() const {
    for (std::size_t m = first; m < first + rows; ++m) {
      ForwardRow<T>{z.data + m * z.stride, y.data + m * y.stride, columns.begin, columns.end}
          .template visit<F>();
    }
  }
};

template <class T>
HWY_NOINLINE void forward_tile(Activation f, const ForwardTile<T>& tile) {
  visit_activation(f, tile);
}

template <class T>
struct FinishForward {
  Activation f;
  MatrixView<T> z;
  MatrixView<T> y;

  HWY_INLINE void operator()(std::size_t m, std::size_t rows, ColumnRange columns) const {
    if (f == Activation::kIdentity && z.data == y.data) return;
    forward_tile(f, ForwardTile<T>{z, y, m, rows, columns});
  }
};

template <class T>
void dense_forward(MatrixView<const T> x, MatrixView<const T> w, const T* bias, Activation f, MatrixView<T> z,
                   MatrixView<T> y, ColumnRange outputs) {
  const MatrixView<T> sums = z.data == nullptr ? y : z;
  Product<T> product{x.data, x.stride, 1, w.data, w.stride, 1, sums.data, sums.stride, x.rows, x.cols, bias};
  product.rectify = f == Activation::kRelu && sums.data == y.data;
  compute_product(product, outputs, FinishForward<T>{product.rectify ? Activation::kIdentity : f, sums, y});
}

// dz *= f'(below) over a tile.
template <class T>
struct BackwardTile {
  const ActivationState<T>& below;
  MatrixView<T> dz;
  std::size_t first;
  std::size_t rows;
  ColumnRange columns;

  template <class F>
  HWY_INLINE void visit() const {
    for (std::size_t m = first; m < first + rows; ++m) {
      T* row = dz.data + m * dz.stride;
      backward_row_of(below, m, row, row, columns).template visit<F>();
    }
  }
};

template <class T>
HWY_NOINLINE void backward_tile(Activation f, const BackwardTile<T>& tile) {
  visit_activation(f, tile);
}

template <class T>
struct FinishInputGradient {
  const ActivationState<T>& below;
  MatrixView<T> dz;

  HWY_INLINE void operator()(std::size_t m, std::size_t rows, ColumnRange columns) const {
    if (below.activation == Activation::kIdentity) return;
    backward_tile(below.activation, BackwardTile<T>{below, dz, m, rows, columns});
  }
};

template <class T>
void dense_input_gradient(MatrixView<const T> dz, MatrixView<const T> w, ActivationState<T> below,
                          MatrixView<T> dz_below, ColumnRange inputs, bool resume) {
  Product<T> product{dz.data,       dz.stride,       1,       w.data, 1, w.stride,
                     dz_below.data, dz_below.stride, dz.rows, dz.cols};
  product.resume = resume;
  if (below.activation == Activation::kRelu) {
    product.rectified = below.y.data;
    product.rectified_m = below.y.stride;
    return compute_product(product, inputs, FinishNothing());
  }
  compute_product(product, inputs, FinishInputGradient<T>{below, dz_below});
}

template <class T>
void column_sums(MatrixView<const T> dz, T* sums, ColumnRange columns) {
  const T one = 1;
  compute_product(Product<T>{&one, 0, 0, dz.data, dz.stride, 1, sums, 0, 1, dz.rows}, columns,
                  FinishNothing());
}

template <class T>
void dense_weight_gradient(MatrixView<const T> x, MatrixView<const T> dz, MatrixView<T> dw, T* db,
                           ColumnRange outputs) {
  const Product<T> product{x.data, 1, x.stride, dz.data, dz.stride, 1, dw.data, dw.stride, x.cols, x.rows};
  compute_product(product, outputs, FinishNothing());
  if (db != nullptr) column_sums(dz, db, outputs);
}

template <class T>
double multiply_add_peak(std::size_t rounds) {
  constexpr std::size_t kChains = 12;
  const hn::ScalableTag<T> d;
  using V = hn::Vec<hn::ScalableTag<T>>;
  V chains[kChains];
  for (std::size_t i = 0; i < kChains; ++i) chains[i] = hn::Set(d, static_cast<T>(i));
  const V factor = hn::Set(d, static_cast<T>(0.5));
  const V summand = hn::Set(d, static_cast<T>(0.25));
  for (std::size_t round = 0; round < rounds; ++round) {
    for (V& chain : chains) chain = hn::MulAdd(chain, factor, summand);
  }
  V sum = chains[0];
  for (std::size_t i = 1; i < kChains; ++i) sum = sum + chains[i];
  T lanes[kLanes<T>];
  hn::StoreU(sum, d, lanes);
  [[maybe_unused]] const volatile T kept = lanes[0];  // the work must not be found useless
  return 2.0 * static_cast<double>(rounds * kChains * kLanes<T>);
}

GRADUS_END_SET
