#include <gradtape/autograd/nan_trace.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>
#include <gradtape/autograd/launch.h>
#include <gradtape/autograd/layout.h>

namespace gradtape {
namespace {

struct Range {
  double least = std::numeric_limits<double>::infinity(), most = -least;  // of the finite ones
  std::int64_t nans = 0, infinities = 0;
  bool finite() const { return nans == 0 && infinities == 0; }
};

Range range_of(const Body& x) {
  Range range;
  if (!is_floating(x.dtype)) return range;
  Tensor numbers = Tensor::adopt(new_body(x.shape, x.count, DType::float64, "NanTrace"));
  copy_elements(x, *numbers.body());
  const auto* at = elements<double>(numbers.body());
  for (std::int64_t i = 0; i < x.count; ++i) {
    if (std::isnan(at[i])) ++range.nans;
    else if (std::isinf(at[i])) ++range.infinities;
    else range.least = std::min(range.least, at[i]), range.most = std::max(range.most, at[i]);
  }
  return range;
}

std::string text_of(const Body& x) {
  if (!is_floating(x.dtype)) return std::string(name_of(x.dtype));
  const Range range = range_of(x);
  std::string text = range.least <= range.most ? fmt::format("from {:g} to {:g}", range.least, range.most) : "nothing finite";
  if (range.nans) text += fmt::format(", {} NaN", range.nans);
  if (range.infinities) text += fmt::format(", {} infinite", range.infinities);
  return text;
}

}  // namespace

class NanTrace::Look : public Watcher {
 public:
  void see(const Launch& work) override {
    bool was_finite = work.reads > 0;  // looked at before: an op may write where it reads
    for (int i = 0; i < work.reads; ++i)
      if (const Body* x = work.in(i)) was_finite &= range_of(*x).finite();
    pass_on(work);
    for (int i = 0; i < work.writes && was_finite; ++i)
      if (const Body* x = work.out(i); x && !range_of(*x).finite()) blame(work, *x);
  }

 private:
  [[noreturn]] static void blame(const Launch& work, const Body& made) {
    const Origin from = origin_of(work);
    std::string text = fmt::format("made the first NaN or infinity\n  it made  {}  {}", to_string(made.shape), text_of(made));
    for (int i = 0; i < work.reads; ++i)
      if (const Body* x = work.in(i)) text += fmt::format("\n  of       {}  {}", to_string(x->shape), text_of(*x));
    throw ValueError(message(from.op.c_str(), text, {}, ""), from.line);
  }
  const Watching watching_{*this};
};

NanTrace::NanTrace() : look_(std::make_unique<Look>()) {}
NanTrace::~NanTrace() = default;

}  // namespace gradtape
