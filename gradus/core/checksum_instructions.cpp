// The SHA extensions of x86: sha256rnds2 does two rounds on a state that is kept as (A, B, E, F) and (C, D, G, H);
// sha256msg1 and sha256msg2 make four further words of the message schedule.
#include "gradus/core/checksum_blocks.h"

#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>

namespace gradus::internal {

bool has_sha_instructions() {
  constexpr unsigned kSsse3 = 1U << 9;
  constexpr unsigned kSse41 = 1U << 19;
  constexpr unsigned kSha = 1U << 29;
  unsigned eax = 0;
  unsigned ebx = 0;
  unsigned ecx = 0;
  unsigned edx = 0;
  if (__get_cpuid(1, &eax, &ebx, &ecx, &edx) == 0 || (ecx & kSsse3) == 0 || (ecx & kSse41) == 0) return false;
  return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0 && (ebx & kSha) != 0;
}

__attribute__((target("sha,sse4.1"))) void add_blocks_by_instructions(Sha256State& state,
                                                                      std::span<const std::byte> blocks) {
  const auto load = [](const void* from) __attribute__((target("sse4.1"))) {
    return _mm_loadu_si128(static_cast<const __m128i*>(from));
  };
  const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
  const __m128i cdab = _mm_shuffle_epi32(load(state.data()), 0xb1);
  const __m128i efgh = _mm_shuffle_epi32(load(state.data() + 4), 0x1b);
  __m128i abef = _mm_alignr_epi8(cdab, efgh, 8);
  __m128i cdgh = _mm_blend_epi16(efgh, cdab, 0xf0);

  for (std::size_t at = 0; at < blocks.size(); at += 64) {
    const __m128i abef_before = abef;
    const __m128i cdgh_before = cdgh;
    __m128i w[4];
    for (std::size_t i = 0; i < 4; ++i)
      w[i] = _mm_shuffle_epi8(load(blocks.data() + at + 16 * i), big_endian);
#pragma GCC unroll 16
    for (std::size_t four = 0; four < 16; ++four) {
      __m128i& now = w[four % 4];
      const __m128i words = _mm_add_epi32(now, load(kSha256Round.data() + 4 * four));
      cdgh = _mm_sha256rnds2_epu32(cdgh, abef, words);
      abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(words, 0x0e));
      if (four >= 12) continue;
      const __m128i last = w[(four + 3) % 4];
      const __m128i middle = _mm_alignr_epi8(last, w[(four + 2) % 4], 4);
      now = _mm_sha256msg2_epu32(_mm_add_epi32(_mm_sha256msg1_epu32(now, w[(four + 1) % 4]), middle), last);
    }
    abef = _mm_add_epi32(abef, abef_before);
    cdgh = _mm_add_epi32(cdgh, cdgh_before);
  }

  const __m128i feba = _mm_shuffle_epi32(abef, 0x1b);
  const __m128i dchg = _mm_shuffle_epi32(cdgh, 0xb1);
  auto* out = reinterpret_cast<__m128i*>(state.data());
  _mm_storeu_si128(out, _mm_blend_epi16(feba, dchg, 0xf0));
  _mm_storeu_si128(out + 1, _mm_alignr_epi8(dchg, feba, 8));
}

}  // namespace gradus::internal

#else

namespace gradus::internal {

bool has_sha_instructions() {
  return false;
}

void add_blocks_by_instructions(Sha256State& state, std::span<const std::byte> blocks) {
  add_blocks_plainly(state, blocks);
}

}  // namespace gradus::internal

#endif
