#include <gradtape/autograd/team.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <exception>
#include <thread>

#include <fmt/format.h>
#include <pthread.h>

#include <gradtape/autograd/error.h>
#include <gradtape/autograd/float_control.h>

namespace gradtape {
namespace {

constexpr int spins_before_sleep = 4000;  // about ten microseconds: ops of one step follow each other faster
constexpr int most_threads = 1024;

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
  return std::max(1, std::min(most_threads, static_cast<int>(std::thread::hardware_concurrency())));
}

// One loop under way, on the stack of the thread that called it.
struct Loop {
  void (*run)(void*, std::int64_t);
  void* context;
  std::int64_t chunks;
  FloatControl floats = FloatControl::of_this_thread().rounding_to_nearest();
  std::atomic<std::int64_t> taken = 0;
  std::int64_t from_front = 0;  // by the caller
  std::atomic<std::int64_t> from_back = 0;  // by workers
  std::atomic<bool> failed = false;
  std::exception_ptr failure = nullptr;

  // Note: the caller takes chunks from the front, and workers from the back. So of two threads each meets the same
  // chunks again in the next loop over as many, and they are in its cache.
  void work_from_front() {
    while (taken++ < chunks) do_one(from_front++);
  }
  void work_from_back() {
    while (taken++ < chunks) do_one(chunks - 1 - from_back++);
  }

 private:
  void do_one(std::int64_t chunk) {
    try {
      run(context, chunk);
    } catch (...) {
      if (!failed.exchange(true)) failure = std::current_exception();
    }
  }
};

// Note: a worker that wakes late joins whatever loop is open then. It counts itself in before it looks whether one is
// open, and the caller closes the loop before it counts: so the caller never leaves while a worker is inside. Note: the
// team is never destroyed, for destructors of global variables compute too, and other threads while the program ends.
// Then loops run on the calling thread alone.
class Team {
 public:
  int threads() {
    int none = 0;
    if (threads_ == 0) threads_.compare_exchange_strong(none, threads_at_start());
    return threads_;
  }
  // While a loop is under way it keeps its workers, and the next one has the new number.
  void set_threads(int count) {
    threads_ = count;
    if (taken_.exchange(true)) return;
    dismiss();
    taken_ = false;
  }

  void run(std::int64_t chunks, void (*run)(void*, std::int64_t), void* context) {
    const int threads = this->threads();
    if (threads == 1 || chunks < 2 || taken_.exchange(true)) {
      for (std::int64_t chunk = 0; chunk < chunks; ++chunk) run(context, chunk);
      return;
    }
    if (wanted_ != threads) hire(threads);
    Loop loop{run, context, chunks};
    if (hired_ > 0) {
      open_ = &loop;
      ++loops_;
      loops_.notify_all();
    }
    loop.work_from_front();
    open_ = nullptr;
    while (active_ != 0) pause_briefly();
    taken_ = false;
    if (loop.failed) std::rethrow_exception(loop.failure);
  }

  // The program ends, or the shared object is closed.
  void close() {
    if (!taken_.exchange(true)) dismiss();
  }
  // In a forked process only the thread that forked is left.
  void forget() {
    wanted_ = hired_ = 0;
    active_ = 0;
    open_ = nullptr;
    taken_ = false;
  }

 private:
  // As many as the system grants.
  void hire(int threads) {
    dismiss();
    wanted_ = threads;
    while (hired_ + 1 < threads &&
           pthread_create(&workers_[static_cast<std::size_t>(hired_)], nullptr, serve, this) == 0)
      ++hired_;
  }
  void dismiss() {
    leaving_ = true;
    ++loops_;
    loops_.notify_all();
    while (hired_ > 0) pthread_join(workers_[static_cast<std::size_t>(--hired_)], nullptr);
    wanted_ = 0;
    leaving_ = false;
  }
  static void* serve(void* team) {
    static_cast<Team*>(team)->serve();
    return nullptr;
  }
  void serve() {
    for (std::uint32_t seen = 0;;) {
      for (int i = 0; i < spins_before_sleep && loops_ == seen; ++i) pause_briefly();
      loops_.wait(seen);
      seen = loops_;
      if (leaving_) return;
      ++active_;
      if (Loop* loop = open_) {
        loop->floats.use();
        loop->work_from_back();
      }
      --active_;
    }
  }

  std::atomic<int> threads_ = 0;  // wished for; 0 until somebody asks
  std::atomic<bool> taken_ = false;  // by the thread whose loop it is, which alone touches the next three
  int wanted_ = 0, hired_ = 0;
  std::array<pthread_t, most_threads> workers_{};

  std::atomic<Loop*> open_ = nullptr;
  std::atomic<int> active_ = 0;  // workers inside a loop
  std::atomic<bool> leaving_ = false;
  std::atomic<std::uint32_t> loops_ = 0;
};
constinit Team team;

struct Ends {
  Ends() {
    pthread_atfork(nullptr, nullptr, [] { team.forget(); });
  }
  ~Ends() { team.close(); }
};
const Ends ends;

}  // namespace

void run_on_team(std::int64_t chunks, void (*run)(void*, std::int64_t), void* context) {
  team.run(chunks, run, context);
}
int num_threads() { return team.threads(); }
void set_num_threads(int count, Location at) {
  if (count < 1 || count > most_threads)
    fail<ValueError>(at, "set_num_threads",
                     fmt::format("{} threads cannot work: from 1 to {} can", count, most_threads));
  team.set_threads(count);
}

}  // namespace gradtape
