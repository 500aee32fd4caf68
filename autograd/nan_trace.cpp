#include <gradtape/autograd/nan_trace.h>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>
#include <gradtape/autograd/launch.h>
#include <gradtape/autograd/number_range.h>

namespace gradtape {

class NanTrace::Look : public Watcher {
 public:
  void see(const Launch& work) override {
    bool was_finite = work.reads > 0;  // looked at before: an op may write where it reads
    for (int i = 0; i < work.reads; ++i)
      if (const TensorData* x = work.in(i)) was_finite &= detail::NumberRange(*x).finite();
    pass_on(work);
    for (int i = 0; i < work.writes && was_finite; ++i)
      if (const TensorData* x = work.out(i); x && !detail::NumberRange(*x).finite()) blame(work, *x);
  }

 private:
  [[noreturn]] static void blame(const Launch& work, const TensorData& made) {
    const Origin from = origin_of(work);
    std::string text = fmt::format("made the first NaN or infinity\n  it made  {}  {}", to_string(made.shape),
                                   to_string(detail::NumberRange(made)));
    for (int i = 0; i < work.reads; ++i)
      if (const TensorData* x = work.in(i))
        text += fmt::format("\n  of       {}  {}", to_string(x->shape), to_string(detail::NumberRange(*x)));
    throw ValueError(message(from.op.c_str(), text, {}, ""), from.line);
  }
  const Watching watching_{*this};
};

NanTrace::NanTrace() : look_(std::make_unique<Look>()) {}
NanTrace::~NanTrace() = default;

}  // namespace gradtape
