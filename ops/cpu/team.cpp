#include <gradtape/ops/cpu/team.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>

namespace gradtape {
namespace {

constexpr int spins_before_sleep = 4000;  // about ten microseconds: ops of one step follow each other faster
constexpr int most_threads = 1024;

thread_local bool inside = false;  // this thread is in a chunk

void pause_briefly() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#else
  std::this_thread::yield();
#endif
}

int threads_at_start() {
  if (const char* wish = std::getenv("GT_NUM_THREADS"))
    if (const int count = std::atoi(wish); count >= 1) return std::min(count, most_threads);
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

// Note: a worker that wakes late joins whatever loop is open then. It counts itself in before it looks whether one is open, and the
// caller closes the loop before it counts: so the caller never leaves while a worker is inside.
class Team {
 public:
  ~Team() { dismiss(); }

  int threads() const { return threads_; }
  void set_threads(int count) {
    std::lock_guard lock(entry_);
    dismiss();
    threads_ = count;
  }

  void run(std::int64_t chunks, void (*run)(void*, std::int64_t), void* context) {
    std::unique_lock lock(entry_, std::defer_lock);
    if (inside || threads_ == 1 || chunks < 2 || !lock.try_lock()) {
      for (std::int64_t chunk = 0; chunk < chunks; ++chunk) run(context, chunk);
      return;
    }
    if (workers_.empty()) hire();
    run_ = run;
    context_ = context;
    chunks_ = chunks;
    next_ = 0;
    failed_ = false;
    open_ = true;
    {
      std::lock_guard sleeping(sleep_);
      ++loops_;
    }
    wake_.notify_all();
    work();
    open_ = false;
    while (active_ != 0) pause_briefly();
    if (failed_) std::rethrow_exception(std::exchange(failure_, nullptr));
  }

 private:
  void hire() {
    for (int i = 1; i < threads_; ++i) workers_.emplace_back([this] { serve(); });
  }
  void dismiss() {
    {
      std::lock_guard sleeping(sleep_);
      leaving_ = true;
      ++loops_;
    }
    wake_.notify_all();
    for (std::thread& worker : workers_) worker.join();
    workers_.clear();
    leaving_ = false;
  }
  void serve() {
    for (std::uint64_t seen = 0;;) {
      for (int i = 0; i < spins_before_sleep && loops_ == seen; ++i) pause_briefly();
      if (loops_ == seen) {
        std::unique_lock sleeping(sleep_);
        wake_.wait(sleeping, [&] { return loops_ != seen; });
      }
      seen = loops_;
      if (leaving_) return;
      ++active_;
      if (open_) work();
      --active_;
    }
  }
  void work() {
    inside = true;
    for (std::int64_t chunk; (chunk = next_++) < chunks_;) {
      try {
        run_(context_, chunk);
      } catch (...) {
        if (!failed_.exchange(true)) failure_ = std::current_exception();
      }
    }
    inside = false;
  }

  std::mutex entry_;  // held by the thread whose loop it is
  int threads_ = threads_at_start();
  std::vector<std::thread> workers_;

  void (*run_)(void*, std::int64_t) = nullptr;
  void* context_ = nullptr;
  std::int64_t chunks_ = 0;
  std::atomic<std::int64_t> next_ = 0;
  std::atomic<int> active_ = 0;  // workers inside a loop
  std::atomic<bool> open_ = false, failed_ = false, leaving_ = false;
  std::exception_ptr failure_;

  std::mutex sleep_;
  std::condition_variable wake_;
  std::atomic<std::uint64_t> loops_ = 0;
};

Team& team() {
  static Team all;
  return all;
}

}  // namespace

void run_on_team(std::int64_t chunks, void (*run)(void*, std::int64_t), void* context) { team().run(chunks, run, context); }
int num_threads() { return team().threads(); }
void set_num_threads(int count, Location where) {
  if (count < 1 || count > most_threads)
    fail<ValueError>(where, "set_num_threads", fmt::format("{} threads cannot work: from 1 to {} can", count, most_threads));
  team().set_threads(count);
}

}  // namespace gradtape
