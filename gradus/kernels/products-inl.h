// The three products of a dense layer, from one register-tiled template: C(m, n) = sum_k A(m, k) B(k, n).
// Every output is one chain acc = fma(A(m, k), B(k, n), acc) from +0 over ascending k; vectors run along n.
// Included by kernel_set-inl.h, once per set: no include guard.

GRADUS_BEGIN_SET

template <class T>
struct Product {
  const T* a;  // A(m, k) = a[m * a_m + k * a_k]
  std::size_t a_m;
  std::size_t a_k;
  const T* b;  // B(k, n) = b[k * b_k + n * b_n]
  std::size_t b_k;
  std::size_t b_n;
  T* c;  // C(m, n) = c[m * c_m + n]
  std::size_t c_m;
  std::size_t rows;
  std::size_t depth;
};

inline constexpr std::size_t kTileRows = 6;
// Accumulators, one row of B and a broadcast must fit the registers: 32 of them or 16.
inline constexpr std::size_t kTileVectors = GRADUS_HAS_32_REGISTERS ? 4 : 2;
inline constexpr std::size_t kPackedDepth = 64;  // rows of B that the stack buffer holds

// kRows x kVectors vectors of C, over the whole depth of `p`; `resume` goes on from the sums that C holds.
template <std::size_t kRows, std::size_t kVectors, class Chunk, class T>
HWY_INLINE void compute_tile(const Product<T>& p, Chunk chunk, bool resume) {
  const hn::ScalableTag<T> d;
  using V = hn::Vec<hn::ScalableTag<T>>;
  V sums[kRows][kVectors];
  for (std::size_t m = 0; m < kRows; ++m) {
    for (std::size_t v = 0; v < kVectors; ++v) {
      sums[m][v] = resume ? chunk.load(p.c + m * p.c_m + v * kLanes<T>) : hn::Zero(d);
    }
  }
  const T* a = p.a;
  const T* b = p.b;
  for (std::size_t k = 0; k < p.depth; ++k, a += p.a_k, b += p.b_k) {
    V b_row[kVectors];
    for (std::size_t v = 0; v < kVectors; ++v) b_row[v] = hn::LoadU(d, b + v * kLanes<T>);
    for (std::size_t m = 0; m < kRows; ++m) {
      const V factor = hn::Set(d, a[m * p.a_m]);
      for (std::size_t v = 0; v < kVectors; ++v) sums[m][v] = hn::MulAdd(factor, b_row[v], sums[m][v]);
    }
  }
  for (std::size_t m = 0; m < kRows; ++m) {
    for (std::size_t v = 0; v < kVectors; ++v) chunk.store(sums[m][v], p.c + m * p.c_m + v * kLanes<T>);
  }
}

template <std::size_t kVectors, class Chunk, class T>
HWY_NOINLINE void compute_rows(const Product<T>& p, Chunk chunk, bool resume) {
  static_assert(kTileRows == 6);
  switch (p.rows) {
    case 1:
      return compute_tile<1, kVectors>(p, chunk, resume);
    case 2:
      return compute_tile<2, kVectors>(p, chunk, resume);
    case 3:
      return compute_tile<3, kVectors>(p, chunk, resume);
    case 4:
      return compute_tile<4, kVectors>(p, chunk, resume);
    case 5:
      return compute_tile<5, kVectors>(p, chunk, resume);
    default:
      return compute_tile<6, kVectors>(p, chunk, resume);
  }
}

// packed[k][j] = B(k, begin + j), j < count; the other columns stay as they are.
template <class T>
HWY_NOINLINE void pack(const Product<T>& p, std::size_t begin, std::size_t count, T* packed,
                       std::size_t packed_stride) {
  for (std::size_t j = 0; j < count; ++j) {
    const T* from = p.b + (begin + j) * p.b_n;
    for (std::size_t k = 0; k < p.depth; ++k) packed[k * packed_stride + j] = from[k * p.b_k];
  }
}

