// Memory: a warm step allocates nothing, and nothing is left behind. This program counts every allocation.
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <gradtape/gradtape.h>

namespace gt = gradtape;

namespace {

std::atomic<long> allocations{0}, living{0};
std::atomic<long> blocks_until_none{
    -1};  // the system gives so many blocks, and then no more; -1: as many as are wanted

template <class F>
F* next(const char* name) {
  return reinterpret_cast<F*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
extern "C" void* malloc(std::size_t bytes) {
  static auto* const real = next<void*(std::size_t)>("malloc");
  ++allocations, ++living;
  return real(bytes);
}
extern "C" void* aligned_alloc(std::size_t alignment, std::size_t bytes) {
  static auto* const real = next<void*(std::size_t, std::size_t)>("aligned_alloc");
  if (blocks_until_none == 0) return nullptr;
  if (blocks_until_none > 0) --blocks_until_none;
  ++allocations, ++living;
  return real(alignment, bytes);
}
extern "C" void free(void* block) {
  static auto* const real = next<void(void*)>("free");
  if (block) --living;
  real(block);
}
#define COUNTS 1
#else
#define COUNTS 0
#endif

namespace {

struct Step {
  gt::SoftmaxRegression model{64, 10};
  gt::SGD optimizer{model.parameters(), {.lr = 0.1, .momentum = 0.9}};
  gt::Tensor x = gt::rand({64, 64}), labels = gt::randint(0, 10, {64});

  gt::Tensor operator()() {
    gt::Tape tape;
    const gt::Tensor loss = gt::cross_entropy(model(x), labels);
    loss.backward();
    optimizer.step();
    return loss.detach();
  }
};

TEST(Memory, AWarmStepAllocatesNothing) {
  if (!COUNTS) GTEST_SKIP() << "the sanitizer has the allocator";
  Step step;
  for (int i = 0; i < 3; ++i) step();

  const long before = allocations;
  for (int i = 0; i < 100; ++i) step();

  EXPECT_EQ(allocations - before, 0);
}

TEST(Memory, AWarmReplayAllocatesNothing) {
  if (!COUNTS) GTEST_SKIP() << "the sanitizer has the allocator";
  Step step;
  auto program = gt::capture({}, [&](const gt::Inputs&) { return step(); });
  for (int i = 0; i < 3; ++i) program();

  const long before = allocations;
  for (int i = 0; i < 100; ++i) program();

  EXPECT_EQ(allocations - before, 0);
}

TEST(Memory, AChainOfOpsAllocatesNothingWhenWarm) {
  if (!COUNTS) GTEST_SKIP() << "the sanitizer has the allocator";
  gt::Tensor w = gt::tensor({0.5f}).requires_grad_();
  auto step = [&] {
    gt::Tape tape;
    gt::Tensor x = w;
    for (int i = 0; i < 1000; ++i) x = gt::tanh(x * w + 0.1);
    x.backward();
  };
  for (int i = 0; i < 3; ++i) step();

  const long before = allocations;
  step();

  EXPECT_EQ(allocations - before, 0);
}

TEST(Memory, WhereThereIsNoneTheOpIsNamed) {
  if (!COUNTS) GTEST_SKIP() << "the sanitizer has the allocator";
  const auto x = gt::rand({600, 700}), y = gt::rand({600, 700}), labels = gt::randint(0, 700, {600});
  const auto view = gt::transpose(x, 0, 1);
  const struct {
    const char* name;
    std::function<void()> call;
  } ops[] = {
      {"zeros", [&] { gt::zeros({600, 700}); }},
      {"ones_like", [&] { gt::ones_like(x); }},
      {"arange", [&] { gt::arange(0, 420'000); }},
      {"eye", [&] { gt::eye(600); }},
      {"tensor", [&, numbers = std::vector<float>(420'000)] { gt::tensor(numbers, {600, 700}); }},
      {"randn", [&] { gt::randn({600, 700}); }},
      {"tanh", [&] { gt::tanh(x); }},
      {"add", [&] { x + y; }},
      {"clone", [&] { x.clone(); }},
      {"contiguous", [&] { view.contiguous(); }},
      {"to", [&] { x.to(gt::float64); }},
      {"softmax", [&] { gt::softmax(x, 1); }},
      {"sum", [&] { gt::sum(gt::unsqueeze(x, 2), {2}); }},
      {"matmul", [&] { gt::matmul(view, y); }},
      {"linear", [&] { gt::linear(x, y); }},
      {"gather", [&] { gt::gather(x, 1, gt::unsqueeze(labels, 1)); }},
      {"index_select", [&] { gt::index_select(y, 1, labels); }},
      {"one_hot", [&] { gt::one_hot(labels, 700); }},
      {"cat", [&] { gt::cat({x, y}); }},
      {"cross_entropy", [&] { gt::cross_entropy(x, labels); }},
  };
  std::vector<gt::Tensor> handles;
  for (const auto& op : ops) {
    int failures = 0;
    for (bool ends = false; !ends; ++failures) {
      gt::release_spare_memory();
      for (int i = 0; i < 64; ++i) handles.push_back(gt::scalar(0.0));
      handles.clear();  // spare ones for views, which have no elements of their own
      blocks_until_none = failures;
      try {
        op.call();
        ends = true;
      } catch (const gt::OutOfMemoryError& error) {
        blocks_until_none = -1;
        EXPECT_EQ(error.text().substr(0, error.text().find(':')), op.name) << error.text();
      }
      blocks_until_none = -1;
    }
    EXPECT_GT(failures, 1) << op.name;
  }
}

TEST(Memory, AWalkThatRunsOutOfItLeavesNothing) {
  if (!COUNTS) GTEST_SKIP() << "the sanitizer has the allocator";
  const auto x = gt::full({40'000}, 0.5, {.dtype = gt::float64}).requires_grad_(),
             w = gt::full({40'000}, 3, {.dtype = gt::float64}).requires_grad_();
  const auto last =
      gt::full({40'000}, 1, {.dtype = gt::float64}).requires_grad_();  // its gradient arrives before all others
  const auto sum_of = [](const gt::Tensor& t) { return gt::sum(t.detach()).item(); };
  {
    gt::Tape tape;
    gt::sum(x + w).backward();  // ones, to be added to
  }
  gt::Tape tape;
  const auto product = x * w;
  const auto loss = gt::sum(product * product + gt::exp(x - x)) + gt::sum(w) + gt::sum(last * 2);
  // d/dx = 2xw² = 9, d/dw = 2x²w + 1 = 2.5
  int failures = 0;
  for (bool ends = false; !ends; ++failures) {
    gt::release_spare_memory();
    blocks_until_none = failures;
    try {
      loss.backward({.retain_graph = true});
      ends = true;
    } catch (const gt::OutOfMemoryError&) {}
    blocks_until_none = -1;
    if (ends) break;
    ASSERT_EQ(sum_of(x.grad()), 40'000) << failures;
    ASSERT_EQ(sum_of(w.grad()), 40'000) << failures;
    ASSERT_FALSE(last.grad().defined()) << failures;
    ASSERT_EQ(gt::grad(loss, x, {.retain_graph = true}).data<double>()[7], 9) << failures;
  }

  EXPECT_GT(failures, 5);
  EXPECT_EQ(sum_of(x.grad()), 10 * 40'000);
  EXPECT_EQ(sum_of(w.grad()), 3.5 * 40'000);
  EXPECT_EQ(sum_of(last.grad()), 2 * 40'000);
}

TEST(Memory, NothingIsLeftOfAModelAndItsTapes) {
  if (!COUNTS) GTEST_SKIP() << "the sanitizer has the allocator";
  auto all = [] {
    Step step;
    step();
    gt::hessian([](const gt::Tensor& x) { return gt::sum(gt::tanh(x) * x); }, gt::rand({4}, {.dtype = gt::float64}));
  };
  all();
  gt::release_spare_memory();

  const long before = living;
  all();
  gt::release_spare_memory();

  EXPECT_EQ(living - before, 0);
}

// A thread that frees what it is handed, and lives on.
class Consumer {
 public:
  ~Consumer() {
    hand({});
    thread_.join();
  }
  // Returns when they are freed. None: it ends.
  void hand(std::vector<gt::Tensor> tensors) {
    std::unique_lock lock(mutex_);
    const bool last = tensors.empty();
    tensors_ = std::move(tensors);
    handed_ = true;
    changed_.notify_all();
    changed_.wait(lock, [&] { return last || !handed_; });
  }

 private:
  void consume() {
    for (;;) {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return handed_; });
      if (tensors_.empty()) return;
      tensors_.clear();
      handed_ = false;
      changed_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<gt::Tensor> tensors_;
  bool handed_ = false;
  std::thread thread_{[this] { consume(); }};
};

TEST(Memory, GoesBackToTheThreadThatMakesWhatAnotherFrees) {
  if (!COUNTS) GTEST_SKIP() << "the sanitizer has the allocator";
  struct Case {
    std::int64_t elements, batch, batches;
  };
  for (const auto& [elements, batch, batches] : {Case{1 << 18, 10, 100}, Case{1, 100'000, 15}}) {
    gt::release_spare_memory();
    Consumer other;
    const long before = living;

    for (std::int64_t i = 0; i < batches; ++i) {
      std::vector<gt::Tensor> tensors;
      for (std::int64_t k = 0; k < batch; ++k) tensors.push_back(gt::empty({elements}));
      other.hand(std::move(tensors));
    }

    const double bytes =
        static_cast<double>(living - before) * (elements == 1 ? 320 : 4.0 * static_cast<double>(elements));
    EXPECT_LE(bytes, 128e6) << elements << " elements each";
  }
}

// Made before its thread computes, so it goes after what the thread has of the library.
struct Last {
  std::atomic<int>& right;
  ~Last() {
    const gt::Tensor w = gt::full({100}, 3.f).requires_grad_();
    gt::Tape tape;
    gt::sum(w * w).backward();
    right += gt::sum(w.grad()).item() == 600;
  }
};

TEST(Memory, IsLeftByNoThreadThoughItsLastDestructorsCompute) {
  std::atomic<int> right = 0;
  auto work = [&] {
    thread_local Last last{right};
    Step()();
    (void)last;
  };
  std::thread(work).join();
  gt::release_spare_memory();
  const long before = living;

  for (int i = 0; i < 10; ++i) std::thread(work).join();
  gt::release_spare_memory();

  EXPECT_EQ(right, 11);
  EXPECT_LE(living - before, 0);
}

}  // namespace
