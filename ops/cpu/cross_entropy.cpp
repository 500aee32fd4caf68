#include <gradtape/ops/cpu/cross_entropy.h>

#include <algorithm>

#include <gradtape/ops/cpu/level.h>
#include <gradtape/ops/cpu/short_rows.h>
#include <gradtape/autograd/team.h>
#include <gradtape/ops/rowwise/log_softmax.h>

namespace gradtape {
namespace {

// The rows [first, last) of the whole, for one thread.
template <class S>
struct Part {
  LabelledRows<S> of;
  std::int64_t first, last;
  const S* scale;
  S* out;  // losses or dx

  const S* x(std::int64_t row) const { return of.x + row * of.columns; }
  S* dx(std::int64_t row) const { return out + row * of.columns; }
  bool counts(std::int64_t row) const { return of.labels[row] != of.ignored; }
};

// Calls f(first row, room) for each pack of short rows, laid into lanes.
template <class V, class S, class F>
GT_FN void each_short_rows(const Part<S>& part, F f) {
  for (std::int64_t r = part.first; r < part.last; r += Lanes<V>::count) {
    LaneRoom<V> room;
    read_short_rows(part.x(r), part.of.columns, part.x(part.last), room);
    f(r, room);
  }
}

template <class S, int Bytes>
GT_FN void losses(const Part<S>& part) {
  const LabelledRows<S>& p = part.of;
  using V = Vec<S, Bytes / static_cast<int>(sizeof(S))>;
  if (p.columns <= short_row) {
    each_short_rows<V>(part, [&](std::int64_t r, LaneRoom<V>& room) GT_INLINE {
      const LaneRow<V> row = room.row(p.columns);
      const auto top = row.max();
      store<V>(p.top, r, top);
      store<V>(p.log_total, r, LogSoftmax::log_total(row, top));
    });
  } else {
    for (std::int64_t r = part.first; r < part.last; ++r) {
      const DenseRow<S, Bytes> row{const_cast<S*>(part.x(r)), p.columns};
      const auto top = row.max();
      p.top[r] = top.v;
      p.log_total[r] = LogSoftmax::log_total(row, top).v;
    }
  }
  for (std::int64_t r = part.first; r < part.last; ++r) part.out[r] = part.counts(r) ? (p.top[r] - part.x(r)[p.labels[r]]) + p.log_total[r] : S(0);
}

template <class Row, class Value>
GT_FN void scaled_softmax(const Row& x, Value top, Value log_total, Value scale, Row& dx) {
  dx.assign([=](auto v) GT_INLINE {
    using Real = decltype(v);
    return exp(v - Real(top) - Real(log_total)) * Real(scale);
  }, x);
}

template <class S, int Bytes>
GT_FN void gradients(const Part<S>& part) {
  const LabelledRows<S>& p = part.of;
  using V = Vec<S, Bytes / static_cast<int>(sizeof(S))>;
  if (p.columns <= short_row) {
    each_short_rows<V>(part, [&](std::int64_t r, LaneRoom<V>& room) GT_INLINE {
      LaneRow<V> row = room.row(p.columns);
      scaled_softmax(row, load<V>(p.top, r), load<V>(p.log_total, r), load<V>(part.scale, r), row);
      write_short_rows(room, p.columns, part.dx(r), part.dx(part.last));
    });
  } else {
    for (std::int64_t r = part.first; r < part.last; ++r) {
      using Value = Pack<S>;
      DenseRow<S, Bytes> dx{part.dx(r), p.columns};
      scaled_softmax({const_cast<S*>(part.x(r)), p.columns}, Value(p.top[r]), Value(p.log_total[r]), Value(part.scale[r]), dx);
    }
  }
  for (std::int64_t r = part.first; r < part.last; ++r)
    if (part.scale[r] != S(0)) part.dx(r)[p.labels[r]] -= part.scale[r];
    else std::fill_n(part.dx(r), p.columns, S(0));
}

template <class S> GT_512 void losses_512(const Part<S>& part) { losses<S, 64>(part); }
template <class S> GT_256 void losses_256(const Part<S>& part) { losses<S, 32>(part); }
template <class S> GT_128 void losses_128(const Part<S>& part) { losses<S, 16>(part); }
template <class S> GT_512 void gradients_512(const Part<S>& part) { gradients<S, 64>(part); }
template <class S> GT_256 void gradients_256(const Part<S>& part) { gradients<S, 32>(part); }
template <class S> GT_128 void gradients_128(const Part<S>& part) { gradients<S, 16>(part); }

#if defined(__x86_64__)
template <class S>
constexpr void (*losses_for[3])(const Part<S>&) = {losses_128<S>, losses_256<S>, losses_512<S>};
template <class S>
constexpr void (*gradients_for[3])(const Part<S>&) = {gradients_128<S>, gradients_256<S>, gradients_512<S>};
#else
template <class S>
constexpr void (*losses_for[3])(const Part<S>&) = {losses_128<S>};
template <class S>
constexpr void (*gradients_for[3])(const Part<S>&) = {gradients_128<S>};
#endif

template <class S>
void on_team(void (*run)(const Part<S>&), const LabelledRows<S>& rows, const S* scale, S* out) {
  constexpr std::int64_t chunk = 16384;  // elements that one thread takes at a time, in whole packs of rows
  const std::int64_t each = std::max<std::int64_t>(16, whole_packs(chunk / std::max<std::int64_t>(1, rows.columns)));
  parallel_for((rows.rows + each - 1) / each, [&](std::int64_t number) {
    run({rows, number * each, std::min(rows.rows, (number + 1) * each), scale, out});
  });
}

}  // namespace

template <class S>
void cross_entropy_losses(const LabelledRows<S>& rows, S* losses) {
  on_team(losses_for<S>[cpu_level()], rows, static_cast<const S*>(nullptr), losses);
}
template <class S>
void cross_entropy_gradient(const LabelledRows<S>& rows, const S* scale, S* dx) {
  on_team(gradients_for<S>[cpu_level()], rows, scale, dx);
}
template void cross_entropy_losses(const LabelledRows<float>&, float*);
template void cross_entropy_losses(const LabelledRows<double>&, double*);
template void cross_entropy_gradient(const LabelledRows<float>&, const float*, float*);
template void cross_entropy_gradient(const LabelledRows<double>&, const double*, double*);

}  // namespace gradtape
