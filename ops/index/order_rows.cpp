#include <gradtape/ops/index/order_rows.h>

#include <algorithm>
#include <memory>

#include <gradtape/autograd/team.h>
#include <gradtape/ops/axes.h>
#include <gradtape/ops/index/ordered_bits.h>

namespace gradtape {
namespace {

// An element's bits in the upper half, its place in the lower. No two of a row are equal, so any way to sort them keeps
// equal elements in their order.
using Word = std::uint64_t;
using WideWord = unsigned __int128;
template <class W>
constexpr int place_bits = sizeof(W) * 4;

// Sorts by the upper halves, digit by digit from the lowest, between two rooms; returns the one they end in.
template <class W>
W* sort_by_digits(W* words, W* other, std::int64_t count) {
  constexpr int digit_bits = 8, digits = place_bits<W> / digit_bits, values = 1 << digit_bits;
  auto digit_of = [](W word, int digit) {
    return static_cast<std::size_t>(word >> (place_bits<W> + digit * digit_bits)) & (values - 1);
  };
  std::int64_t counts[digits][values] = {};
  for (std::int64_t i = 0; i < count; ++i)
    for (int d = 0; d < digits; ++d) ++counts[d][digit_of(words[i], d)];
  for (int d = 0; d < digits; ++d) {
    std::int64_t* const place_of = counts[d];
    if (place_of[digit_of(words[0], d)] == count) continue;  // all have this digit
    std::int64_t before = 0;
    for (int v = 0; v < values; ++v) before += std::exchange(place_of[v], before);
    for (std::int64_t i = 0; i < count; ++i) other[place_of[digit_of(words[i], d)]++] = words[i];
    std::swap(words, other);
  }
  return words;
}

// The words with the first `wanted` in order; in either room.
template <class W>
W* first_words(W* words, W* other, std::int64_t count, std::int64_t wanted) {
  constexpr std::int64_t few = 128, part = 32;  // where the one way begins to be faster than the other
  if (wanted <= count / part) {
    std::partial_sort(words, words + wanted, words + count);
  } else if (count < few) {
    std::sort(words, words + count);
  } else {
    return sort_by_digits(words, other, count);
  }
  return words;
}

template <class T, class W>
void order_rows(const Launch& work) {
  const TensorData& x = *work.in(0);
  const int inner = x.shape.rank() - 1;
  const std::int64_t columns = x.shape[inner], wanted = work.out()->shape[inner], rows = x.count / columns;
  const auto flip = OrderedBits<T>(work.as<RowOrder>().descending ? -1 : 0);
  const std::int64_t rows_at_once = std::max<std::int64_t>(1, 32768 / columns);
  auto order_row = [&](std::int64_t row, W* words) {
    const T* from = elements<T>(&x) + row * columns;
    T* values = elements<T>(work.out(0)) + row * wanted;
    std::int64_t* places = elements<std::int64_t>(work.out(1)) + row * wanted;
    for (std::int64_t i = 0; i < columns; ++i)
      words[i] = static_cast<W>(ordered_bits(from[i]) ^ flip) << place_bits<W> | static_cast<W>(i);
    const W* first = first_words(words, words + columns, columns, wanted);
    for (std::int64_t i = 0; i < wanted; ++i) {
      places[i] = static_cast<std::int64_t>(first[i] & ((W(1) << place_bits<W>)-1));
      values[i] = from[places[i]];
    }
  };
  parallel_for((rows + rows_at_once - 1) / rows_at_once, [&](std::int64_t chunk) {
    const auto room = std::make_unique_for_overwrite<W[]>(2 * static_cast<std::size_t>(columns));
    const std::int64_t end = std::min(rows, (chunk + 1) * rows_at_once);
    for (std::int64_t row = chunk * rows_at_once; row < end; ++row) order_row(row, room.get());
  });
}

}  // namespace

void order_rows_on_cpu(const Launch& work) {
  const Shape& shape = work.in(0)->shape;
  const bool places_are_long = shape[shape.rank() - 1] > std::int64_t(UINT32_MAX);
  visit(work.in(0)->dtype, [&](auto zero) {
    using T = decltype(zero);
    if constexpr (sizeof(OrderedBits<T>) == 4)
      if (!places_are_long) return order_rows<T, Word>(work);
    order_rows<T, WideWord>(work);
  });
}

ValuesAndIndices first_in_order(const Kernel& kernel, const char* op, const Tensor& x, int dim, std::int64_t count,
                                RowOrder order, Location at) {
  const int inner = x.dim() - 1;
  const Tensor rows = move_dim(x.detach(), dim, inner, at).contiguous();
  Shape shape = rows.shape();
  shape[inner] = count;
  const Tensor values = new_tensor(op, shape, options_of(x)),
               indices = new_tensor(op, shape, {.dtype = DType::int64, .device = x.device()});
  if (values.numel() > 0) launch(kernel, op, order, {values, indices}, {rows});
  return {move_dim(values, inner, dim, at), move_dim(indices, inner, dim, at)};
}

}  // namespace gradtape