// All rows of kVectors vectors of columns from `begin` on; finish(row, columns) when sums are complete.
template <std::size_t kVectors, class Chunk, class T, class Finish>
HWY_INLINE void compute_columns(const Product<T>& p, std::size_t begin, std::size_t count, Chunk chunk,
                                const Finish& finish) {
  constexpr std::size_t kWidth = kVectors * kLanes<T>;
  const bool direct = p.b_n == 1 && count == kWidth;
  alignas(64) T packed[kPackedDepth * kWidth];
  // Lanes that are computed and not stored.
  if (count != kWidth) std::fill_n(packed, kPackedDepth * kWidth, T{0});

  const std::size_t block_depth = direct ? p.depth : kPackedDepth;
  std::size_t k = 0;
  do {
    Product<T> block = p;
    block.depth = std::min(block_depth, p.depth - k);
    block.a = p.a + k * p.a_k;
    block.b = p.b + k * p.b_k;
    if (!direct) {
      pack(block, begin, count, packed, kWidth);
      block.b = packed;
      block.b_k = kWidth;
    } else {
      block.b += begin;
    }
    const bool last = k + block.depth == p.depth;
    for (std::size_t m = 0; m < p.rows;) {
      // Tiles of about equal height: a low last tile would wait for its own sums.
      const std::size_t tiles = (p.rows - m + kTileRows - 1) / kTileRows;
      Product<T> tile = block;
      tile.rows = (p.rows - m + tiles - 1) / tiles;
      tile.a = block.a + m * p.a_m;
      tile.c = p.c + m * p.c_m + begin;
      compute_rows<kVectors>(tile, chunk, k > 0);
      for (const std::size_t end = m + tile.rows; m < end; ++m) {
        if (last) finish(m, ColumnRange{begin, begin + count});
      }
    }
    k += block.depth;
  } while (k < p.depth);
}

template <class T, class Finish>
void compute_product(const Product<T>& p, ColumnRange range, const Finish& finish) {
  static_assert(kTileVectors == 2 || kTileVectors == 4);
  std::size_t vectors = (range.end - range.begin) / kLanes<T>;
  std::size_t n = range.begin;
  while (vectors > 0) {
    const std::size_t groups = (vectors + kTileVectors - 1) / kTileVectors;
    const std::size_t width = (vectors + groups - 1) / groups;
    const std::size_t count = width * kLanes<T>;
    const FullChunk<T> full;
    switch (width) {
      case 1:
        compute_columns<1>(p, n, count, full, finish);
        break;
      case 2:
        compute_columns<2>(p, n, count, full, finish);
        break;
      case 3:
        compute_columns<kTileVectors == 4 ? 3 : 1>(p, n, count, full, finish);
        break;
      default:
        compute_columns<kTileVectors>(p, n, count, full, finish);
        break;
    }
    n += count;
    vectors -= width;
  }
#if GRADUS_HAS_PARTIAL_CHUNKS
  if (n < range.end) compute_columns<1>(p, n, range.end - n, PartialChunk<T>{range.end - n}, finish);
#endif
}

template <class T>
struct FinishForward {
  const T* bias;
  Activation f;
  MatrixView<T> z;
  MatrixView<T> y;

  void operator()(std::size_t m, ColumnRange columns) const {
    T* kept = z.data == nullptr ? nullptr : z.data + m * z.stride;
    T* out = y.data + m * y.stride;
    if (f == Activation::kIdentity && bias == nullptr && (kept == nullptr || kept == out)) return;
    forward_row(f, ForwardRow<T>{kept == nullptr ? out : kept, bias, kept, out, columns.begin, columns.end});
  }
};

template <class T>
void dense_forward(MatrixView<const T> x, MatrixView<const T> w, const T* bias, Activation f, MatrixView<T> z,
                   MatrixView<T> y, ColumnRange outputs) {
  const MatrixView<T> sums = z.data == nullptr ? y : z;
  const Product<T> product{x.data, x.stride, 1, w.data, w.stride, 1, sums.data, sums.stride, x.rows, x.cols};
  compute_product(product, outputs, FinishForward<T>{bias, f, z, y});
}

template <class T>
struct FinishInputGradient {
  const ActivationState<T>& below;
  MatrixView<T> dz;

  void operator()(std::size_t m, ColumnRange columns) const {
    if (below.activation == Activation::kIdentity) return;
    T* row = dz.data + m * dz.stride;
    backward_row(below.activation, backward_row_of(below, m, row, row, columns));
  }
};

template <class T>
void dense_input_gradient(MatrixView<const T> dz, MatrixView<const T> w, ActivationState<T> below,
                          MatrixView<T> dz_below, ColumnRange inputs) {
  const Product<T> product{dz.data,       dz.stride,       1,       w.data, 1, w.stride,
                           dz_below.data, dz_below.stride, dz.rows, dz.cols};
  compute_product(product, inputs, FinishInputGradient<T>{below, dz_below});
}

struct FinishNothing {
  void operator()(std::size_t, ColumnRange) const {}
};

template <class T>
void dense_weight_gradient(MatrixView<const T> x, MatrixView<const T> dz, MatrixView<T> dw, T* db,
                           ColumnRange outputs) {
  const Product<T> product{x.data, 1, x.stride, dz.data, dz.stride, 1, dw.data, dw.stride, x.cols, x.rows};
  compute_product(product, outputs, FinishNothing());
  if (db != nullptr) {
    const T one = 1;
    const Product<T> column_sums{&one, 0, 0, dz.data, dz.stride, 1, db, 0, 1, dz.rows};
    compute_product(column_sums, outputs, FinishNothing());
  }
}

GRADUS_END_SET
