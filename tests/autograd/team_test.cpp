// The team of threads: what it does when the system, the user or the end of the program meddle.
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <thread>

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gradtape/gradtape.h>

namespace gt = gradtape;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#else
#define SANITIZED 0
namespace {
std::atomic<int> granted{1 << 30};  // threads that the system still starts
}
extern "C" int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*start)(void*),
                              void* argument) {
  using Real = int(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
  static auto* const real = reinterpret_cast<Real*>(dlsym(RTLD_NEXT, "pthread_create"));
  return granted-- > 0 ? real(thread, attributes, start, argument) : EAGAIN;
}
#endif

namespace {

// Wrong in no element, whichever thread computed it.
bool computes() {
  const auto y = gt::full({300'000}, 3.f) * 2.f + 1.f;
  return gt::sum(y == 7.f).item() == 300'000;
}
bool walks_back() {
  const auto w = gt::ones({300'000}).requires_grad_();
  gt::Tape tape;
  gt::sum(w * w).backward();
  return gt::sum(w.grad() == 2.f).item() == 300'000;
}

// Made before the library's own variables, so it goes after them.
struct FirstAndLast {
  const bool computed = computes() && walks_back();
  bool ends = false;
  ~FirstAndLast() {
    if (ends) _exit(computes() && walks_back() ? 42 : 1);
  }
} first_and_last;

class Team : public testing::Test {
 protected:
  void SetUp() override { gt::set_num_threads(4); }
  void TearDown() override { gt::set_num_threads(before_); }

 private:
  int before_ = gt::num_threads();
};

#if defined(__SANITIZE_THREAD__)
#define SKIP_WITHOUT_FORK() GTEST_SKIP() << "the thread sanitizer starts no threads in a forked process"
#else
#define SKIP_WITHOUT_FORK() (void)0
#endif

// The exit code of a process forked from here that does this and ends. What other threads had is lost in it, so where
// there are some it ends at once: a leak checker would object.
template <class F>
int in_a_child(F work) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(20);
    std::exit(work() ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_F(Team, ComputesInAForkedProcessWhichEnds) {
  SKIP_WITHOUT_FORK();
  ASSERT_TRUE(computes());

  EXPECT_EQ(in_a_child([] { return computes() && walks_back(); }), 0);
  EXPECT_EQ(in_a_child([] { return true; }), 0);
  EXPECT_EQ(in_a_child([] { return computes() && in_a_child([] { return computes(); }) == 0; }), 0);
  EXPECT_TRUE(computes());
}

TEST_F(Team, IsForkedWhileOtherThreadsCompute) {
  SKIP_WITHOUT_FORK();
  std::atomic<bool> done{false};
  std::thread other([&] {
    while (!done) computes();
  });

  for (int i = 0; i < 20; ++i) EXPECT_EQ(in_a_child([]() -> bool { _exit(computes() ? 0 : 1); }), 0);
  done = true;
  other.join();
}

TEST_F(Team, ComputesInTheConstructorOfAGlobalVariable) { EXPECT_TRUE(first_and_last.computed); }

TEST_F(Team, ComputesInTheDestructorOfAGlobalVariable) {
  SKIP_WITHOUT_FORK();
  ASSERT_TRUE(computes());

  EXPECT_EQ(in_a_child([] { return first_and_last.ends = computes(); }), 42);
}

TEST_F(Team, IsForkedWhileAnotherThreadDrawsNumbers) {
  SKIP_WITHOUT_FORK();
  std::atomic<bool> done{false};
  std::thread other([&] {
    while (!done) gt::rand({1000});
  });

  for (int i = 0; i < 20; ++i) EXPECT_EQ(in_a_child([]() -> bool { _exit(gt::rand({10}).numel() == 10 ? 0 : 1); }), 0);
  done = true;
  other.join();
}

TEST_F(Team, LetsAProgramEndWhileAThreadComputes) {
  SKIP_WITHOUT_FORK();
  EXPECT_EQ(in_a_child([] {
              std::thread([] {
                for (;;) computes();
              }).detach();
              return computes();
            }),
            0);
}

TEST_F(Team, ComputesWithTheThreadsThatTheSystemGrants) {
#if SANITIZED
  GTEST_SKIP() << "the sanitizer has pthread_create";
#else
  for (int threads : {0, 1, 2}) {
    gt::set_num_threads(4);
    granted = threads;
    EXPECT_TRUE(computes()) << threads << " are granted";
    EXPECT_TRUE(walks_back()) << threads << " are granted";
    gt::set_num_threads(3);
  }
  granted = 1 << 30;
#endif
}

TEST_F(Team, ChangesItsSizeWhileOtherThreadsCompute) {
  std::atomic<bool> done{false}, right{true};
  auto work = [&] {
    while (!done)
      if (!computes()) right = false;
  };
  std::thread one(work), two(work);

  for (int i = 0; i < 100; ++i) {
    gt::set_num_threads(1 + i % 5);
    EXPECT_EQ(gt::num_threads(), 1 + i % 5);
    std::this_thread::sleep_for(std::chrono::microseconds(300));
  }
  done = true;
  one.join();
  two.join();

  EXPECT_TRUE(right);
}

#if defined(__x86_64__)
TEST_F(Team, FlushesToZeroWhereItsCallerDoes) {
  constexpr unsigned flush_to_zero = 1 << 15, denormals_are_zero = 1 << 6;
  const auto tiny = gt::full({1'000'000}, 1e-40, {.dtype = gt::float32});
  const auto zeros = [&] { return gt::sum(tiny * 0.5f == 0.f).item(); };
  const unsigned before = __builtin_ia32_stmxcsr();
  const double kept = zeros();

  __builtin_ia32_ldmxcsr(before | flush_to_zero | denormals_are_zero);
  double flushed = 0, fewest = 1e6;
  for (int i = 0; i < 20; ++i) fewest = std::min(fewest, flushed = zeros());
  const unsigned during = __builtin_ia32_stmxcsr();
  __builtin_ia32_ldmxcsr(before);

  EXPECT_EQ(kept, 0);
  EXPECT_EQ(fewest, 1'000'000);
  EXPECT_EQ(zeros(), 0);
  EXPECT_TRUE((during & flush_to_zero) && (during & denormals_are_zero));
}
#endif

}  // namespace
